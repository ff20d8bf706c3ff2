"""What settings of a strategy would have said of the newest stored candles: how many entries, and with which expected edge. It judges
no profit: the edge is what the strategy's own formula expects. Never writes.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import numpy as np

from bots import strategies
from bots.domain import indicators
from bots.domain.genome import Genome
from trading.market import store

CANDLES = 1440
MOST_BEFORE = 48_000  # for warming up; longer ones begin a little off, which an outlook may


@dataclass(frozen=True, kw_only=True)
class Expected:
    """Over `candles`: the edges in bps of all entries, ascending."""

    candles: int
    edges: tuple[Decimal, ...]

    def reaching(self, needed: Decimal) -> int:
        return sum(edge >= needed for edge in self.edges)

    @property
    def middle(self) -> Decimal:
        return self.edges[len(self.edges) // 2]


def of(*, market_id: UUID, timeframe: str, genome: Genome) -> Expected:
    """The entries over the newest candles, those after warm-up only. An entry is the first of candles that say so in a row."""
    strategy = strategies.strategy(genome.family)
    before = min(strategy.warmup(genome), MOST_BEFORE)
    window = store.window(market_id=market_id, timeframe=timeframe, until=None, count=CANDLES + before + 1)
    last = min(CANDLES, len(window) - 1)
    if last < 1:
        return Expected(candles=0, edges=())
    _, values = indicators.advance_all({}, window, keys=strategy.series(genome))
    said = strategy.signal({key: found[-last - 1 :] for key, found in values.items()}, [genome], last)
    ready, enters = said.ready[:, 0].astype(bool), said.direction[:, 0] == 1
    first = enters & ready & ~np.concatenate(([False], enters[:-1]))
    edges = sorted(Decimal(str(round(float(edge), 2))) for edge in said.edge_bps[first, 0])
    return Expected(candles=int(ready.sum()), edges=tuple(edges))
