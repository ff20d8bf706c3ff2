"""The circuit breaker as an act: its numbers are written, a reached limit trips, a person resets it.

Trips have a transaction of their own: the claim that found them has committed its refusal. A trip raises a REDUCING halt and sets
CIRCUIT_TRIPPED; exits go on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Q

from accounts.domain.identity import new_id
from accounts.domain.refusals import Missing, Refusal
from accounts.operations import audit
from accounts.realtime import wire
from bots.domain.halts import HaltWish
from bots.models import Bot, Halt
from bots.operations import halts, lifecycle
from ledger.operations import bulk
from trading.domain import breaker, nav
from trading.domain.breaker import Numbers, Use
from trading.domain.policy import Policy, profiles_of_person
from trading.domain.requests import Nav
from trading.models import BreakerState, BreakerTrip, TrackRecord
from trading.operations import halving, limit_warnings
from trading.operations.claim import Trip
from trading.queries import careful, people_worth

log = structlog.get_logger()

SOURCE = "BREAKER"
ACTOR = "system:breaker"


@dataclass(frozen=True, slots=True)
class BotLevels:
    """Breaker levels of one bot as its tick measured them."""

    owner: UUID
    bot: UUID
    mode: str
    nav: Nav


def store_bots(levels: Sequence[BotLevels], *, now: datetime) -> None:
    """Write bots' levels for the pages and for claims outside a tick, in one statement."""
    if not levels:
        return
    bulk.run(
        """
        INSERT INTO trading_breakerstate
            (id, owner_id, mode, bot_id, equity, funding, nav, peak, day, day_nav, week_nav, errors, warned, updated_at)
        SELECT id, owner, mode, bot, 0, 0, nav, peak, %s, day_nav, week_nav, '[]', '{}', %s
        FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::uuid[], %s::numeric[], %s::numeric[], %s::numeric[], %s::numeric[])
            AS new(id, owner, mode, bot, nav, peak, day_nav, week_nav)
        ON CONFLICT (owner_id, mode, bot_id) DO UPDATE SET nav = EXCLUDED.nav, peak = EXCLUDED.peak, day = EXCLUDED.day,
            day_nav = EXCLUDED.day_nav, week_nav = EXCLUDED.week_nav, updated_at = EXCLUDED.updated_at
        """,
        now.date(), now, [new_id() for _ in levels], [x.owner for x in levels], [x.mode for x in levels],
        [x.bot for x in levels], [x.nav.now for x in levels], [x.nav.peak for x in levels], [x.nav.day for x in levels],
        [x.nav.week for x in levels],
    )  # fmt: skip


def note_errors(bots: Sequence[tuple[UUID, str, UUID]], *, now: datetime) -> None:
    """Count one venue or tick error for each (owner, mode, bot); those older than an hour are forgotten. One statement."""
    if not bots:
        return
    ordered = sorted(set(bots), key=lambda found: found[2])
    bulk.run(
        """
        INSERT INTO trading_breakerstate AS known
            (id, owner_id, mode, bot_id, equity, funding, nav, peak, day_nav, week_nav, errors, warned, updated_at)
        SELECT id, owner, mode, bot, 0, 0, 1, 1, 1, 1, jsonb_build_array(%s::text), '{}', %s
        FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::uuid[]) AS new(id, owner, mode, bot)
        ON CONFLICT (owner_id, mode, bot_id) DO UPDATE SET updated_at = EXCLUDED.updated_at, errors = EXCLUDED.errors || (
            SELECT coalesce(jsonb_agg(at), '[]') FROM jsonb_array_elements_text(known.errors) AS old(at) WHERE at >= %s
        )
        """,
        now.isoformat(), now, [new_id() for _ in ordered], [found[0] for found in ordered], [found[1] for found in ordered],
        [found[2] for found in ordered], (now - timedelta(hours=1)).isoformat(),
    )  # fmt: skip


def observe_people(owners: Collection[UUID], *, policy: Policy, now: datetime) -> list[Trip]:
    """Link the levels of these people to their newest wallet equity, warn once a day from 60 % on -> the trips that are due."""
    if not owners:
        return []
    trips: list[Trip] = []
    warnings: list[tuple[UUID, UUID | None, Use]] = []
    with transaction.atomic():
        states = {
            (state.owner_id, state.mode): state
            for state in BreakerState.objects.select_for_update().filter(owner__in=owners, bot__isnull=True).order_by("id")
        }
        worth = people_worth.newest(owners=owners, now=now)
        fresh, strict = [], careful.people(worth.keys())
        for (owner, mode), (equity, funding) in worth.items():
            state = states.get((owner, mode)) or BreakerState(owner_id=owner, mode=mode, updated_at=now)
            linked = nav.link(_levels(state), equity=equity, funding=funding, today=now.date())
            _put(state, linked, now=now)
            fresh.append(state)
            numbers = Numbers(linked.nav, 0, 0)
            limits = policy.strictest(profiles_of_person(careful=(owner, mode) in strict))
            use = breaker.judge(numbers, limits)
            if use is not None:
                trips.append(Trip(owner, mode, None, use))
            else:
                warnings += [(owner, None, near) for near in breaker.uses(numbers, limits) if near.warns and _untold(state, near, now=now)]
        BreakerState.objects.bulk_create(
            fresh, update_conflicts=True, unique_fields=["owner", "mode", "bot"],
            update_fields=["equity", "funding", "nav", "peak", "day", "day_nav", "week_nav", "warned", "updated_at"],
        )
        warn(warnings, now=now)
    return trips


