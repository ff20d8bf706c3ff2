"""The order screens: list and one order."""

from __future__ import annotations

from dataclasses import dataclass

from amarktai.dashboard.shapes.bots import Field, GateLine
from amarktai.dashboard.shapes.parts import Choice, Moment, Pill


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """`terms`: how long it is in force; `progress`: percent filled while it is working in part; `price_is`: whether
    `price` is its average, its limit or the worst that it allows."""

    id: str
    url: str
    at: Moment
    bot: str
    bot_url: str
    market: str
    side: str
    kind: str
    terms: str
    reason: str
    quantity: str
    filled: str
    progress: int | None
    price: str
    price_is: str
    fees: str
    slippage: str
    pill: Pill
    refusal: str
    gates: tuple[GateLine, ...]
    cancel_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderList:
    any: bool
    legend: tuple[tuple[str, str], ...]
    working: tuple[OrderLine, ...]
    closed: tuple[OrderLine, ...]
    states: tuple[Choice, ...]
    bots: tuple[Choice, ...]
    csv_url: str
    next_url: str
    next_tick: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    at: Moment
    state: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FillLine:
    at: Moment
    bot: str
    market: str
    side: str
    quantity: str
    price: str
    value: str
    fee: str
    trade_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDetail:
    """`dated`: what the times of the fills are, where they are not those of the order."""

    line: OrderLine
    pairs: tuple[tuple[str, str], ...]
    client_order_id: str
    history: tuple[Step, ...]
    fills: tuple[FillLine, ...]
    dated: str
    entry_url: str
    lacking: str
    unfilled: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderForm:
    """`price` is None for an order that has none, `ends` for one without an end; `crossing`: what a limit
    through the market does; `order_url`: the order that a gate refused."""

    venues: tuple[Choice, ...]
    symbols: tuple[Choice, ...]
    sides: tuple[Choice, ...]
    types: tuple[Choice, ...]
    forces: tuple[Choice, ...]
    counted: tuple[Choice, ...]
    size: Field
    manner: str
    price: Field | None
    ends: str | None
    zone: str
    last: str
    last_at: Moment | None
    cost: str
    crossing: str
    error: str
    order_url: str
    key: str
