"""The bot screens: list, detail, form."""

from __future__ import annotations

from dataclasses import dataclass

from amarktai.dashboard.shapes.parts import Act, Chart, Choice, Column, Figure, Moment, Pill, Sheet, Spark
from amarktai.dashboard.shapes.profits import Periods
from amarktai.dashboard.shapes.trades import TradeLine, Waits


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
    acts: tuple[Act, ...]
    rows: tuple[BotRow, ...]
    sheet: Sheet
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
    """One line of the timeline. `lacking`: what a refused order would have needed; `result`: what a closing order brought."""

    at: Moment
    title: str
    sentence: str
    tone: str
    gates: tuple[GateLine, ...]
    lacking: str = ""
    facts: str = ""
    result: Figure | None = None
    order_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    sentence: str
    pairs: tuple[tuple[str, str], ...]
    candle: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """`closing`: it is being sold, and when that is done; empty while nobody sells it."""

    quantity: str
    entry: str
    mark: str
    value: str
    unrealised: Figure
    share: Figure
    opened: Moment
    close_url: str
    closing: str
    exits: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLine:
    """A change of a bot's settings: (name, before, after) each."""

    at: Moment
    actor: str
    title: str
    changes: tuple[tuple[str, str, str], ...]


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
    older_url: str
    newest_url: str
    trades: tuple[TradeLine, ...]
    trades_url: str
    waits: Waits
    periods: Periods
    parameters: tuple[tuple[str, str], ...]
    changes: tuple[ChangeLine, ...]
    exits: tuple[tuple[str, str], ...]
    stage: str
    created: Moment
    next_tick: str
    looked_at: bool
    said: str
    idle: str


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
class Told:
    """A sentence about what was typed; `bad`: as it is the bot would do nothing."""

    sentence: str
    bad: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BotForm:
    name: Field
    capital: Field
    strategies: tuple[Choice, ...]
    place: str
    title: str
    cost: str
    outlook: tuple[Told, ...]
    description: str
    venues: tuple[Choice, ...]
    symbols: tuple[Choice, ...]
    timeframes: tuple[Choice, ...]
    parameters: tuple[Field, ...]
    exits: tuple[Field, ...]
    order_types: tuple[Choice, ...]
    profiles: tuple[Choice, ...]
    breakers: str
    free: tuple[Figure, ...]
    error: str
    key: str
