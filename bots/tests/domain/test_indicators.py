"""The folds by hand and against TA-Lib, and the same bits however they are advanced."""

import json
import math
import random

import numpy as np
import pytest
import talib

from bots.domain import indicators
from bots.tests.builders import candles, window
from bots.tests.domain import walks

KEYS = (
    ("close", 1), ("ema", 3), ("ema", 26), ("vol", 3), ("vol", 60), ("rsi", 2), ("rsi", 14), ("high", 2), ("high", 55), ("low", 3), ("low", 20),
)  # fmt: skip


def test_the_ema_of_three_candles_weighs_one_half_and_starts_at_the_first_close():
    # 10, then 10 + (14 - 10) / 2 = 12, then 12 + (16 - 12) / 2 = 14, then 14 + (10 - 14) / 2 = 12
    state, values = walks.folded(("ema", 3), window([1000, 1400, 1600, 1000]))
    assert math.isnan(values[0])
    assert math.isnan(values[1])
    assert values[2:].tolist() == [14.0, 12.0]
    assert state == [4.0, 12.0]


def test_volatility_is_the_mean_move_in_bps_without_its_sign():
    # 100 -> 101 is 100 bps, 101 -> 99.99 is 100 bps, 99.99 -> 99.99 is 0: mean 100, 100, 50 with weight one half
    _, values = walks.folded(("vol", 3), window([10000, 10100, 9999, 9999]))
    assert np.isnan(values[:3]).all()
    assert values[3] == pytest.approx(50.0, abs=1e-9)


def test_the_rsi_of_two_moves_starts_with_their_mean_and_then_weighs_one_half():
    """Moves +1, -1: rise and fall 0.5 each, RSI 50. +2: (0.5 + 2) / 2 = 1.25 against 0.25, RSI 83.3. None: both halve, RSI stays."""
    state, values = walks.folded(("rsi", 2), window([1000, 1100, 1000, 1200, 1200]))
    assert np.isnan(values[:2]).all()
    assert values[2:].tolist() == pytest.approx([50.0, 100 * 1.25 / 1.5, 100 * 1.25 / 1.5])
    assert state == [5.0, 12.0, 0.625, 0.125]


def test_the_rsi_is_0_without_a_rise_100_without_a_fall_and_0_where_nothing_ever_moved():
    for closes, rsi in (([5, 4, 3, 2], 0.0), ([2, 3, 4, 5], 100.0), ([5, 5, 5, 5], 0.0)):
        _, values = walks.folded(("rsi", 3), window(closes))
        assert values[3] == rsi


def test_high_and_low_are_the_extremes_of_the_last_candles_with_the_present_one():
    rows = [(105, 99, 100), (103, 98, 100), (102, 97, 100), (104, 96, 100), (101, 99, 100), (101, 99, 100)]
    _, highest = walks.folded(("high", 3), candles(rows, places=0))
    _, lowest = walks.folded(("low", 3), candles(rows, places=0))
    assert highest[2:].tolist() == [105, 104, 104, 104]
    assert lowest[2:].tolist() == [97, 96, 96, 96]
    assert np.isnan([*highest[:2], *lowest[:2]]).all()


def test_a_channel_remembers_only_candles_that_may_still_matter():
    """The high of 101 stands behind the 104 that is older; 102 and 103 before it can never be the highest again."""
    rows = [(102, 90, 100), (103, 90, 100), (104, 90, 100), (101, 90, 100)]
    state, _ = walks.folded(("high", 500), candles(rows, places=0))
    assert state == [4.0, 2.0, 104.0, 3.0, 101.0]


@pytest.mark.parametrize("period", [2, 3, 14, 60, 250])
def test_rsi_high_and_low_equal_ta_lib(period):
    seed = random.randrange(1_000_000)
    series = walks.candles(seed, 1500)
    theirs = {
        "rsi": talib.RSI(series.closes(), period), "high": talib.MAX(series.highs(), period), "low": talib.MIN(series.lows(), period),
    }  # fmt: skip
    for kind, expected in theirs.items():
        _, ours = walks.folded((kind, period), series)
        np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-9, err_msg=f"seed {seed} {kind}")


@pytest.mark.parametrize("period", [2, 3, 12, 26, 480])
def test_the_ema_equals_ta_lib_started_at_the_first_close(period):
    """TA-Lib called this its Metastock variant, `set_compatibility(1)`, and dropped it in 0.8. It starts at the mean of the first
    `period` values: where the first close stands `period` times that is the first close, and the rest is the same."""
    seed = random.randrange(1_000_000)
    series = walks.candles(seed, 1500)
    closes = series.closes()
    expected = talib.EMA(np.concatenate([np.full(period - 1, closes[0]), closes]), period)[period - 1 :]
    expected[: period - 1] = np.nan
    _, ours = walks.folded(("ema", period), series)
    np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-9, err_msg=f"seed {seed}")


@pytest.mark.parametrize("seed", range(3))
def test_one_candle_at_a_time_gives_the_same_bits_as_all_at_once(seed):
    series = walks.candles(seed, 400)
    state, values = indicators.advance_all({}, series, keys=KEYS)
    slow_state: dict[indicators.SeriesKey, indicators.State] = {}
    pieces: dict[indicators.SeriesKey, list] = {key: [] for key in KEYS}
    cuts = sorted(random.Random(seed).sample(range(1, 400), 150))
    for start, stop in zip([0, *cuts], [*cuts, 400], strict=True):
        stored = json.loads(json.dumps(list(slow_state.items())))
        slow_state = {(kind, period): value for (kind, period), value in stored}
        slow_state, piece = indicators.advance_all(slow_state, series.part(start, stop), keys=KEYS)
        for key in KEYS:
            pieces[key].append(piece[key])
    assert slow_state == state, f"seed {seed}"
    for key in KEYS:
        assert np.concatenate(pieces[key]).tobytes() == values[key].tobytes(), f"seed {seed} {key}"


def test_a_state_rebuilt_from_enough_candles_has_forgotten_what_came_before():
    """Twenty periods of an exponential mean, forty of Wilder's, one of a channel, which forgets to the last bit."""
    series = walks.candles(7, 4000)
    kept = {("ema", 50): 1000, ("vol", 50): 1001, ("rsi", 50): 2001, ("high", 50): 50, ("low", 50): 50}
    _, whole = indicators.advance_all({}, series, keys=kept)
    for key, count in kept.items():
        _, rebuilt = walks.folded(key, series.part(len(series) - count))
        exact = key[0] in ("high", "low")
        assert rebuilt[-1] == (whole[key][-1] if exact else pytest.approx(whole[key][-1], rel=1e-14)), key


def test_a_series_exists_by_its_kind_and_a_whole_positive_period():
    assert indicators.exists(("rsi", 14))
    assert not any(indicators.exists(key) for key in (("tea leaves", 14), ("rsi", 0), ("rsi", -3), ("rsi", 2.5), ("rsi", True), ("rsi",), "rsi"))
