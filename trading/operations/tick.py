"""One tick: a closed candle of one market, from working orders and signals to claimed and sent orders.

Every bot of the market is judged in one call, and the number of statements does not depend on how many there are. The live
tick, the replay and the back-fill call the same function; only who hands in the candles differs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from time import perf_counter
from uuid import UUID

import structlog

from accounts.operations import alerts
from bots.domain.candles import Window
from bots.domain.halts import Halts
from bots.queries import halts as halt_queries
from trading.domain.costs import Top
from trading.domain.legs import Leg, legs
from trading.domain.matcher import Candle
from trading.domain.policy import Policy
from trading.domain.requests import Claimed
from trading.operations import act, breaker, cancel, judging, ordering, settle, sifting, stages, valuation
from trading.operations.act import Switch, never
from trading.operations.claim import Claims
from trading.operations.memory import Memory
from trading.queries import roster as rosters
from trading.queries.roster import Member
from trading.venues import venue

log = structlog.get_logger()

ACTOR = "system:tick"
RESTING = "o.bot_id = ANY(%s) AND o.leg = 'ENTRY' AND o.candle IS NOT NULL AND o.run = %s"  # what bots decided, not people


@dataclass(slots=True)
class Ticked:
    """What one tick did. people: those whose orders were filled."""

    bots: int = 0
    active: int = 0
    legs: int = 0
    orders: int = 0
    fills: int = 0
    trades: int = 0
    claims: Claims | None = None
    eventful: bool = False
    people: frozenset[UUID] = frozenset()


def tick(
    memory: Memory, window: Window, *, policy: Policy, now: datetime, kill_switch: Switch = never, top: Top | None,
) -> Ticked:
    """Tick the closed candles of `window` (usually one). Missed ones settle orders and advance indicators; only the newest
    is judged. `now` is the time of this tick, at or after its close; `top` the top of the book then."""
    started = perf_counter()
    done = Ticked()
    tell = log.debug if memory.stream.run else log.info  # a replay has thousands of ticks a second
    tell("tick.start", market=str(memory.market), timeframe=memory.stream.timeframe, candle=int(window.times[-1]), candles=len(window))
    memory.rules = venue(memory.market.venue).rules(market=memory.market, at=now)
    memory.missing = _missing(memory, window)
    counted = sifting.sift(memory, window)
    _settle(memory, window, done, now=now)
    failed = _judge(memory, window, counted, done, now=now)
    tell("tick.bots", scanned=done.bots, active=done.active, paused=done.bots - done.active)
    failed += _order(memory, window, done, policy=policy, now=now, kill_switch=kill_switch, top=top)
    stopped = _watch(memory, done, policy=policy, now=now)
    if stopped or failed:
        memory.roster = None
    ms = round((perf_counter() - started) * 1000, 1)
    tell("tick.end", market=str(memory.market), bots=done.bots, orders=done.orders, fills=done.fills, ms=ms)
    return done


def _settle(memory: Memory, window: Window, done: Ticked, *, now: datetime) -> None:
    """Book what these candles did to the orders that wait."""
    if memory.working or memory.roster is None:
        memory.turn()
    if not memory.working:
        return
    _forget_old_statuses(memory)
    price = Decimal(memory.closes[-1]).scaleb(-window.price_places)
    settled = settle.working_orders(
        memory.stream, memory.market, window, price=price, now=now, elsewhere=memory.elsewhere, before=memory.closed
    )
    done.fills, done.trades, done.eventful = settled.fills, settled.trades, settled.changed
    memory.working, memory.resting = settled.still_working, settled.resting
    done.people = settled.people if settled.fills else frozenset()
    if settled.trades:
        stages.review(settled.bots, now=now)
    if settled.changed:
        memory.roster = None


def _judge(memory: Memory, window: Window, counted: Window, done: Ticked, *, now: datetime) -> int:
    """Bring every reading up to date with the candles that count -> how many bots failed."""
    if memory.roster is None:
        memory.roster = rosters.load(memory.stream, base=memory.market.base_id, quote=memory.market.quote_id)
    members = memory.roster.members
    done.bots, done.active = len(members), sum(member.status == "RUNNING" for member in members)
    judging.read(memory, window, counted)
    if any(members[index].status == "RUNNING" for index in memory.unsound):
        memory.turn()
    return judging.fail_unsound(memory, now=now)


def _order(
    memory: Memory, window: Window, done: Ticked, *, policy: Policy, now: datetime, kill_switch: Switch, top: Top | None
) -> int:
    """From readings and positions to legs, from legs to claimed and sent orders -> for how many bots that failed."""
    assert memory.roster is not None
    candle = Candle.of(window, -1)
    wishes = legs(memory.roster.members, memory.readings, candle=candle, units=memory.roster.units)
    done.legs = len(wishes)
    _withdraw(memory, wishes, now=now)
    if not wishes:
        return 0
    memory.turn()
    ordered = ordering.order(wishes, memory, candle=candle, policy=policy, top=top, now=now, kill_switch=kill_switch)
    if not ordered.claims.orders:
        return len(ordered.culprits)
    done.claims = ordered.claims
    done.orders, done.eventful = len(done.claims.orders), True
    acks = act.send(done.claims.orders, market=memory.market, now=now, kill_switch=kill_switch)
    memory.working = memory.working or bool(acks)
    _tell_blocked(done.claims.orders, now=now)
    tell = log.debug if memory.stream.run else log.info
    for order in done.claims.orders:
        tell("trade.candidate", bot=str(order.request.bot), venue=memory.market.venue, state=order.state, refusal=order.refusal)
    return len(ordered.culprits)


def _watch(memory: Memory, done: Ticked, *, policy: Policy, now: datetime) -> bool:
    """Measure against the breaker's limits, and raise the trips that are due -> whether there were any."""
    trips = judging.breaches(memory, policy=policy, now=now, eventful=done.eventful)
    trips += done.claims.trips if done.claims else []
    trips += valuation.hourly(memory, policy=policy, now=now, filled=done.people, again=memory.closed == memory.unfinished)
    if trips:
        memory.turn()
        breaker.trip(trips, now=now)
        _withdraw_stopped(memory, now=now)
    return bool(trips) or _release(memory, now=now)


