"""The overview screen."""

from __future__ import annotations

from dataclasses import dataclass

from amarktai.dashboard.shapes.money import Coins
from amarktai.dashboard.shapes.parts import Chart, Figure, Meter, Moment, Pill


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """Profit of a period, as money and as a share of the equity at its start (empty text when there was none)."""

    label: str
    money: Figure
    share: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of the money bar; `start` and `width` are percent of its length."""

    name: str
    label: str
    money: Figure
    start: str
    width: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionLine:
    bot: str
    bot_url: str
    symbol: str
    quantity: str
    entry: str
    mark: str
    value: str
    unrealised: Figure
    share: Figure
    opened: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusCount:
    pill: Pill
    count: int
    percent: int
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLine:
    id: str
    severity: str
    sentence: str
    code: str
    at: Moment
    unread: bool
    bot: str = ""
    bot_url: str = ""
    more: int = 0  # of the same code on the same day, told in this one line


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """`absent`: it is not there and need not be, so it is neither well nor failing."""

    name: str
    ok: bool
    detail: str
    absent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Long work under way."""

    phase: str
    percent: int
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    funded: bool
    has_bots: bool
    no_position: str
    equity: Figure
    as_of: Moment
    unvalued: str
    other_modes: str
    earned: tuple[Earned, ...]
    realised: Figure
    unrealised: Figure
    fees: Figure
    trades: int
    parts: tuple[Part, ...]
    drawdown: Figure
    deepest: Figure
    breaker: Pill
    meters: tuple[Meter, ...]
    positions: tuple[PositionLine, ...]
    coins: tuple[Coins, ...]
    statuses: tuple[StatusCount, ...]
    curve: Chart
    days: Chart
    alerts: tuple[AlertLine, ...]
    health: Pill
    checks: tuple[Check, ...]
    progress: Progress | None = None
