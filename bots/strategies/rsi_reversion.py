"""RSI reversion: buy when the relative strength index comes back up through the oversold level, be out once it has recovered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from accounts.domain.refusals import Refusal
from bots.domain.genome import Genome, Number, Parameter, Signals
from bots.domain.indicators import SeriesKey
from bots.strategies.contract import Series, Strategy, columns
from bots.strategies.ema_cross import EMA_WARMUP

RECOVERY = 0.03
"""Share of volatility x period x (exit - oversold) / 100 that was gained gross when RSI reached the exit level (no unit).

RSI is the share of rises in all moves of about `period` candles, so a price that alone carried it from one level to the other
would move by about twice that product; most of the way RSI recovers because old falls fade. Measured: the mean gross move
from the open after the cross to the open after the exit, winners and losers alike, over the mean of the product at entry,
for every genome that made at least 20 round trips (volatility over 60 candles). Two grids were tried: A, periods 2 to 60,
oversold 20 to 40, exit 45 to 70; B, periods 2 to 360, oversold 20 to 45, exit 50 to 70. The middle genome gives on Binance.US
BTC-USDT minutes of March 2023 0.150 (A) and 0.131 (B), on BTC-USDC minutes 0.153 and 0.133, on Binance BTC-USDT hours of 2017
to 2024 0.036 and 0.064. Taken is the lowest of the six, rounded down. It was measured on the same files that are replayed.

What that hides. On the hours periods under 10 gained in five genomes of six and longer ones lost in every second (B) or in
two of three (A): falls went on. On the minutes nine genomes of ten (USDC: eight) gained, but about 1 bps a round trip, far
from any fee. The standard error of one genome is 0.13 to 0.23. No genome of the grids ever expected the cost of a round
trip on minutes; those that do have periods or levels beyond what was measured.
"""

REACH = 150
"""An exit level counts up to 50 + REACH / sqrt(period): RSI stood above it on fewer than two candles of a hundred on each of
the three files, for periods 2 to 500. Without this bound a level that is never reached would promise any edge."""

WILDER_WARMUP = 40
MIDDLE = 50


class RsiReversion(Strategy):
    family = "rsi_reversion"
    version = 1
    title = "RSI reversion"
    description = (
        "Buys when Wilder's relative strength index (RSI) of the closes crosses up through the oversold level and sells once "
        f"it stands at the exit level or above. Expected gross move to the exit in bps: edge = {RECOVERY} x period x (exit - "
        "oversold) / 100 x volatility, where volatility is the exponential mean of the absolute close-to-close move in bps "
        f"and exit counts up to {MIDDLE} + {REACH} / sqrt(period), which RSI hardly ever passes. The factor is the lowest "
        "that was measured: hours of BTC-USDT of 2017 to 2024, where short periods gained and periods of 10 and more lost "
        "at least as often as they gained. Minutes of March 2023 gave four times as much, which still is only about 1 bps a "
        "round trip: this family does not pay its fees on minutes, and trades there only in bursts and with long periods."
    )
    parameters = (
        Parameter(
            name="period", low=2, high=500, default=14, unit="candles",
            sentence="Period of the index; longer means fewer and slower swings.",
        ),
        Parameter(
            name="oversold", low=1, high=50, default=30, unit="points",
            sentence="Level that the index must come back up through to buy.",
        ),
        Parameter(
            name="exit", low=2, high=99, default=55, unit="points",
            sentence="Level at which the move counts as over; 70 and more waits until the market is overbought.",
        ),
        Parameter(
            name="volatility", low=2, high=2000, default=60, unit="candles",
            sentence="Period over which the size of moves is measured; shorter follows a burst faster.",
        ),
    )  # fmt: skip

    def check(self, values: Mapping[str, Number]) -> None:
        if values["oversold"] >= values["exit"]:
            raise Refusal(
                "BAD_PARAMETER",
                "oversold must be smaller than exit.",
                parameter="oversold",
                given=str(values["oversold"]),
                low="1",
                high=str(values["exit"] - 1),
            )

    def series(self, genome: Genome) -> tuple[SeriesKey, ...]:
        return ("rsi", int(genome["period"])), ("vol", int(genome["volatility"]))

    def warmup(self, genome: Genome) -> int:
        return max(WILDER_WARMUP * int(genome["period"]), EMA_WARMUP * int(genome["volatility"])) + 1

    def signal(self, series: Series, genomes: Sequence[Genome], last: int) -> Signals:
        keys = [self.series(genome) for genome in genomes]
        rsi, volatility = (columns(series, [key[at] for key in keys]) for at in range(2))
        names = ("period", "oversold", "exit")
        period, oversold, leave = np.array([[float(genome[name]) for name in names] for genome in genomes]).T
        before, now = rsi[:-1], rsi[1:]
        ready = ~np.isnan(before) & ~np.isnan(now) & ~np.isnan(volatility[1:])
        recovered = ready & (now >= leave)
        # RSI is 0 too where the price has never moved; its first rise ever makes 100, which is past any exit level.
        crossed = ready & (before < oversold) & (now >= oversold) & ~recovered
        counted = np.minimum(leave, MIDDLE + REACH / np.sqrt(period)) - oversold
        edge = np.round(RECOVERY * period * counted / 100 * volatility[1:], 2)
        return Signals(
            direction=crossed.astype(np.int8) - recovered.astype(np.int8),
            edge_bps=np.where(ready, edge, 0.0),
            ready=ready,
        )