def _release(memory: Memory, *, now: datetime) -> bool:
    """At each full hour let the quarantined bots out whose days have gone by, also those that trade no more -> whether any went."""
    if memory.roster is None or memory.closed % valuation.HOUR:
        return False
    waiting = [member.id for member in memory.roster.members if member.stage == "QUARANTINE"]
    if not waiting:
        return False
    memory.turn()
    return stages.review(waiting, now=now) > 0


def _forget_old_statuses(memory: Memory) -> None:
    """A roster that was read before the newest halt is read again: a trip of its person, found in another market, changed it."""
    if memory.roster is not None:
        epoch = halt_queries.standing().epoch
        if epoch != memory.epoch:
            memory.roster, memory.epoch = None, epoch


def _missing(memory: Memory, window: Window) -> int:
    """How many candles are not there right before the newest one. The first candle of a stream follows nothing."""
    before = int(window.times[-2]) + window.seconds if len(window) > 1 else memory.closed
    return max((int(window.times[-1]) - before) // window.seconds, 0) if before else 0


def _withdraw(memory: Memory, wishes: Sequence[Leg], *, now: datetime) -> None:
    """Cancel the resting entries of bots that would not enter any more: the signal has turned, they are no longer running or
    just failed, a halt stands over them, or they leave what they hold already. It comes before the claim: no entry fills after its
    exit was sent."""
    if not memory.resting or memory.roster is None:
        return
    directions = memory.readings["direction"].tolist()
    leaving = {wish.index for wish in wishes if wish.leg == "EXIT"} | set(memory.unsound)
    halts = halt_queries.standing()
    turned = [
        member.id
        for index, member in enumerate(memory.roster.members)
        if member.id in memory.resting
        and (directions[index] < 0 or member.status != "RUNNING" or index in leaving or _vetoed(member, halts))
    ]
    if turned:
        memory.turn()
        cancel.cancel_where(cancel.Scope(RESTING, (turned, memory.stream.run)), actor=ACTOR, now=now)


def _vetoed(member: Member, halts: Halts) -> bool:
    return halts.level_for(owner=member.owner, mode=member.mode, wallet=member.wallet, bot=member.id) is not None


def _withdraw_stopped(memory: Memory, *, now: datetime) -> None:
    """The same for bots that this tick's trips have stopped: at once, so that a tick that is run again after a crash does the
    same to them."""
    if memory.resting:
        stopped = f"{RESTING} AND EXISTS (SELECT 1 FROM bots_bot b WHERE b.id = o.bot_id AND b.status <> 'RUNNING')"
        cancel.cancel_where(cancel.Scope(stopped, (list(memory.resting), memory.stream.run)), actor=ACTOR, now=now)


def _tell_blocked(orders: Sequence[Claimed], *, now: datetime) -> None:
    """A CRITICAL alert for each exit that a gate refused. It is tried again at the next candle."""
    alerts.raise_alerts(
        notices=[
            alerts.Notice(
                person=order.request.owner, severity="CRITICAL", code="EXIT_BLOCKED",
                sentence=f"A bot cannot leave its position: {order.verdicts[-1].sentence}",
                data={"bot": str(order.request.bot), "order": str(order.id), "refusal": order.refusal}, dedup_key=str(order.request.bot),
            )
            for order in orders
            if order.request.reducing and order.state == "REFUSED" and order.verdicts[-1].gate != "A"
        ],
        now=now,
    )  # fmt: skip
