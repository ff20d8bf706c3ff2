"""Donchian breakout: buy when the close leaves the channel of the candles before it upwards, be out when it falls through a
shorter channel's floor. A channel never contains the candle that is compared with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from bots.domain.genome import Genome, Number, Parameter, Signals
from bots.domain.indicators import SeriesKey
from bots.strategies.contract import Series, Strategy, columns
from bots.strategies.ema_cross import EMA_WARMUP

EFFICIENCY = 0.02
"""Share of volatility x sqrt(entry x exit) that was left as gross gain when the close fell through the floor (no unit).

A position was held for 1.3 x sqrt(entry x exit) candles on the minutes and 1.8 on the hours (middle of all pairs), so that
product with the mean move per candle is the path that a position walks, up to a constant. Measured: the mean gross move
from the open after the break to the open after the exit, winners and losers alike, over the mean of the product at entry,
for the pairs of entry 20 to 480 and entry / exit 1 to 6 that made at least 20 round trips (35, 35 and 36 of 36). The middle
pair gives 0.027 on Binance.US BTC-USDT minutes of March 2023 (0.010 to 0.046), 0.021 on BTC-USDC minutes (0.001 to 0.060),
0.053 on Binance BTC-USDT hours of 2017 to 2024 (0.022 to 0.117). Taken is the lowest of the three, rounded down. It was
measured on the same files that are replayed, long only, and Bitcoin rose over each of them. The standard error of one pair
is about 0.03 on the minutes: a single pair cannot be told from zero there, and all pairs share the same few rallies.
Entries whose edge passed 48 bps moved 80 bps on average on the first file (34 of them, the others 5) and 282 on the third,
but 6 on the second (45, the others 4): there the formula told nothing.
"""


class DonchianBreakout(Strategy):
    family = "donchian_breakout"
    version = 1
    title = "Donchian breakout"
    description = (
        "Buys when the close rises above the highest high of the previous entry candles and sells when it falls under the "
        "lowest low of the previous exit candles; the present candle belongs to neither. "
        f"Expected gross move to the exit in bps: edge = {EFFICIENCY} x sqrt(entry x exit) x volatility, where volatility "
        "is the exponential mean of the absolute close-to-close move in bps. The factor is the share of the walked path "
        "that was left as gain in all round trips of 35 pairs on BTC-USDC minutes of March 2023; USDT minutes gave a little "
        "more, hours of 2017 to 2024 over twice as much, all of them in markets that rose. Short channels rarely pay their "
        "fees: 20/10 on minutes expects about 1.4 bps."
    )
    parameters = (
        Parameter(
            name="entry", low=2, high=2000, default=20, unit="candles",
            sentence="Candles before the present one whose highest high the close must pass to buy.",
        ),
        Parameter(
            name="exit", low=2, high=2000, default=10, unit="candles",
            sentence="Candles before the present one whose lowest low ends the position; longer gives it more room.",
        ),
        Parameter(
            name="volatility", low=2, high=2000, default=60, unit="candles",
            sentence="Period over which the size of moves is measured; shorter follows a burst faster.",
        ),
    )  # fmt: skip

    def check(self, values: Mapping[str, Number]) -> None:
        """Any two lengths go together."""

    def series(self, genome: Genome) -> tuple[SeriesKey, ...]:
        return ("high", int(genome["entry"])), ("low", int(genome["exit"])), ("close", 1), ("vol", int(genome["volatility"]))

    def warmup(self, genome: Genome) -> int:
        return max(int(genome["entry"]), int(genome["exit"]), EMA_WARMUP * int(genome["volatility"])) + 1

    def signal(self, series: Series, genomes: Sequence[Genome], last: int) -> Signals:
        keys = [self.series(genome) for genome in genomes]
        highest, lowest, closes, volatility = (columns(series, [key[at] for key in keys]) for at in range(4))
        ceiling, floor, close = highest[:-1], lowest[:-1], closes[1:]  # channels end with the candle before
        ready = ~np.isnan(ceiling) & ~np.isnan(floor) & ~np.isnan(volatility[1:])
        broken = ready & (close > ceiling)
        fallen = ready & (close < floor)
        scale = np.sqrt([int(genome["entry"]) * int(genome["exit"]) for genome in genomes])
        edge = np.round(EFFICIENCY * scale * volatility[1:], 2)
        return Signals(
            direction=broken.astype(np.int8) - fallen.astype(np.int8),
            edge_bps=np.where(ready, edge, 0.0),
            ready=ready,
        )
