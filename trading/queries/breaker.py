"""The circuit breaker as its owner sees it: each limit with its present use, and the trips so far. Never writes.

The judgement itself is `trading.domain.breaker`; here its facts are read from what the tick has stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from uuid import UUID

from django.db.models import Q, QuerySet

from bots.models import Bot
from bots.queries import bots as bot_queries
from trading.domain import nav
from trading.domain.breaker import COUNTED, Limits, Numbers, Use, uses
from trading.domain.policy import Policy, profiles_of_person
from trading.domain.requests import Nav
from trading.models.record import BreakerState, BreakerTrip, TrackRecord
from trading.queries import careful

ERROR_WINDOW = timedelta(minutes=60)
SHOWN_PLACES = Decimal("0.000001")
WINDOWS = {
    "DRAWDOWN": "since the peak",
    "DAILY_LOSS": "since 00:00 UTC",
    "WEEKLY_LOSS": "since Monday 00:00 UTC",
    "LOSSES_IN_A_ROW": "last trades",
    "ERRORS_PER_HOUR": "60 minutes",
}


@dataclass(frozen=True, kw_only=True)
class LimitView:
    """One limit: `value` in use of `limit`; `share` is value / limit and trips at 1."""

    name: str
    value: Decimal
    limit: Decimal
    share: Decimal
    unit: str
    window: str
    state: str
    sentence: str


@dataclass(frozen=True, kw_only=True)
class BreakerView:
    """The breaker of one bot, or of the person in one mode (bot_id empty)."""

    scope: str
    bot_id: UUID | None
    bot_name: str
    mode: str
    profile: str
    tripped: bool
    nav: Decimal
    peak: Decimal
    limits: tuple[LimitView, ...]
    updated_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class TripView:
    id: UUID
    bot_id: UUID | None
    bot_name: str
    mode: str
    at: datetime
    limit: str
    value: str
    threshold: str
    sentence: str
    reset_at: datetime | None
    reset_by: str
    reset_reason: str


def status(*, owner: UUID, policy: Policy, now: datetime, bots: Sequence[Bot] | None = None, own: bool = True) -> list[BreakerView]:
    """The person's own breakers (one per mode) first, unless not asked for, then one for each of these bots of theirs; None: of all
    that are not stopped. At most seven statements."""
    found = list(bot_queries.of(owner=owner).exclude(status="STOPPED")) if bots is None else bots
    return (_own(owner=owner, policy=policy, now=now) if own else []) + _of_bots(found, owner=owner, policy=policy, now=now)


def tripped(*, owner: UUID) -> bool:
    """Whether a breaker of the person, or of a bot that is not stopped, has tripped."""
    standing = BreakerTrip.objects.filter(owner=owner, reset_at__isnull=True)
    return standing.filter(Q(bot__isnull=True) | ~Q(bot__status="STOPPED")).exists()


def _own(*, owner: UUID, policy: Policy, now: datetime) -> list[BreakerView]:
    states = list(BreakerState.objects.filter(owner=owner, bot__isnull=True).order_by("mode"))
    standing = set(BreakerTrip.objects.filter(owner=owner, bot__isnull=True, reset_at__isnull=True).values_list("mode", flat=True))
    strict = careful.people([(owner, state.mode) for state in states])
    return [
        _view(
            state=state, bot_name="", streak=0, tripped=state.mode in standing, now=now,
            limits=policy.strictest(profiles_of_person(careful=(owner, state.mode) in strict)),
        )
        for state in states
    ]  # fmt: skip


def _of_bots(bots: Sequence[Bot], *, owner: UUID, policy: Policy, now: datetime) -> list[BreakerView]:
    ids = [bot.id for bot in bots]
    states = {(state.bot_id, state.mode): state for state in BreakerState.objects.filter(owner=owner, bot__in=ids)}
    standing = set(BreakerTrip.objects.filter(bot__in=ids, reset_at__isnull=True).values_list("bot_id", "mode"))
    records = TrackRecord.objects.in_bulk(ids)
    return [
        _view(
            state=states.get((bot.id, bot.mode)) or BreakerState(bot=bot, mode=bot.mode, updated_at=now),
            bot_name=bot.name, streak=records[bot.id].loss_streak if bot.id in records else 0,
            limits=policy.limits(bot.profile), tripped=(bot.id, bot.mode) in standing, now=now,
        )
        for bot in bots
    ]  # fmt: skip


def history(*, owner: UUID) -> QuerySet[BreakerTrip]:
    """Trips of a person's bots and modes, newest first."""
    return BreakerTrip.objects.filter(owner=owner).select_related("bot").order_by("-at", "-id")


def trip_view(trip: BreakerTrip) -> TripView:
    return TripView(
        id=trip.id,
        bot_id=trip.bot_id,
        bot_name=trip.bot.name if trip.bot else "",
        mode=trip.mode,
        at=trip.at,
        limit=trip.limit,
        value=trip.value,
        threshold=trip.threshold,
        sentence=trip.sentence,
        reset_at=trip.reset_at,
        reset_by=trip.reset_by,
        reset_reason=trip.reset_reason,
    )


def errors_within_window(*, times: list[str], now: datetime) -> int:
    """How many of the stored error times (ISO 8601) lie in the last 60 minutes."""
    return sum(now - datetime.fromisoformat(time) <= ERROR_WINDOW for time in times)


def _view(
    *, state: BreakerState, bot_name: str, streak: int, limits: Limits, tripped: bool, now: datetime
) -> BreakerView:
    numbers = Numbers(
        nav=_nav(state=state, now=now),
        loss_streak=streak,
        errors_last_hour=errors_within_window(times=state.errors, now=now),
    )
    return BreakerView(
        scope="USER" if state.bot_id is None else "BOT",
        bot_id=state.bot_id,
        bot_name=bot_name,
        mode=state.mode,
        profile=limits.profile,
        tripped=tripped,
        nav=numbers.nav.now,
        peak=numbers.nav.peak,
        limits=tuple(_limit(use) for use in uses(numbers, limits)),
        updated_at=state.updated_at,
    )


def _nav(*, state: BreakerState, now: datetime) -> Nav:
    stored = Nav(Decimal(state.nav), Decimal(state.peak), Decimal(state.day_nav), Decimal(state.week_nav))
    return nav.as_of(stored, day=state.day, today=now.date())


def _limit(use: Use) -> LimitView:
    return LimitView(
        name=use.limit,
        value=use.value.quantize(SHOWN_PLACES, rounding=ROUND_HALF_EVEN),
        limit=use.threshold,
        share=use.share.quantize(SHOWN_PLACES, rounding=ROUND_HALF_EVEN),
        unit="COUNT" if use.limit in COUNTED else "FRACTION",
        window=WINDOWS.get(use.limit, ""),
        state="TRIPPED" if use.tripped else "WARNING" if use.warns else "OK",
        sentence=use.sentence,
    )
