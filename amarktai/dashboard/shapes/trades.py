"""The trades screen: closed round trips, what they come to, how they spread."""

from __future__ import annotations

from dataclasses import dataclass

from amarktai.dashboard.shapes.parts import Bar, Chart, Choice, Figure, Histogram, Moment, Pill, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeLine:
    """One round trip. `outcome` says won, lost or even; `entry_no` is the number of its last entry in the journal."""

    closed: Moment
    opened: Moment
    bot: str
    bot_url: str
    market: str
    reason: str
    held: str
    amount: str
    entry: str
    exit: str
    fees: str
    profit: Figure
    share: Figure
    outcome: Pill
    bootstrap: bool
    order_url: str
    entry_url: str
    entry_no: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """All trades of the filter in one currency."""

    currency: str
    net: Figure
    gross: Figure
    fees: Figure
    average: Figure
    best: Figure
    worst: Figure
    trades: str
    won: str
    win_rate: str
    factor: str
    held: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """The trades of one band of holding times."""

    label: str
    bar: Bar
    trades: str
    won: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """Why there is nothing yet: in words, with where to go."""

    sentence: str
    url: str = ""
    button: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trades:
    any: bool
    bots: tuple[Choice, ...]
    markets: tuple[Choice, ...]
    span: Span
    sums: tuple[Sum, ...]
    spread: Histogram | None
    holdings: tuple[Holding, ...]
    holding_chart: Chart
    lines: tuple[TradeLine, ...]
    csv_url: str
    next_url: str
    waits: Waits
