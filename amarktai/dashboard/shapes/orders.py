"""The order screens: list and one order."""

from __future__ import annotations

from dataclasses import dataclass

from amarktai.dashboard.shapes.bots import GateLine
from amarktai.dashboard.shapes.parts import Choice, Moment, Pill


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    id: str
    url: str
    at: Moment
    bot: str
    bot_url: str
    market: str
    side: str
    kind: str
    reason: str
    quantity: str
    filled: str
    price: str
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
    line: OrderLine
    pairs: tuple[tuple[str, str], ...]
    client_order_id: str
    history: tuple[Step, ...]
    fills: tuple[FillLine, ...]
