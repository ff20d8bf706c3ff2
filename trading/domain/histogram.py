"""How wide the columns of a histogram are, and which there are. Pure; it must not know what is counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

ROUND_STEPS = (Decimal(1), Decimal(2), Decimal(5))


@dataclass(frozen=True, slots=True)
class Column:
    """How many values lie in [low, high)."""

    low: Decimal
    high: Decimal
    count: int


def width(*, low: Decimal, high: Decimal, most: int, least: Decimal) -> Decimal:
    """The smallest of 1, 2, 5, 10, 20, ... (and their tenths), from `least` on, with which at most `most` columns hold everything
    from low to high."""
    size = Decimal(1).scaleb(least.adjusted())
    while True:
        for step in ROUND_STEPS:
            found = step * size
            if found >= least and columns_needed(low=low, high=high, step=found) <= most:
                return found.normalize()
        size = size.scaleb(1)


def columns_needed(*, low: Decimal, high: Decimal, step: Decimal) -> int:
    first = (low / step).to_integral_value(rounding=ROUND_FLOOR)
    last = (high / step).to_integral_value(rounding=ROUND_FLOOR)
    return int(last - first) + 1


def columns(counts: Mapping[int, int], *, step: Decimal) -> tuple[Column, ...]:
    """Every column from the first to the last that counts something, the empty ones between them included; the key n stands for
    [n x step, (n + 1) x step)."""
    if not counts:
        return ()
    return tuple(Column(step * number, step * (number + 1), counts.get(number, 0)) for number in range(min(counts), max(counts) + 1))


def ceiling(count: int) -> int:
    """A round number that no column exceeds: 7 -> 8, 34 -> 40, 130 -> 150."""
    if count <= 10:
        return max(2, count + count % 2)
    size = Decimal(1).scaleb(Decimal(count).adjusted()) / 2
    return int((Decimal(count) / size).to_integral_value(rounding=ROUND_CEILING) * size)
