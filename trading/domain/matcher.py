"""The paper matcher: what the next candle does to waiting orders. Prices count in ticks, quantities in steps, and every
comparison is between integers. It must not read a clock, a setting or a candle that was known when the order was decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Literal

from bots.domain.candles import Window
from ledger.domain.numbers import CONTEXT
from trading.domain.costs import WHOLE_BPS
from trading.domain.requests import Rules

Side = Literal["BUY", "SELL"]
OrderType = Literal["MARKET", "LIMIT"]
TimeInForce = Literal["IOC", "GTC"]
Outcome = Literal["FILL", "EXPIRED"]

SIDES: tuple[Side, Side] = ("BUY", "SELL")
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


@dataclass(frozen=True, slots=True)
class Working:
    """An order that waits at the venue. `after`: epoch seconds; a candle that opened before cannot touch it (no look-ahead)."""

    client_order_id: str
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    price_ticks: int | None
    steps: int
    filled_steps: int = 0
    after: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """What happened to an order. An EXPIRED report carries no numbers but its time."""

    client_order_id: str
    kind: Outcome
    executed_at: datetime
    price: Decimal = Decimal(0)
    quantity: Decimal = Decimal(0)
    fee: Decimal = Decimal(0)
    fee_asset: str = ""
    trade_id: str = ""


def match(*, working: Sequence[Working], candle: Candle, rules: Rules) -> list[Report]:
    """What this candle does to the orders, in the order given (claim order). Orders without a report keep waiting.

    A candle without volume fills nothing: an immediate-or-cancel limit expires, a market order waits for the next one.
    Raises ValueError for a resting limit: this matcher fills what takes liquidity at once.
    """
    prices = {side: taker_ticks(candle=candle, side=side, rules=rules) for side in SIDES}
    reports: list[Report] = []
    for order in working:
        if candle.time < order.after or order.steps <= order.filled_steps:
            continue
        if order.type == "LIMIT" and order.time_in_force == "GTC":
            raise ValueError(f"{order.client_order_id} is a resting limit")
        ticks = prices[order.side]
        if candle.volume == 0 or _worse_than_bound(order=order, ticks=ticks):
            if order.type == "LIMIT":
                reports.append(Report(order.client_order_id, "EXPIRED", candle.opens_at))
            continue
        reports.append(_fill(order=order, ticks=ticks, candle=candle, rules=rules))
    return reports


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


def fee_of(*, price: Decimal, quantity: Decimal, rate: Decimal, step: Decimal) -> Decimal:
    """price x quantity x rate in the quote asset, rounded up to its smallest unit."""
    owed_up, owed_down = CONTEXT.multiply(CONTEXT.multiply(price, quantity), rate).as_integer_ratio()
    step_up, step_down = step.as_integer_ratio()
    return CONTEXT.multiply(Decimal(-(-owed_up * step_down // (owed_down * step_up))), step)


def _worse_than_bound(*, order: Working, ticks: int) -> bool:
    if order.price_ticks is None:
        return False
    return ticks > order.price_ticks if order.side == "BUY" else ticks < order.price_ticks


def _fill(*, order: Working, ticks: int, candle: Candle, rules: Rules) -> Report:
    price = CONTEXT.multiply(Decimal(ticks), rules.price_tick)
    quantity = CONTEXT.multiply(Decimal(order.steps - order.filled_steps), rules.amount_step)
    fee = fee_of(price=price, quantity=quantity, rate=rules.taker_fee, step=rules.quote_step)
    return Report(
        client_order_id=order.client_order_id,
        kind="FILL",
        executed_at=candle.opens_at,
        price=price,
        quantity=quantity,
        fee=fee,
        fee_asset=rules.quote,
        trade_id=trade_id(client_order_id=order.client_order_id, candle_time=candle.time),
    )


def trade_id(*, client_order_id: str, candle_time: int) -> str:
    """The same fill always gets the same id: whoever matches a candle twice books it once."""
    return sha256(f"{client_order_id}|{candle_time}".encode()).hexdigest()[:32]