def _untold(state: BreakerState, use: Use, *, now: datetime) -> bool:
    """Whether this limit has not been warned of today; notes that it is now."""
    today = now.date().isoformat()
    if state.warned.get(use.limit) == today:
        return False
    state.warned[use.limit] = today
    return True


def _levels(state: BreakerState) -> nav.Linked:
    return nav.Linked(
        state.equity, state.funding, Nav(Decimal(state.nav), Decimal(state.peak), Decimal(state.day_nav), Decimal(state.week_nav)),
        state.day,
    )


def _put(state: BreakerState, linked: nav.Linked, *, now: datetime) -> None:
    state.equity, state.funding, state.day, state.updated_at = linked.equity, linked.funding, linked.day, now
    state.nav, state.peak, state.day_nav, state.week_nav = linked.nav.now, linked.nav.peak, linked.nav.day, linked.nav.week


def warn(uses: Iterable[tuple[UUID, UUID | None, Use]], *, now: datetime) -> None:
    """A WARNING alert for each limit that is used to 60 % and more, once a day."""
    limit_warnings.tell([limit_warnings.of_use(use, owner=owner, bot=bot, now=now) for owner, bot, use in uses], now=now)


def trip(found: Sequence[Trip], *, now: datetime) -> int:
    """Raise the trips, those of bots before those of people, with a constant number of statements -> how many were new."""
    bots: dict[UUID, Trip] = {}
    people: dict[tuple[UUID, str], Trip] = {}
    for each in found:
        if each.bot is None:
            people.setdefault((each.owner, each.mode), each)
        else:
            bots.setdefault(each.bot, each)
    tripped = halving.done(partial(_trip_bots, bots, now=now), list(bots), what="breaker.trip", now=now)
    return tripped + halving.done(partial(_trip_people, people, now=now), list(people), what="breaker.trip", now=now)


def _trip_bots(found: Mapping[UUID, Trip], bots: Sequence[UUID], *, now: datetime) -> int:
    """All of these that are not tripped, stopping or stopped. They are judged again under the gate: where a win or a reset has come
    between, nothing is written and the others are tripped without those."""
    left = list(bots)
    while left:
        with transaction.atomic():
            moved = lifecycle.trip(reasons={bot: _reason(found[bot].use) for bot in left}, actor=ACTOR, now=now)
            trips = [found[bot] for bot in left if bot in moved]
            raised = halts.raise_halts([_halt_of(each) for each in trips], actor=ACTOR, request_id="", now=now)
            over = _no_longer_reached(trips)
            if not over:
                _remember(trips, raised, now=now)
                return len(trips)
            transaction.set_rollback(True)
        left = [bot for bot in left if bot in moved and bot not in over]
    return 0


def _no_longer_reached(trips: Sequence[Trip]) -> set[UUID]:
    """The bots whose limit, as far as it can be read again, is not reached any more. Falls were measured by the tick that asks, the
    only one that is."""
    streaks = {each.bot: each.use.threshold for each in trips if each.bot is not None and each.use.limit == "LOSSES_IN_A_ROW"}
    if not streaks:
        return set()
    present = dict(TrackRecord.objects.filter(bot__in=streaks).values_list("bot_id", "loss_streak"))
    return {bot for bot, threshold in streaks.items() if present.get(bot, 0) < threshold}


def _trip_people(found: Mapping[tuple[UUID, str], Trip], people: Sequence[tuple[UUID, str]], *, now: datetime) -> int:
    """A person's trip is one REDUCING halt over the mode, and every bot of that mode is tripped. One that stands is left alone."""
    standing = set(
        BreakerTrip.objects.filter(owner__in={owner for owner, _ in people}, bot__isnull=True, reset_at__isnull=True).values_list(
            "owner_id", "mode"
        )
    )
    trips = [found[each] for each in people if each not in standing]
    if not trips:
        return 0
    with transaction.atomic():
        reasons = {(each.owner, each.mode): _reason(each.use) for each in trips}
        lifecycle.trip_people(reasons=reasons, actor=ACTOR, now=now)
        raised = halts.raise_halts([_halt_of(each) for each in trips], actor=ACTOR, request_id="", now=now)
        known = set(BreakerTrip.objects.filter(halt__in=raised).values_list("halt_id", flat=True))
        fresh = [(each, halt) for each, halt in zip(trips, raised, strict=True) if halt.id not in known]
        _remember([each for each, _ in fresh], [halt for _, halt in fresh], now=now)
    return len(fresh)


