"""Claim: the one transaction in which wishes become orders.

Lock order: decisions, person counters, balances, wallets, gate. The gates judge in Python on facts read under these locks;
halts and bot states are read in fresh statements after the shared gate lock. The number of statements does not depend on the
number of requests, and all that comes before the judging is one round trip. Nothing here talks to a venue.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from accounts.domain.identity import new_id
from accounts.operations.alerts import Notice
from accounts.queries import sql
from accounts.realtime import wire
from bots.domain.halts import Halts
from bots.operations.halts import sharing_gate
from bots.queries import halts as halt_queries
from ledger.domain.numbers import CONTEXT, ZERO, product
from ledger.operations import reservations
from trading import gates
from trading.domain import breaker, exposure, sizing
from trading.domain.breaker import Use
from trading.domain.exposure import Exposure
from trading.domain.policy import Policy
from trading.domain.requests import Claimed, OrderRequest, client_order_id
from trading.domain.verdicts import Verdict
from trading.gates.facts import Facts
from trading.operations import limit_warnings, order_rows
from trading.operations.limit_warnings import Used
from trading.queries import claim_facts
from trading.queries.claim_facts import BreakerKey, ClaimFacts

LEASE = timedelta(seconds=60)
BATCH = 1_000
COVER_FAILED = "INSUFFICIENT_FUNDS"


@dataclass(frozen=True, slots=True)
class Trip:
    """A breaker limit that a claim found reached. It is raised in a transaction of its own, judged again under the gate."""

    owner: UUID
    mode: str
    bot: UUID | None
    use: Use


@dataclass(frozen=True, slots=True)
class Claims:
    """Outcome of a claim: orders as written (also refused ones), in the order asked; trips to raise."""

    orders: list[Claimed]
    trips: list[Trip]


@dataclass(slots=True)
class _Count:
    """Running numbers of a batch: what earlier requests of the same batch have used up."""

    bot: dict[int, int]
    user: dict[int, int]
    burst: dict[int, int]
    funds: dict[tuple[int, str], Decimal]
    attempts: dict[int, int]
    in_flight: set[int]
    decided: set[tuple[int, str]]
    breaches: dict[BreakerKey, Use | None] = field(default_factory=dict)
    trips: dict[BreakerKey, Trip] = field(default_factory=dict)
    at_risk: dict[tuple[int, str], Decimal] = field(default_factory=dict)
    of_book: dict[int, Decimal] = field(default_factory=dict)
    warnings: dict[tuple[UUID | None, str, str], Notice] = field(default_factory=dict)

    def warn(self, notices: Iterable[Notice]) -> None:
        for notice in notices:
            self.warnings[notice.person, notice.code, notice.dedup_key] = notice


def claim(
    requests: Sequence[OrderRequest], *, policy: Policy, now: datetime, kill_switch: bool, unlent: Decimal = ZERO
) -> Claims:
    """Claim a batch in its order (exits come first by the caller's doing). Larger batches are cut at 1,000. `unlent`: what lies free
    beside the book and was too little to be lent; a refusal for want of funds counts it in."""
    claimed = Claims([], [])
    for start in range(0, len(requests), BATCH):
        with transaction.atomic():
            part = _claim_batch(requests[start : start + BATCH], policy=policy, now=now, kill_switch=kill_switch, unlent=unlent)
        claimed.orders.extend(part.orders)
        claimed.trips.extend(part.trips)
    return claimed


def _claim_batch(requests: Sequence[OrderRequest], *, policy: Policy, now: datetime, kill_switch: bool, unlent: Decimal) -> Claims:
    with sql.at_once() as line:  # in this order: locks, facts under them, the gate, and what must be read fresh after it
        deciding = line.ask(order_rows.deciding(requests, now=now))
        line.ask(order_rows.counting({request.owner for request in requests}, day=now.date()))
        # a balance that is not there yet is one without money
        locking = line.ask(reservations.locking_funds({(request.book, request.asset_held) for request in requests}))
        line.ask(reservations.locking_wallets({request.wallet for request in requests}))
        gathering = line.ask(claim_facts.gathering(requests, policy=policy, now=now))
        line.ask(sharing_gate())
        reading = line.ask(halt_queries.reading())
        asking = line.ask(claim_facts.bot_statuses([request.bot for request in requests if request.bot is not None]))
    funds, facts, halts = locking.value, gathering.value, reading.value
    count = _Count(
        bot=dict(facts.entries_of_bot), user=dict(facts.entries_of_user), burst=dict(facts.burst),
        funds={(book.int, asset): held.cash for (book, asset), held in funds.items()},
        attempts=dict(facts.attempts), in_flight=set(facts.in_flight), decided={(bot.int, leg) for bot, leg in deciding.value},
        at_risk=dict(facts.exposures.at_risk), of_book=dict(facts.exposures.of_book),
    )
    judge = _Judge(facts, count, halts, asking.value, policy, kill_switch, unlent, now)
    judged = (_judge_one(request, judge) for request in requests)  # one by one inside the COPY below: nothing there may ask the database
    orders = order_rows.write(judged, epoch=halts.epoch, lease_until=now + LEASE, now=now)
    passed = [order for order in orders if order.state == "SENDING"]
    holds = [reservations.Hold(order.client_order_id, order.request.book, order.request.asset_held, order.held) for order in passed]
    if holds:
        with sql.at_once() as line:
            line.ask(reservations.holding(holds, funds, now=now))
            line.ask(order_rows.counting_up(passed, day=now.date()))
    limit_warnings.tell(count.warnings.values(), now=now)
    _tell_people([order for order in orders if order.state == "REFUSED" and order.request.candle is None])
    return Claims(orders, list(count.trips.values()))


def _tell_people(refused: Sequence[Claimed]) -> None:
    """Pages show what a person was refused. They hear of a tick's refusals with the tick, and of what is sent with the answer to it."""
    told = [wire.Message(person=o.request.owner, type="order", data={"orders": [str(o.id)]}) for o in refused]
    wire.publish_many_on_commit(told)


def amount_to_hold(request: OrderRequest) -> Decimal:
    """Money an order needs: a sell its base units, a buy what its worst fill costs with the taker fee."""
    if request.side == "SELL":
        return request.quantity
    worst = request.price if request.price is not None else request.decision_price
    return sizing.cost_of(price=worst, quantity=request.quantity, rules=request.rules)


@dataclass(frozen=True, slots=True)
class _Judge:
    """What every request of a batch is judged on."""

    facts: ClaimFacts
    count: _Count
    halts: Halts
    statuses: dict[int, str]
    policy: Policy
    kill_switch: bool
    unlent: Decimal
    now: datetime


def _judge_one(request: OrderRequest, judge: _Judge) -> Claimed:
    facts, count, halts, policy = judge.facts, judge.count, judge.halts, judge.policy
    bot, intent = request.bot.int if request.bot else None, request.intent.int
    halt = None
    if halts.rows:
        halt = halts.level_for(
            owner=request.owner, mode=request.mode, wallet=request.wallet, bot=request.bot, closing=request.halt
        )
    told = Facts(
        in_flight=intent in count.in_flight,
        decided=bot is not None and (bot, request.leg) in count.decided,
        entries_of_bot=count.bot.get(bot, 0) if bot is not None else 0,
        entries_of_user=count.user.get(request.owner.int, 0),
        burst=count.burst.get(request.wallet.int, 0),
        halt=halt.level if halt else "",
        halt_id=halt.id if halt else None,
        halt_source=halt.source if halt else "",
        halt_scope=halt.scope if halt else "",
        status=judge.statuses.get(bot, "") if bot is not None else "RUNNING",
        breach=None if request.reducing else _breach(request, judge),
        wallet_in_deficit=request.wallet.int in facts.wallets_in_deficit,
        trading_enabled=policy.enable_trading and (request.mode != "PAPER" or policy.enable_paper_trading),
        kill_switch=judge.kill_switch,
        exposure=_exposure(request, facts=facts, count=count) if facts.exposures.rates and not request.reducing else None,
    )
    verdicts = gates.judge(request, told, policy)
    need = Decimal(0)
    if not verdicts[-1].refused:
        need = amount_to_hold(request)
        verdicts = (*verdicts, _cover(request, need, count, unlent=judge.unlent))
    order_id = new_id()
    if verdicts[-1].refused:
        return Claimed(order_id, order_id.hex, "REFUSED", request, verdicts, verdicts[-1].code, halts.epoch)
    attempt = count.attempts.get(intent, 0) + 1
    _use_up(request, told, need=need, attempt=attempt, judge=judge)
    name = client_order_id(intent=request.intent, attempt=attempt)
    return Claimed(order_id, name, "SENDING", request, verdicts, "", halts.epoch, attempt, need)


def _breach(request: OrderRequest, judge: _Judge) -> Use | None:
    """The first breaker limit reached by the bot or by its person; each is judged once per batch and kept for the trip."""
    facts, count, person = judge.facts, judge.count, request.owner.int
    for bot in ((request.bot, None) if request.bot else (None,)):
        key = (person, request.mode, bot.int if bot else None)
        if key not in count.breaches:
            numbers = facts.breaker_numbers(key, nav=request.nav if bot else None)
            limits = judge.policy.strictest(facts.profiles(key, of_order=request.profile))
            found = breaker.judge(numbers, limits) if numbers is not None else None
            count.breaches[key] = found
            if found is not None:
                count.trips[key] = Trip(request.owner, request.mode, bot, found)
            elif numbers is not None and numbers.errors_last_hour:  # the tick warns of all others
                near = [use for use in breaker.uses(numbers, limits) if use.limit == breaker.ERRORS and use.warns]
                count.warn(limit_warnings.of_use(use, owner=request.owner, bot=bot, now=judge.now) for use in near)
        breach = count.breaches[key]
        if breach is not None:
            return breach
    return None


def _cover(request: OrderRequest, need: Decimal, count: _Count, *, unlent: Decimal) -> Verdict:
    have = count.funds.get((request.book.int, request.asset_held), Decimal(0))
    numbers = {"needed": f"{need:f}", "free": f"{CONTEXT.add(have, unlent):f}", "asset": request.asset_held}
    if have < need:
        where = " in the book" if request.bot is not None else ""
        return Verdict("cover", "REFUSED", COVER_FAILED, f"Not enough free {request.asset_held}{where} for this order.", numbers)
    return Verdict("cover", "PASS", "", "", numbers)


def _exposure(request: OrderRequest, *, facts: ClaimFacts, count: _Count) -> Exposure | None:
    """What the person has at risk before this order, earlier ones of the batch counted in; None when their equity is unknown."""
    equity = facts.exposures.equity.get((request.owner.int, request.mode))
    if equity is None:
        return None
    rate = facts.exposures.rates[request.rules.quote]
    return Exposure(
        equity=equity, at_risk=count.at_risk.get((request.owner.int, request.mode), ZERO),
        position=count.of_book.get(request.book.int, ZERO),
        notional=product(CONTEXT.multiply(request.quantity, request.decision_price), rate), rate=rate,
    )  # fmt: skip


def _use_up(request: OrderRequest, told: Facts, *, need: Decimal, attempt: int, judge: _Judge) -> None:
    count = judge.count
    key = (request.book.int, request.asset_held)
    count.funds[key] = CONTEXT.subtract(count.funds[key], need)
    count.attempts[request.intent.int] = attempt
    count.in_flight.add(request.intent.int)
    if request.reducing:
        return
    user, wallet = request.owner.int, request.wallet.int
    count.user[user] = count.user.get(user, 0) + 1
    count.burst[wallet] = count.burst.get(wallet, 0) + 1
    bot = request.bot.int if request.bot is not None else 0
    count.bot[bot] = count.bot.get(bot, 0) + 1
    used = Used(count.bot[bot], count.user[user], count.burst[wallet])
    count.warn(limit_warnings.of_counts(request, used, policy=judge.policy, now=judge.now))
    if told.exposure is not None:
        _put_at_risk(request, told.exposure, held=product(need, told.exposure.rate), judge=judge)


def _put_at_risk(request: OrderRequest, before: Exposure, *, held: Decimal, judge: _Judge) -> None:
    """From here the order counts with what it holds, as it will when it works."""
    count, person = judge.count, (request.owner.int, request.mode)
    count.at_risk[person] = CONTEXT.add(before.at_risk, held)
    count.of_book[request.book.int] = CONTEXT.add(before.position, held)
    limits = judge.policy.position_limits(request.profile)
    if limits is not None:
        near = [use for use in exposure.uses(before, limits) if use.warns]
        count.warn(limit_warnings.of_use(use, owner=request.owner, bot=request.bot, now=judge.now) for use in near)
