"""Random prices for strategies and indicators, the same for the same seed, and what a strategy says of them."""

from __future__ import annotations

import random
from collections.abc import Sequence

from bots.domain import indicators
from bots.domain.candles import Floats, Window
from bots.domain.genome import Genome, Signals
from bots.domain.indicators import SeriesKey, State
from bots.strategies import Strategy
from bots.tests import builders


def walk(seed: int, count: int) -> list[int]:
    """Closes in cents, moving by up to 40.00 around 20,000."""
    rng = random.Random(seed)
    price, closes = 2_000_000, []
    for _ in range(count):
        price = max(100, price + rng.randint(-4000, 4000))
        closes.append(price)
    return closes


def folded(key: SeriesKey, window: Window) -> tuple[State, Floats]:
    """One series from nothing: its state after the window, and its value at each close."""
    states, values = indicators.advance_all({}, window, keys=[key])
    return states[key], values[key]


def candles(seed: int, count: int) -> Window:
    """The same closes with wicks of up to 30.00, and a tenth of the minutes without any move."""
    rng = random.Random(-seed - 1)
    rows: list[tuple[int, int, int]] = []
    last = 0
    for close in walk(seed, count):
        still = bool(rows) and rng.random() < 0.1
        last = last if still else close
        reach = (0, 0) if still else (rng.randint(0, 3000), rng.randint(0, 3000))
        rows.append((last + reach[0], max(50, last - reach[1]), last))
    return builders.candles(rows)


def judged(strategy: Strategy, window: Window, genomes: Sequence[Genome]) -> Signals:
    """What the strategy says at every close but the first."""
    keys = {key for genome in genomes for key in strategy.series(genome)}
    _, series = indicators.advance_all({}, window, keys=keys)
    return strategy.signal(series, genomes, len(window) - 1)