def _halt_of(found: Trip) -> HaltWish:
    if found.bot is None:
        return HaltWish(scope="USER", level="REDUCING", source=SOURCE, reason=_reason(found.use), user=found.owner, mode=found.mode)
    return HaltWish(scope="BOT", level="REDUCING", source=SOURCE, reason=_reason(found.use), user=found.owner, bot=found.bot)


def _reason(use: Use) -> str:
    return f"{use.sentence} The limit is reached: {use.said}."


def _remember(trips: Sequence[Trip], raised: Sequence[Halt], *, now: datetime) -> None:
    BreakerTrip.objects.bulk_create(
        BreakerTrip(
            owner_id=found.owner, mode=found.mode, bot_id=found.bot, halt_id=halt.id, at=now, limit=found.use.limit,
            value=f"{found.use.value:.6f}", threshold=f"{found.use.threshold:.6f}", sentence=_reason(found.use),
        )
        for found, halt in zip(trips, raised, strict=True)
    )  # fmt: skip
    wire.publish_many_on_commit([
        wire.Message(person=found.owner, type="breaker", data={"bot": str(found.bot) if found.bot else None}) for found in trips
    ])  # fmt: skip
    for found in trips:
        log.critical("breaker.trip", owner=str(found.owner), bot=str(found.bot), limit=found.use.limit)


def reset(
    *, owner: UUID, bot_id: UUID | None, reason: str, actor: str, request_id: str, now: datetime, mode: str = "PAPER"
) -> int:
    """Reset a bot's trip, or the person's own (bot_id None): lift its halt, measure anew from here; bots stay paused.

    Answers how many trips were reset. Refusals: REASON_REQUIRED, NOT_TRIPPED; Missing for a foreign bot.
    """
    if not reason.strip():
        raise Refusal("REASON_REQUIRED", "Say why the breaker is reset.")
    if bot_id is not None and not Bot.objects.filter(id=bot_id, owner=owner).exists():
        raise Missing("BOT_NOT_FOUND", "You have no such bot.")
    with transaction.atomic():
        whose = Q(bot__isnull=True) if bot_id is None else Q(bot=bot_id)
        trips = list(BreakerTrip.objects.select_for_update().filter(whose, owner=owner, mode=mode, reset_at__isnull=True))
        if not trips:
            raise Refusal("NOT_TRIPPED", "This breaker has not tripped.")
        bots = [bot_id] if bot_id else list(
            Bot.objects.filter(owner=owner, mode=mode, status="CIRCUIT_TRIPPED")
            .exclude(id__in=BreakerTrip.objects.filter(owner=owner, bot__isnull=False, reset_at__isnull=True).values("bot_id"))
            .values_list("id", flat=True)
        )
        lifecycle.reset_all(bot_ids=bots, owner=owner, reason=reason, actor=actor, request_id=request_id, now=now)
        _measure_anew(owner=owner, mode=mode, bot_id=bot_id, bots=bots, now=now)
        BreakerTrip.objects.filter(id__in=[each.id for each in trips]).update(reset_at=now, reset_by=actor, reset_reason=reason[:200])
        audit.record(
            person=owner, actor=actor, act="breaker.reset", subject=f"bot:{bot_id}" if bot_id else f"person:{owner}",
            before={"trips": [str(each.id) for each in trips]}, after={}, reason=reason, request_id=request_id, now=now,
        )
        wire.publish_on_commit(person=owner, type="breaker", data={"bot": str(bot_id) if bot_id else None})
        halts.lift(halt_ids=[each.halt_id for each in trips], actor=actor, reason=reason, request_id=request_id, now=now)
    return len(trips)


def _measure_anew(*, owner: UUID, mode: str, bot_id: UUID | None, bots: Sequence[UUID], now: datetime) -> None:
    bulk.run(
        "UPDATE trading_breakerstate SET peak = nav, day_nav = nav, week_nav = nav, errors = '[]', updated_at = %s "
        "WHERE owner_id = %s AND mode = %s AND (bot_id = ANY(%s) OR (%s::uuid IS NULL AND bot_id IS NULL))",
        now, owner, mode, list(bots), bot_id,
    )  # fmt: skip
    TrackRecord.objects.bulk_create(
        [TrackRecord(bot_id=bot, since=now) for bot in bots], update_conflicts=True, unique_fields=["bot"],
        update_fields=["since", "loss_streak"],
    )  # fmt: skip
