"""How the platform is: heartbeats, last ticks, orders under way, halts in force. Reads the database only; never writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Max, Min, Q

from accounts.models import User
from trading.models.market import Stream
from trading.models.order import Order
from trading.models.record import Heartbeat
from trading.queries import stops

UNDER_WAY = ("PENDING", "SENDING", "CANCELLING", "UNKNOWN")


@dataclass(frozen=True, kw_only=True)
class Beat:
    """A process and the seconds since it last wrote to the database."""

    process: str
    at: datetime
    age_s: float


@dataclass(frozen=True, kw_only=True)
class LastTick:
    """The newest tick over all markets of a venue and timeframe; `age_s` since it ran, `oldest_s` for its slowest market."""

    venue: str
    timeframe: str
    markets: int
    candle: datetime | None
    at: datetime | None
    age_s: float | None
    oldest_s: float | None


@dataclass(frozen=True, kw_only=True)
class Queue:
    """Orders in one state that still want something done; `overdue` ones have an expired lease."""

    state: str
    orders: int
    overdue: int


@dataclass(frozen=True, kw_only=True)
class SystemStatus:
    halted: bool
    halts: tuple[stops.HaltView, ...]
    heartbeats: tuple[Beat, ...]
    ticks: tuple[LastTick, ...]
    queues: tuple[Queue, ...]


def status(*, now: datetime, viewer: User | None = None) -> SystemStatus:
    """The state of the platform. A viewer who is no operator sees GLOBAL halts, the own ones and the own orders; an
    operator, or no viewer at all (health checks), sees everything."""
    everything = viewer is None or viewer.is_staff
    halts = stops.standing(viewer=None if everything else viewer)
    return SystemStatus(
        halted=any(halt.scope == "GLOBAL" and halt.level == "HALTED" for halt in halts),
        halts=tuple(halts),
        heartbeats=tuple(heartbeats(now=now)),
        ticks=tuple(ticks(now=now)),
        queues=tuple(queues(now=now, owner=None if viewer is None or everything else viewer.id)),
    )


def heartbeats(*, now: datetime) -> list[Beat]:
    return [
        Beat(process=beat.process, at=beat.at, age_s=_age(now, beat.at))
        for beat in Heartbeat.objects.order_by("process")
    ]


def ticks(*, now: datetime) -> list[LastTick]:
    """Live streams only; replays have their own runs."""
    rows = (
        Stream.objects.filter(run="", ticked_at__isnull=False)
        .values("market__venue", "timeframe")
        .annotate(markets=Count("id"), candle=Max("last_candle"), newest=Max("ticked_at"), oldest=Min("ticked_at"))
        .order_by("market__venue", "timeframe")
    )
    return [
        LastTick(
            venue=row["market__venue"],
            timeframe=row["timeframe"],
            markets=row["markets"],
            candle=row["candle"],
            at=row["newest"],
            age_s=_age(now, row["newest"]),
            oldest_s=_age(now, row["oldest"]),
        )
        for row in rows
    ]


def queues(*, now: datetime, owner: UUID | None) -> list[Queue]:
    """Orders under way by state, every state named even when empty."""
    found = Order.objects.filter(state__in=UNDER_WAY, run="")
    if owner is not None:
        found = found.filter(owner=owner)
    counted = found.values("state").annotate(n=Count("id"), late=Count("id", filter=Q(lease_until__lt=now)))
    by_state = {row["state"]: (row["n"], row["late"]) for row in counted.order_by("state")}
    return [
        Queue(state=state, orders=by_state.get(state, (0, 0))[0], overdue=by_state.get(state, (0, 0))[1])
        for state in UNDER_WAY
    ]


def _age(now: datetime, then: datetime) -> float:
    return round((now - then).total_seconds(), 1)
