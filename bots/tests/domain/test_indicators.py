"""The folds by hand, and the same bits however they are advanced."""

import json
import math
import random

import numpy as np
import pytest

from bots.domain import indicators
from bots.tests.builders import window

KEYS = (("ema", 3), ("ema", 26), ("vol", 3), ("vol", 60))


def walk(seed, count):
    rng = random.Random(seed)
    price, closes = 2_000_000, []
    for _ in range(count):
        price = max(100, price + rng.randint(-4000, 4000))
        closes.append(price)
    return closes


def test_the_ema_of_three_candles_weighs_one_half_and_starts_at_the_first_close():
    # 10, then 10 + (14 - 10) / 2 = 12, then 12 + (16 - 12) / 2 = 14, then 14 + (10 - 14) / 2 = 12
    series = window([1000, 1400, 1600, 1000])
    state, values = indicators.advance(("ema", 3), indicators.start(("ema", 3), series), series)
    assert math.isnan(values[0])
    assert math.isnan(values[1])
    assert values[2:].tolist() == [14.0, 12.0]
    assert state[:2] == [4.0, 12.0]


def test_volatility_is_the_mean_move_in_bps_without_its_sign():
    # 100 -> 101 is 100 bps, 101 -> 99.99 is 100 bps, 99.99 -> 99.99 is 0: mean 100, 100, 50 with weight one half
    series = window([10000, 10100, 9999, 9999])
    _, values = indicators.advance(("vol", 3), indicators.start(("vol", 3), series), series)
    assert np.isnan(values[:3]).all()
    assert values[3] == pytest.approx(50.0, abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_one_candle_at_a_time_gives_the_same_bits_as_all_at_once(seed):
    series = window(walk(seed, 400))
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


def test_a_state_rebuilt_from_twenty_periods_has_forgotten_what_came_before():
    closes = walk(7, 2000)
    _, whole = indicators.advance_all({}, window(closes), keys=[("ema", 50), ("vol", 50)])
    _, rebuilt = indicators.advance_all({}, window(closes[-1001:]), keys=[("ema", 50), ("vol", 50)])
    for key in whole:
        assert rebuilt[key][-1] == pytest.approx(whole[key][-1], rel=1e-15)

