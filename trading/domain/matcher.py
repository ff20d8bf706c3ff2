"""The paper matcher: what a candle does to the orders that wait. Prices count in ticks, quantities in steps, and every
comparison is between integers. It must not read a clock, a setting or a candle that was known when the order was decided.

All orders of a market share one pool, a stated part of what the candle traded, in claim order. Who takes (market, immediate
limits, a limit that crosses the book on its first candle) fills at the open +/- half spread and slippage and pays the taker's
fee; who rests fills at its own price once the candle trades through it, touching is not enough, and pays the maker's fee.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Literal

from bots.domain.candles import Window
from ledger.domain.numbers import CONTEXT
from trading.domain.costs import WHOLE_BPS
from trading.domain.fees import fee_of_part
from trading.domain.requests import Rules
from trading.domain.rules import least_quantity

Side = Literal["BUY", "SELL"]
OrderType = Literal["MARKET", "LIMIT", "POST_ONLY"]
TimeInForce = Literal["GTC", "GTD", "IOC", "FOK"]
Outcome = Literal["FILL", "EXPIRED"]

SIDES: tuple[Side, Side] = ("BUY", "SELL")
POOL_PART = 10
"""One part in ten of a candle's volume is there for our orders, for all of them together. Who asks for more of what trades
moves the price by more than the slippage that is charged here, and of what trades at a resting order's price most goes to
those who were in the queue before it."""
POST_ONLY_WOULD_TAKE = "POST_ONLY_WOULD_TAKE"
ENDINGS = {
    "TIME_OVER": "Its time was over.",
    "MARKET_INTERRUPTED": "No candle followed the one it was decided on; it is not filled across a gap.",
    "PRICE_PAST_BOUND": "The market opened past its limit.",
    "TOO_LITTLE_TRADED": "Too little traded for all of it.",
    POST_ONLY_WOULD_TAKE: "The venue turned it down: it would have taken from the book instead of resting there.",
}
"""Why an order ended before it was filled, in words."""
_BPS_PARTS = 10_000  # costs are stated in basis points with at most four decimals


@dataclass(frozen=True, slots=True)
class Candle:
    """One candle in scaled integers: prices in 10**-price_places, volume in 10**-volume_places, time in epoch seconds."""

    time: int
    open: int
    high: int
    low: int
    close: int
    volume: int
    price_places: int
    volume_places: int
    seconds: int

    @classmethod
    def of(cls, window: Window, index: int) -> Candle:
        """Candle number `index` of a window."""
        columns = (window.times, window.open, window.high, window.low, window.close, window.volume)
        time, opened, high, low, close, volume = (int(column[index]) for column in columns)
        places = (window.price_places, window.volume_places, window.seconds)
        return cls(time, opened, high, low, close, volume, *places)

    @property
    def opens_at(self) -> datetime:
        return datetime.fromtimestamp(self.time, tz=UTC)

    @property
    def ends(self) -> int:
        """When it closes and the next one opens, epoch seconds."""
        return self.time + self.seconds


@dataclass(frozen=True, slots=True)
class Working:
    """An order that waits at the venue. `filled_*` and `fees` (in the quote asset) are what became of it so far.

    after: epoch seconds; a candle that opened before cannot touch it (no look-ahead). until: epoch seconds from which on nothing
    fills it any more. entry: a bot decided it on the candle before, so that it is not filled across a gap.
    """

    client_order_id: str
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    price_ticks: int | None
    steps: int
    after: int
    filled_steps: int = 0
    filled_value: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)
    until: int | None = None
    entry: bool = False

    @property
    def immediate(self) -> bool:
        """Whether its first candle ends it, filled or not."""
        return self.time_in_force in ("IOC", "FOK")


@dataclass(frozen=True, slots=True)
class Report:
    """What happened to an order. An EXPIRED report carries no numbers but its time, and why: one of ENDINGS."""

    client_order_id: str
    kind: Outcome
    executed_at: datetime
    price: Decimal = Decimal(0)
    quantity: Decimal = Decimal(0)
    fee: Decimal = Decimal(0)
    fee_asset: str = ""
    trade_id: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class _Offer:
    """What a candle offers, in ticks: the price of who takes at its open, and what a resting price must lie beyond."""

    candle: Candle
    before: int
    takers: Mapping[Side, int]
    lowest: int
    highest: int

    def interrupts(self, order: Working) -> bool:
        """Whether candles are missing between the order and this one: an immediate order is for the very next candle, and a
        bot's entry that rests is for one market without a gap."""
        if order.immediate:
            return not self.is_first_for(order)
        return order.entry and self.before > 0 and self.candle.time - max(order.after, self.before) >= self.candle.seconds

    def is_first_for(self, order: Working) -> bool:
        return self.candle.time - order.after < self.candle.seconds

    def taken_by(self, order: Working) -> bool:
        """Whether the order would trade with the book at the open, within its limit."""
        if order.price_ticks is None:
            return True
        taker = self.takers[order.side]
        return taker <= order.price_ticks if order.side == "BUY" else taker >= order.price_ticks

    def trades_through(self, order: Working) -> bool:
        assert order.price_ticks is not None
        return order.price_ticks > self.lowest if order.side == "BUY" else order.price_ticks < self.highest


