"""The worth of a person on the money screen."""

from __future__ import annotations

from dataclasses import dataclass

from amarktai.dashboard.shapes.parts import Figure, Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLine:
    """A rate or price that the figures use; without `at` there is none and what it would value is left out. `stale`: told long ago."""

    pair: str
    value: str
    source: str
    at: Moment | None
    stale: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PartLine:
    """The figures of one venue, in the reporting currency."""

    name: str
    equity: Figure
    cash: Figure
    allocated: Figure
    reserved: Figure
    realised: Figure
    unrealised: Figure
    fees: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Equation:
    """Equity of a wallet in one currency by what is there, and by what was put in and earned."""

    name: str
    there: tuple[tuple[str, Figure], ...]
    there_sum: Figure
    earned: tuple[tuple[str, Figure], ...]
    earned_sum: Figure
    agree: bool
    missing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Portfolio:
    mode: str
    equity: Figure
    cash: Figure
    allocated: Figure
    reserved: Figure
    realised: Figure
    unrealised: Figure
    fees: Figure
    currency: str
    missing: str
    stale: str
    rates: tuple[RateLine, ...]
    parts: tuple[PartLine, ...]
    equations: tuple[Equation, ...]
