"""One tick: a closed candle of one market, from working orders and signals to claimed and sent orders.

Every bot of the market is judged in one call, and the number of statements does not depend on how many there are. The live
tick, the replay and the back-fill call the same function; only who hands in the candles differs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from time import perf_counter
from typing import Any
from uuid import UUID

import structlog

from accounts.operations import alerts
from bots.domain.candles import Window
from trading.domain import hygiene, sizing
from trading.domain.costs import Top
from trading.domain.legs import Leg, bound_bps, legs
from trading.domain.matcher import Candle
from trading.domain.policy import Policy
from trading.domain.requests import Claimed, OrderRequest, entry_intent, exit_intent
from trading.domain.rules import whole_steps
from trading.domain.verdicts import Verdict
from trading.operations import act, breaker, claim, judging, settle, valuation
from trading.operations.act import Switch, never
from trading.operations.claim import Claims
from trading.operations.memory import Memory
from trading.queries import roster as rosters
from trading.queries.attempts import failed_attempts
from trading.queries.roster import Member

log = structlog.get_logger()

WIDEST_BPS = Decimal(9_000)  # a doubled bound stops here: under a tenth of the price nobody sells


@dataclass(slots=True)
class Ticked:
    """What one tick did."""

    bots: int = 0
    legs: int = 0
    orders: int = 0
    fills: int = 0
    trades: int = 0
    claims: Claims | None = None
    eventful: bool = False


def tick(
    memory: Memory, window: Window, *, policy: Policy, now: datetime, kill_switch: Switch = never, top: Top | None,
) -> Ticked:
    """Tick the closed candles of `window` (usually one). Missed ones settle orders and advance indicators; only the newest
    is judged. `now` is the time of this tick, at or after its close; `top` the top of the book then."""
    started = perf_counter()
    done = Ticked()
    log.debug("tick.start", market=str(memory.market), candle=int(window.times[-1]))
    if memory.working:
        settled = settle.working_orders(memory.stream, memory.market, window, now=now, elsewhere=memory.elsewhere)
        done.fills, done.trades = settled.fills, settled.trades
        memory.working = settled.still_working
        if settled.changed:
            memory.roster = None
            done.eventful = True
    if memory.roster is None:
        memory.roster = rosters.load(memory.stream, base=memory.market.base_id, quote=memory.market.quote_id)
    members = memory.roster.members
    done.bots = len(members)
    judging.read(memory, window)
    failed = judging.fail_unsound(memory, now=now)
    candle = Candle.of(window, -1)
    wishes = legs(members, memory.readings, candle=candle, units=memory.roster.units)
    done.legs = len(wishes)
    requests = _requests(wishes, memory, candle=candle, policy=policy, top=top, now=now)
    if requests:
        done.claims = claim.claim(requests, policy=policy, now=now, kill_switch=kill_switch())
        done.orders = len(done.claims.orders)
        acks = act.send(done.claims.orders, market=memory.market, now=now, kill_switch=kill_switch)
        memory.working = memory.working or bool(acks)
        done.eventful = True
        _tell_blocked(done.claims.orders, now=now)
        for order in done.claims.orders:
            log.debug("trade.candidate", bot=str(order.request.bot), venue=memory.market.venue, state=order.state, refusal=order.refusal)
    trips = judging.breaches(memory, policy=policy, now=now, eventful=done.eventful)
    people = [found for found in (done.claims.trips if done.claims else []) if found.bot is None]
    people += valuation.hourly(memory, policy=policy, now=now, filled=bool(done.fills))
    if trips or people:
        breaker.trip([*trips, *people], now=now)
    if trips or people or failed:
        memory.roster = None
    tell = log.debug if memory.stream.run else log.info  # a replay has thousands of ticks a second
    ms = round((perf_counter() - started) * 1000, 1)
    tell("tick.end", market=str(memory.market), bots=done.bots, orders=done.orders, fills=done.fills, ms=ms)
    return done


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


def _requests(
    wishes: Sequence[Leg], memory: Memory, *, candle: Candle, policy: Policy, top: Top | None, now: datetime
) -> list[OrderRequest]:
    """Order requests of the legs, exits first. Bots whose size comes out as nothing ask all the same and are refused by the
    market's rules, so that the timeline says so."""
    if not wishes or memory.roster is None:
        return []
    members = memory.roster.members
    price = Decimal(candle.close).scaleb(-candle.price_places)
    data = _data_verdict(memory, top=top, policy=policy, now=now)
    exits = [exit_intent(bot=members[w.index].id, position=members[w.index].position) for w in wishes if w.leg == "EXIT"]
    tried = failed_attempts(exits)
    return [
        _exit(members[w.index], w, memory, candle, price=price, tried=tried, policy=policy)
        if w.leg == "EXIT"
        else _entry(members[w.index], w, memory, candle, price=price, policy=policy, data=data)
        for w in wishes
    ]