@dataclass(frozen=True, slots=True)
class _Deal:
    """What becomes of an order on a candle: so many steps at that price and fee rate; `ends` says why the rest expires."""

    steps: int = 0
    ticks: int = 0
    rate: Decimal = Decimal(0)
    ends: str = ""


def match(*, working: Sequence[Working], candle: Candle, rules: Rules, taken: int = 0, before: int = 0) -> list[Report]:
    """What this candle does to the orders, in the order given (claim order). Orders without a report keep waiting.

    `taken`: steps that others have had of this candle's pool already. `before`: close time (epoch seconds) of the candle before,
    0 when unknown: a later open means that candles are missing.
    """
    offer = _offer(candle, rules, before)
    pool = max(pool_steps(candle=candle, rules=rules) - taken, 0)
    reports: list[Report] = []
    for order in working:
        if candle.time < order.after or order.steps <= order.filled_steps:
            continue
        deal = _deal(order, offer, rules, left=order.steps - order.filled_steps, pool=pool)
        if deal.steps:
            pool -= deal.steps
            reports.append(_fill(order, deal, candle, rules))
        if deal.ends:
            reports.append(Report(order.client_order_id, "EXPIRED", candle.opens_at, code=deal.ends))
    return reports


def waiting_after(working: Iterable[Working], reports: Iterable[Report], *, step: Decimal) -> list[Working]:
    """The orders that still wait once these reports are known."""
    told: dict[str, list[Report]] = {}
    for report in reports:
        told.setdefault(report.client_order_id, []).append(report)
    after = [_after(order, told[order.client_order_id], step) if order.client_order_id in told else order for order in working]
    return [order for order in after if order is not None]


