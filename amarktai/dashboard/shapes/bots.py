"""The bot screens: list, detail, form."""

from __future__ import annotations

from dataclasses import dataclass

from amarktai.dashboard.shapes.parts import Act, Chart, Choice, Column, Figure, Moment, Pill, Spark


@dataclass(frozen=True, slots=True, kw_only=True)
class BotRow:
    id: str
    name: str
    url: str
    pill: Pill
    market: str
    venue: str
    timeframe: str
    strategy: str
    genome: str
    capital: Figure
    profit: Figure
    share: Figure
    win_rate: str
    trades: int
    last_tick: Moment | None
    spark: Spark | None
    acts: tuple[Act, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    shown: int
    all: int
    filtered: bool
    capital: Figure
    profit: Figure
    trades: int
    win_rate: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BotList:
    any: bool
    rows: tuple[BotRow, ...]
    columns: tuple[Column, ...]
    totals: Totals
    text: str
    statuses: tuple[Choice, ...]
    markets: tuple[Choice, ...]
    strategies: tuple[Choice, ...]
    sort: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GateLine:
    """A gate's verdict; `tone` is pass, refused, stated or empty; `numbers` are (name, value) pairs."""

    gate: str
    name: str
    verdict: str
    tone: str
    sentence: str
    numbers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyLine:
    at: Moment
    title: str
    sentence: str
    tone: str
    gates: tuple[GateLine, ...]
    order_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    sentence: str
    pairs: tuple[tuple[str, str], ...]
    candle: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    quantity: str
    entry: str
    mark: str
    value: str
    unrealised: Figure
    share: Figure
    opened: Moment
    exits: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeLine:
    closed: Moment
    opened: Moment
    reason: str
    amount: str
    entry: str
    exit: str
    fees: str
    profit: Figure
    bootstrap: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveLine:
    at: Moment
    title: str
    reason: str
    actor: str
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BotDetail:
    row: BotRow
    description: str
    equity: Figure
    fees: Figure
    drawdown: Figure
    chart: Chart
    held: Held | None
    reading: Reading | None
    why: tuple[WhyLine, ...]
    trades: tuple[TradeLine, ...]
    moves: tuple[MoveLine, ...]
    parameters: tuple[tuple[str, str], ...]
    exits: tuple[tuple[str, str], ...]
    stage: str
    created: Moment
    next_tick: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    name: str
    label: str
    value: str
    hint: str
    error: str = ""
    unit: str = ""
    required: bool = True
    numeric: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class BotForm:
    name: Field
    capital: Field
    strategies: tuple[Choice, ...]
    title: str
    cost: str
    description: str
    venues: tuple[Choice, ...]
    symbols: tuple[Choice, ...]
    timeframes: tuple[Choice, ...]
    parameters: tuple[Field, ...]
    exits: tuple[Field, ...]
    free: tuple[Figure, ...]
    error: str
    key: str