def _data_verdict(memory: Memory, *, top: Top | None, policy: Policy, now: datetime) -> Verdict:
    """Whether entries may be decided on this data: the quote first, then the newest candle."""
    quote = hygiene.judge_top(top=top, now=now, max_age_seconds=policy.max_quote_age_seconds)
    return quote if quote.refused else hygiene.judge_sight(sight=hygiene.sight_of(memory.closes))


def _common(member: Member, wish: Leg, memory: Memory, candle: Candle, price: Decimal) -> dict[str, Any]:
    return {
        "owner": member.owner, "wallet": member.wallet, "book": member.book, "bot": member.id, "rules": memory.rules,
        "timeframe": memory.stream.timeframe, "run": memory.stream.run, "mode": member.mode,
        "candle": datetime.fromtimestamp(candle.time, tz=UTC), "leg": wish.leg, "reason": wish.reason, "decision_price": price,
        "profile": member.profile, "strategy_version": judging.version_of(member.genome.family), "nav": judging.nav_of(memory, wish.index),
    }


def _exit(
    member: Member, wish: Leg, memory: Memory, candle: Candle, *, price: Decimal, tried: dict[UUID, int], policy: Policy
) -> OrderRequest:
    intent = exit_intent(bot=member.id, position=member.position)
    bps = bound_bps(reason=wish.reason, attempts=tried.get(intent, 0), first=policy.max_slippage_bps)
    bound = None
    if bps is not None:
        bound = sizing.bound_price(price=price, side="SELL", bound_bps=min(bps, WIDEST_BPS), rules=memory.rules)
    kind, force = ("MARKET", "GTC") if bound is None else ("LIMIT", "IOC")
    return OrderRequest(
        **_common(member, wish, memory, candle, price), intent=intent, side="SELL", type=kind, time_in_force=force,
        quantity=whole_steps(member.units, memory.rules.amount_step), price=bound, reducing=True,
    )


def _entry(
    member: Member, wish: Leg, memory: Memory, candle: Candle, *, price: Decimal, policy: Policy, data: Verdict | None
) -> OrderRequest:
    size = sizing.fraction(
        record=member.record, stage=member.stage, mode=member.mode, bootstrap_trades=policy.bootstrap_trades,
        bootstrap_fraction=policy.bootstrap_fraction,
    )
    if size.negative_edge:
        log.debug("sizing.negative_edge", bot=str(member.id), trades=member.record.trades)
    elif size.bootstrap:
        log.debug("sizing.bootstrap", bot=str(member.id), fraction=str(size.fraction))
    bound = sizing.bound_price(price=price, side="BUY", bound_bps=policy.max_slippage_bps, rules=memory.rules)
    notional = (member.money + member.units * price) * size.fraction
    stated = Decimal(str(round(float(memory.readings[wish.index]["edge_bps"]), 2)))
    edge, source = sizing.edge_bps(stated=stated, record=member.record)
    return OrderRequest(
        **_common(member, wish, memory, candle, price), intent=entry_intent(bot=member.id, position=member.position), side="BUY",
        type="LIMIT", time_in_force="IOC", quantity=sizing.entry_quantity(notional=notional, bound=bound, rules=memory.rules),
        price=bound, reducing=False, bootstrap=size.bootstrap, expected_edge_bps=edge, edge_source=source, data_verdict=data,
    )