def first_open(*, after: int, seconds: int) -> int:
    """When the first candle of this length opens that can touch an order of `after` (epoch seconds)."""
    return -(-after // seconds) * seconds


def pool_steps(*, candle: Candle, rules: Rules) -> int:
    """How much of this candle's volume all orders together can have, in whole steps, rounded down."""
    step_up, step_down = rules.amount_step.as_integer_ratio()
    return candle.volume * step_down // (10**candle.volume_places * step_up * POOL_PART)


def taker_ticks(*, candle: Candle, side: Side, rules: Rules) -> int:
    """The price in ticks at which a taker trades at this candle's open: open x (1 +/- half spread and slippage), rounded once
    and against the trader (buyers up, sellers down, never below one tick)."""
    worse = int((rules.half_spread_bps + rules.slippage_bps) * _BPS_PARTS)
    whole = WHOLE_BPS * _BPS_PARTS
    tick_up, tick_down = rules.price_tick.as_integer_ratio()
    bottom = 10**candle.price_places * whole * tick_up
    if side == "BUY":
        return -(-(candle.open * (whole + worse) * tick_down) // bottom)
    return max((candle.open * (whole - worse) * tick_down) // bottom, 1)


def trade_id(*, client_order_id: str, candle_time: int) -> str:
    """The same fill always gets the same id: whoever matches a candle twice books it once."""
    return sha256(f"{client_order_id}|{candle_time}".encode()).hexdigest()[:32]


def _offer(candle: Candle, rules: Rules, before: int) -> _Offer:
    tick_up, tick_down = rules.price_tick.as_integer_ratio()
    bottom = 10**candle.price_places * tick_up
    return _Offer(
        candle=candle,
        before=before,
        takers={side: taker_ticks(candle=candle, side=side, rules=rules) for side in SIDES},
        lowest=candle.low * tick_down // bottom,  # a whole tick above it lies above the low
        highest=-(-candle.high * tick_down // bottom),
    )


def _deal(order: Working, offer: _Offer, rules: Rules, *, left: int, pool: int) -> _Deal:
    """The rules, one after the other. `left` of the order and `pool` of the candle in steps."""
    if order.until is not None and offer.candle.time >= order.until:
        return _Deal(ends="TIME_OVER")
    if offer.interrupts(order):
        return _Deal(ends="MARKET_INTERRUPTED")
    crosses, taker = offer.taken_by(order), offer.takers[order.side]
    if order.immediate and not crosses:
        return _Deal(ends="PRICE_PAST_BOUND")
    steps = _part(left, pool, taker, rules)
    if order.time_in_force == "FOK" and steps < left:
        return _Deal(ends="TOO_LITTLE_TRADED")
    if order.immediate or order.type == "MARKET":
        ends = "TOO_LITTLE_TRADED" if order.immediate and steps < left else ""
        return _Deal(steps, taker, rules.taker_fee, ends)
    if crosses and offer.is_first_for(order):
        if order.type == "POST_ONLY":
            return _Deal(ends=POST_ONLY_WOULD_TAKE)
        return _Deal(steps, taker, rules.taker_fee)
    if offer.trades_through(order):
        assert order.price_ticks is not None
        return _Deal(_part(left, pool, order.price_ticks, rules), order.price_ticks, rules.maker_fee)
    return _Deal()


def _part(left: int, pool: int, ticks: int, rules: Rules) -> int:
    """How many of the `left` steps the pool fills at this price. A part is as large as the smallest order whose exit the market
    would take, and so is what it leaves: nobody is left with coins that are too few to be sold."""
    if pool >= left or not pool:
        return min(left, pool)
    least = int(least_quantity(rules=rules, price=CONTEXT.multiply(Decimal(ticks), rules.price_tick)) / rules.amount_step)
    part = min(pool, left - least)
    return part if part >= least else 0


def _fill(order: Working, deal: _Deal, candle: Candle, rules: Rules) -> Report:
    price = CONTEXT.multiply(Decimal(deal.ticks), rules.price_tick)
    quantity = CONTEXT.multiply(Decimal(deal.steps), rules.amount_step)
    return Report(
        client_order_id=order.client_order_id,
        kind="FILL",
        executed_at=candle.opens_at,
        price=price,
        quantity=quantity,
        fee=fee_of_part(
            value=CONTEXT.multiply(price, quantity), rate=deal.rate, filled_value=order.filled_value, fees=order.fees, rules=rules
        ),
        fee_asset=rules.quote,
        trade_id=trade_id(client_order_id=order.client_order_id, candle_time=candle.time),
    )


def _after(order: Working, reports: Sequence[Report], step: Decimal) -> Working | None:
    for report in reports:
        if report.kind == "EXPIRED":
            return None
        order = replace(
            order,
            filled_steps=order.filled_steps + int((report.quantity / step).to_integral_value()),
            filled_value=CONTEXT.add(order.filled_value, CONTEXT.multiply(report.price, report.quantity)),
            fees=CONTEXT.add(order.fees, report.fee),
        )
    return order if order.filled_steps < order.steps else None
