"""EMA cross: buy when the fast mean of the closes crosses above the slow one, be out while it is below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from accounts.domain.refusals import Refusal
from bots.domain.genome import Genome, Number, Parameter, Signals
from bots.domain.indicators import SeriesKey
from bots.strategies.contract import Series, Strategy, columns

EFFICIENCY = 0.035
"""Share of volatility x sqrt(fast x slow) that was left as gross gain at the opposite cross (no unit).

The time between a cross and its opposite was 1.5 x sqrt(fast x slow) candles for every pair tried, so that product with
the mean move per candle is the path that a position walks, up to a constant. Measured: the mean gross move from the open
after the cross to the open after the opposite cross, winners and losers alike, over the mean of the product at entry, for
36 pairs (slow 60 to 960, slow / fast 1.5 to 40). The middle pair gives 0.036 on Binance.US BTC-USDT minutes of March 2023
(0.022 to 0.074), 0.039 on BTC-USDC minutes (0.018 to 0.088), 0.075 on Binance BTC-USDT hours of 2017 to 2024 (0.056 to
0.152). Taken is the lowest of the three, rounded down. The standard error of one pair is about 0.03: on the minutes a
single pair cannot tell it from zero, which is why the realised lower bound takes over after 20 trades. Entries whose edge
passed 46 bps moved 106 bps on average on the first file, the others 8.
"""

EMA_WARMUP = 20


class EmaCross(Strategy):
    family = "ema_cross"
    version = 1
    title = "EMA cross"
    description = (
        "Buys when the fast exponential mean of the closes crosses above the slow one and sells while it is below. "
        f"Expected gross move to the exit in bps: edge = {EFFICIENCY} x sqrt(fast x slow) x volatility, where volatility "
        "is the exponential mean of the absolute close-to-close move in bps. The factor is the share of the walked path "
        "that was left as gain in all round trips of 36 pairs on BTC-USDT minutes of March 2023; hours of 2017 to 2024 "
        "gave twice as much. Short periods rarely pay their fees: 12/26 on minutes expects about 3 bps."
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
        scale = np.sqrt([int(genome["fast"]) * int(genome["slow"]) for genome in genomes])
        edge = np.round(EFFICIENCY * scale * volatility[1:], 2)
        return Signals(
            direction=crossed.astype(np.int8) - below.astype(np.int8),
            edge_bps=np.where(ready, edge, 0.0),
            ready=ready,
        )
