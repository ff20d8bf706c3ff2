"""What happens to a generated market at a moment of its own: trends, runs and jumps, each with a beginning, a height and an
aftermath. A pure function of names and seconds, as `noise`. It must not know prices.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trading.domain import noise
from trading.domain.noise import Floats, Seconds


@dataclass(frozen=True, slots=True)
class Shock:
    """A kind of move: at most one begins in each `span` seconds, with this chance. It reaches its height (least and most, in
    bps, either way) within `rise` seconds (least and most), is forgotten evenly over `fade` seconds, and calms down in `calms`.

    rare: the odd power that makes great heights rare, 1 for heights that are all equally likely.
    """

    name: str
    span: int
    chance: float
    rise: tuple[int, int]
    fade: int
    calms: int
    bps: tuple[float, float]
    rare: int = 1


@dataclass(frozen=True, slots=True)
class Event:
    """One shock that happened. `force`: its height as a part of the greatest possible, 0 to 1."""

    begin: int
    rise: int
    bps: float
    force: float


def moved(shock: Shock, seconds: Seconds, *, names: tuple[str, str]) -> Floats:
    """By how many bps these shocks have moved the price at each second."""
    total = np.zeros(len(seconds))
    for event in _events(shock, seconds, names, lasting=shock.fade):
        low, high = np.searchsorted(seconds, [event.begin, event.begin + event.rise + shock.fade])
        age = seconds[low:high] - event.begin
        up = np.minimum(age * (1.0 / event.rise), 1.0)
        left = 1.0 - np.maximum(age - event.rise, 0) * (1.0 / shock.fade)
        total[low:high] += event.bps * (0.5 * up + up * up * (1.5 - up)) * left
    return total


def felt(shock: Shock, seconds: Seconds, *, names: tuple[str, str], calms: int) -> Floats:
    """How much of these shocks is in the air at each second: their force as they rise, then less and less, nothing after `calms`
    seconds. Half is left after a sixth of that time."""
    total = np.zeros(len(seconds))
    for event in _events(shock, seconds, names, lasting=calms):
        low, high = np.searchsorted(seconds, [event.begin, event.begin + event.rise + calms])
        age = seconds[low:high] - event.begin
        up = np.minimum(age * (1.0 / event.rise), 1.0)
        left = 1.0 - np.maximum(age - event.rise, 0) * (1.0 / calms)
        left = left * left
        total[low:high] += event.force * up * left * left
    return total


def _events(shock: Shock, seconds: Seconds, names: tuple[str, str], *, lasting: int) -> Iterator[Event]:
    """Those that can still be felt somewhere in `seconds`, when they last so long after their rise."""
    first, last = int(seconds[0]), int(seconds[-1])
    earliest = first - shock.rise[1] - lasting
    blocks = np.arange(earliest // shock.span, last // shock.span + 1, dtype=np.int64)
    whether, when, how_far, how_long = (
        noise.uniform(blocks, noise.key(*names, shock.name, question)) for question in ("if", "when", "how far", "how long")
    )
    begins = blocks * shock.span + (when * shock.span).astype(np.int64)
    rises = shock.rise[0] + (how_long * (shock.rise[1] - shock.rise[0])).astype(np.int64)
    for at in np.flatnonzero((whether < shock.chance) & (begins <= last) & (begins + rises + lasting > first)).tolist():
        draw = 2.0 * float(how_far[at]) - 1.0
        size = abs(draw)
        for _ in range(shock.rare - 1):
            size *= abs(draw)
        bps = shock.bps[0] + size * (shock.bps[1] - shock.bps[0])
        yield Event(int(begins[at]), int(rises[at]), bps if draw >= 0 else -bps, bps / shock.bps[1])
