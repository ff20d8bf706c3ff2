"""EMA cross: buy when the fast mean of the closes crosses above the slow one, be out while it is below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from accounts.domain.refusals import Refusal
from bots.domain.genome import Genome, Number, Parameter, Signals
from bots.domain.indicators import SeriesKey
from bots.strategies.contract import Series, Strategy, columns

EFFICIENCY = 0.015
"""Share of the path walked in `slow` candles that was left as gross gain at the opposite cross (no unit).

Mean gross move from the next open after the cross to the next open after the opposite cross, divided by
slow x mean volatility at entry, over 13 pairs from 12/26 to 300/1500, all round trips, winners and losers alike:
Binance.US BTC-USDT minutes of March 2023 give 0.014 to 0.026 (middle 0.016), BTC-USDC minutes 0.012 to 0.037
(middle 0.020), Binance BTC-USDT hours 2017 to 2024 0.029 to 0.073 (middle 0.035). The lowest middle, rounded down.
Single pairs are too noisy to tell it from zero; that is why the realised lower bound takes over after 20 trades.
"""

EMA_WARMUP = 20


class EmaCross(Strategy):
    family = "ema_cross"
    version = 1
    title = "EMA cross"
    description = (
        "Buys when the fast exponential mean of the closes crosses above the slow one and sells while it is below. "
        f"Expected gross move to the exit in bps: edge = {EFFICIENCY} x slow x volatility, where volatility is the "
        "exponential mean of the absolute close-to-close move in bps over the given number of candles. The factor is "
        "the share of the walked path that was left as gain in measured round trips on BTC-USDT minutes (March 2023); "
        "hours of 2017 to 2024 gave twice as much."
    )
    parameters = (
        Parameter(name="fast", low=2, high=500, default=12, unit="candles", sentence="Period of the fast mean."),
        Parameter(
            name="slow", low=3, high=2000, default=26, unit="candles",
            sentence="Period of the slow mean; longer means fewer and larger moves.",
        ),
        Parameter(
            name="volatility", low=2, high=2000, default=60, unit="candles",
            sentence="Period over which the size of moves is measured; shorter follows a burst faster.",
        ),
    )  # fmt: skip

    def check(self, values: Mapping[str, Number]) -> None:
        if values["fast"] >= values["slow"]:
            raise Refusal(
                "BAD_PARAMETER",
                "fast must be smaller than slow.",
                parameter="fast",
                given=str(values["fast"]),
                low="2",
                high=str(values["slow"] - 1),
            )

    def series(self, genome: Genome) -> tuple[SeriesKey, ...]:
        return ("ema", int(genome["fast"])), ("ema", int(genome["slow"])), ("vol", int(genome["volatility"]))

    def warmup(self, genome: Genome) -> int:
        return EMA_WARMUP * max(int(genome["slow"]), int(genome["volatility"])) + 1

    def signal(self, series: Series, genomes: Sequence[Genome], last: int) -> Signals:
        keys = [self.series(genome) for genome in genomes]
        fast, slow, volatility = (columns(series, [key[at] for key in keys]) for at in range(3))
        gap = fast - slow
        ready = ~np.isnan(gap[:-1]) & ~np.isnan(gap[1:]) & ~np.isnan(volatility[1:])
        crossed = ready & (gap[1:] > 0) & (gap[:-1] <= 0)
        below = ready & (gap[1:] < 0)
        periods = np.array([int(genome["slow"]) for genome in genomes], dtype=np.float64)
        edge = np.round(EFFICIENCY * periods * volatility[1:], 2)
        return Signals(
            direction=crossed.astype(np.int8) - below.astype(np.int8),
            edge_bps=np.where(ready, edge, 0.0),
            ready=ready,
        )
