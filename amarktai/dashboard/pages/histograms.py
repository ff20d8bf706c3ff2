"""How columns are laid out on a drawing. Pixels (percent of the drawing) only: the counts are given."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from amarktai.dashboard import writing
from amarktai.dashboard.shapes.parts import Bar, Chart, Histogram, Tick
from trading.domain.histogram import Column, ceiling

LEFT, RIGHT, TOP, BOTTOM = 0.0, 93.0, 6.0, 86.0
FULL = 0.86  # of a column's place is ink, the rest is air
MOST_TICKS = 6


def of_returns(found: Sequence[Column]) -> Histogram | None:
    """Results in percent: losses left of zero, gains right of it."""
    if not found:
        return None
    highest = ceiling(max(column.count for column in found))
    place = (RIGHT - LEFT) / len(found)
    return Histogram(
        chart=Chart(
            source="", label="Trades by their net result in percent of the money put in", columns=("Result", "Trades"),
            rows=tuple((_between(column), str(column.count)) for column in reversed(found)),
        ),
        bars=tuple(_bar(column, number=number, place=place, highest=highest) for number, column in enumerate(found) if column.count),
        ticks=_ticks(found, place),
        levels=tuple(_level(count, highest) for count in (highest // 2, highest)),
    )  # fmt: skip


def length(part: int, whole: int) -> str:
    """A part of a bar in percent of its length."""
    return f"{100 * part / whole:.2f}" if whole else "0"


def _bar(column: Column, *, number: int, place: float, highest: int) -> Bar:
    height = (BOTTOM - TOP) * column.count / highest
    return Bar(
        label=f"{_between(column)}: {column.count} {'trade' if column.count == 1 else 'trades'}",
        tone="gain" if column.low >= 0 else "loss", x=f"{LEFT + place * (number + (1 - FULL) / 2):.2f}", y=f"{BOTTOM - height:.2f}",
        width=f"{place * FULL:.2f}", height=f"{height:.2f}",
    )  # fmt: skip


def _ticks(found: Sequence[Column], place: float) -> tuple[Tick, ...]:
    """Edges of columns at even distances, counted from zero where zero is among them."""
    edges = [*(column.low for column in found), found[-1].high]
    zero = next((number for number, edge in enumerate(edges) if edge == 0), 0)
    every = -(-len(edges) // MOST_TICKS)
    return tuple(
        Tick(at=f"{LEFT + place * number:.2f}", text=_percent(edge)) for number, edge in enumerate(edges) if (number - zero) % every == 0
    )


def _level(count: int, highest: int) -> Tick:
    return Tick(at=f"{BOTTOM - (BOTTOM - TOP) * count / highest:.2f}", text=str(count))


def _between(column: Column) -> str:
    return f"{_percent(column.low)} to {_percent(column.high)}"


def _percent(value: Decimal) -> str:
    sign = "+" if value > 0 else writing.MINUS if value < 0 else ""
    return f"{sign}{writing.quantity(abs(value))} %"
