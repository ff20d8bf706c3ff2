"""Real candles: the folds equal TA-Lib on every one of them, and the bots of a replay find entries that pay by their own formula."""

from __future__ import annotations

import csv
import gzip
from decimal import Decimal
from functools import cache

import numpy as np
import pytest
import talib

from bots.domain import indicators
from bots.domain.candles import Window
from bots.strategies import strategy
from bots.tests.domain import walks
from trading.domain.replay_plans import SPREADS
from trading.market import blocks
from trading.tests.recorded import FOLDER, needs_recorded

FILES = {
    "binanceus_BTC-USDT_1m_2023-03-01_2023-03-21.csv.gz": 60,
    "binanceus_BTC-USDC_1m_2023-03-01_2023-03-21.csv.gz": 60,
    "binance_BTC-USDT_1h_2017-08-17_2024-04-21.csv.gz": 3600,
}
ROUND_TRIP_BPS = 48
"""What gate B asks of an entry on these markets: fees 20, spread and slippage 3, buffer 10, margin 5, minimum edge 10."""
ALL = 48  # of a spread: every genome, volatility and exit once


@cache
def recorded(name: str) -> Window:
    """A file as one window, in cents and millionths."""
    with gzip.open(FOLDER / name, "rt") as file:
        rows = [
            (int(row["timestamp"]) // 1000, *(int(Decimal(row[column]) * 100) for column in ("open", "high", "low", "close")), 1)
            for row in csv.DictReader(file)
        ]
    return blocks.window_of(np.array(rows, dtype=np.int64), price_places=2, volume_places=0, seconds=FILES[name])


@needs_recorded
@pytest.mark.parametrize("name", FILES)
def test_rsi_high_low_and_ema_equal_ta_lib_on_every_candle(name):
    """Also where the price stands still: in the USDC file once for 54 minutes."""
    window = recorded(name)
    closes, highs, lows = window.closes(), window.highs(), window.lows()
    for period in (2, 14, 60, 500):
        seeded = talib.EMA(np.concatenate([np.full(period - 1, closes[0]), closes]), period)[period - 1 :]
        seeded[: period - 1] = np.nan
        theirs = {
            "rsi": talib.RSI(closes, period), "high": talib.MAX(highs, period), "low": talib.MIN(lows, period), "ema": seeded,
        }  # fmt: skip
        for kind, expected in theirs.items():
            _, ours = walks.folded((kind, period), window)
            np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-9, err_msg=f"{kind} {period}")


@pytest.mark.parametrize("family", SPREADS)
def test_a_spread_is_the_same_every_time_and_every_bot_of_it_can_be(family):
    plans = SPREADS[family](ALL + 2)
    assert plans == SPREADS[family](ALL + 2)
    assert len({plan.name for plan in plans}) == ALL + 2
    assert len({(strategy(family).genome(plan.parameters), plan.exits) for plan in plans}) == ALL
    for plan in plans:
        assert plan.strategy == family
        assert strategy(family).validate(plan.parameters) == plan.parameters
        plan.exits.check()


@needs_recorded
@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("family", SPREADS)
def test_each_spread_has_genomes_whose_own_formula_reaches_the_costs_of_a_round_trip(family, name):
    """At least ten entries in each file, and by more than one genome; most entries do not pay and are refused."""
    found = strategy(family)
    window = recorded(name)
    genomes = list(dict.fromkeys(found.genome(plan.parameters) for plan in SPREADS[family](ALL)))
    _, series = indicators.advance_all({}, window, keys={key for genome in genomes for key in found.series(genome)})
    signals = found.signal(series, genomes, len(window) - 1)
    entries = signals.direction > 0
    paying = entries & (signals.edge_bps >= ROUND_TRIP_BPS)
    assert paying.sum() >= 10
    assert (paying.sum(axis=0) > 0).sum() >= 2
    assert paying.sum() < entries.sum()
