"""The profits screen: periods, their sums, and the drawing."""

from __future__ import annotations

from dataclasses import dataclass

from amarktai.dashboard.shapes.parts import Chart, Choice, Figure
from amarktai.dashboard.shapes.trades import Waits


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodLine:
    title: str
    gross: Figure
    fees: Figure
    net: Figure
    trades: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodSum:
    """`won`: in how many of the periods with trades something was earned."""

    currency: str
    net: Figure
    gross: Figure
    fees: Figure
    trades: str
    best: Figure
    worst: Figure
    won: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Periods:
    """The table of periods on another screen."""

    tabs: tuple[Choice, ...]
    kind: str
    lines: tuple[PeriodLine, ...]
    more_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Profits:
    kind: str
    tabs: tuple[Choice, ...]
    bots: tuple[Choice, ...]
    period: str
    sums: tuple[PeriodSum, ...]
    chart: Chart
    lines: tuple[PeriodLine, ...]
    waits: Waits
