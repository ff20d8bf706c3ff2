"""How the platform is: heartbeats, last ticks, market data, the ledger's proof, orders under way, halts in force. Reads the
database only; never writes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet

from accounts.models import User
from bots.domain.candles import timeframe_seconds
from bots.models import Bot
from trading import venues
from trading.models.market import Quote, Stream
from trading.models.order import Order
from trading.models.record import Heartbeat
from trading.queries import stops

LEDGER = "ledger"  # the heartbeat row that the proof of the ledger keeps
SHOWN_TIMEFRAME = "1m"  # ticked for every market of a live venue, so that charts and marks move without bots too
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
class MarketData:
    """What is known of the markets of a venue: seconds since the newest quote or closed candle of any, and of the stalest one."""

    venue: str
    markets: int
    age_s: float
    oldest_s: float


@dataclass(frozen=True, kw_only=True)
class Proof:
    """The last time that every wallet of the ledger was proven, how long that took, and whether all held."""

    at: datetime
    age_s: float
    ok: bool
    seconds: float
    wallets: int


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
    market_data: tuple[MarketData, ...]
    ledger: Proof | None
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
        market_data=tuple(market_data(now=now)),
        ledger=proof(now=now),
        queues=tuple(queues(now=now, owner=None if viewer is None or everything else viewer.id)),
    )


def heartbeats(*, now: datetime) -> list[Beat]:
    return [
        Beat(process=beat.process, at=beat.at, age_s=_age(now, beat.at))
        for beat in Heartbeat.objects.exclude(process=LEDGER).order_by("process")
    ]


def proof(*, now: datetime) -> Proof | None:
    """None until every wallet has been proven once."""
    row = Heartbeat.objects.filter(process=LEDGER).first()
    last = row.detail.get("last") if row else None
    if last is None:
        return None
    at = datetime.fromisoformat(last["at"])
    return Proof(at=at, age_s=_age(now, at), ok=last["ok"], seconds=last["seconds"], wallets=last["wallets"])


def in_use() -> QuerySet[Stream]:
    """The live streams that are ticked: not a replay's, not one whose history is traded first, not one that nobody trades on
    any more. A venue that only plays back has no clock to be late by."""
    traded = Bot.objects.filter(market=OuterRef("market"), timeframe=OuterRef("timeframe")).exclude(status="STOPPED")
    live = Q(pk__in=[])
    for place in map(venues.venue, venues.names()):
        if place.live_data:
            always = Q(timeframe__in=(SHOWN_TIMEFRAME, place.finest)) | Q(Exists(traded))
            live |= Q(market__venue=place.name) & always
    return Stream.objects.filter(live, run="", market__active=True, backfill_until__isnull=True)


def market_data(*, now: datetime) -> list[MarketData]:
    """Per venue, over the markets that are ticked; one that has no quote and no candle yet is not counted."""
    newest: dict[tuple[str, UUID], datetime] = {}
    for place, market, timeframe, candle in in_use().values_list("market__venue", "market", "timeframe", "last_candle"):
        if candle is not None:
            closed = candle + timedelta(seconds=timeframe_seconds(timeframe))
            newest[place, market] = max(closed, newest.get((place, market), closed))
    for place, market, at in Quote.objects.filter(market__in=in_use().values("market")).values_list("market__venue", "market", "at"):
        newest[place, market] = max(at, newest.get((place, market), at))
    times: dict[str, list[datetime]] = {}
    for (place, _), at in sorted(newest.items(), key=str):
        times.setdefault(place, []).append(at)
    return [
        MarketData(venue=place, markets=len(found), age_s=_age(now, max(found)), oldest_s=_age(now, min(found)))
        for place, found in times.items()
    ]


def ticks(*, now: datetime) -> list[LastTick]:
    """Streams in use only: one that nobody ticks any more is not late."""
    rows = (
        in_use()
        .filter(ticked_at__isnull=False)
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
    found = Order.objects.filter(ending=None, state__in=UNDER_WAY, run="")
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
