"""The path of a generated market: every second by itself, the same in any process, moved by shocks that wear off."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path as File

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trading.domain import noise, shocks
from trading.domain.price_path import SPREAD_PARTS, Path
from trading.domain.shocks import Shock

BTC = Path(seed="amarktai", symbol="BTC/USDT", start_price=60_000.0, start_volume=0.2)
YEAR = 31_536_000
NAMES = ("a seed", "a symbol")
HILL = Shock("hill", span=10_000, chance=1.0, rise=(100, 100), fade=1_000, calms=600, bps=(50.0, 50.0))
IN_ANOTHER_PROCESS = """
import hashlib
import numpy
from trading.domain.price_path import Path
path = Path(seed="amarktai", symbol="BTC/USDT", start_price=60000.0, start_volume=0.2)
hour = numpy.arange(1795174000, 1795177600)
price, volume = path.trades(hour)
print(hashlib.sha256(price.tobytes() + volume.tobytes() + path.half_spread(hour).tobytes()).hexdigest())
"""


def test_another_process_sees_the_same_bits():
    here: dict[str, object] = {}
    exec(IN_ANOTHER_PROCESS.replace("print(", "out = ("), here)
    told = subprocess.run(
        [sys.executable, "-c", IN_ANOTHER_PROCESS],
        cwd=File(noise.__file__).parents[2],
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == here["out"]


@settings(deadline=None, max_examples=25)
@given(first=st.integers(-1_000_000, 2_000_000_000), count=st.integers(1, 4_000), data=st.data())
def test_a_second_is_the_same_alone_as_among_others(first, count, data):
    """Also in the year 1969, and in 2033."""
    stretch = np.arange(first, first + count, dtype=np.int64)
    at = data.draw(st.integers(0, count - 1))
    alone = stretch[at : at + 1]
    for whole, one in zip(BTC.trades(stretch), BTC.trades(alone), strict=True):
        assert whole[at] == one[0]
    assert BTC.half_spread(stretch)[at] == BTC.half_spread(alone)[0]


def test_values_are_thrown_back_at_their_bounds_like_light_between_mirrors():
    """Bound 8: 10 is 2 too far and comes back to 6; 17 goes back 9 from 8; 24 has reached the other mirror; 32 is where it began."""
    out = noise.reflected(np.array([0.0, 5.0, 8.0, 10.0, 17.0, 24.0, 32.0, -9.0]), 8.0)
    assert out.tolist() == [0.0, 5.0, 8.0, 6.0, -1.0, -8.0, 0.0, -7.0]


def test_the_exponential_is_near_enough():
    """e^1 = 2.71828 comes out as 2.7170, one in two thousand less."""
    known = noise.exponential(np.array([0.0, 1.0, -1.0, 0.01]))
    assert known == pytest.approx([1.0, 2.7170, 0.3677, 1.01005], rel=1e-4)


def test_smooth_noise_passes_through_its_lattice_and_never_leaps():
    """A period of 100: between two seconds it moves at most 1.5 % of the way between two lattice values, which lie 7 apart at most."""
    values = noise.smooth(np.arange(100_000, dtype=np.int64), period=100, key=noise.key("a test"))
    assert np.abs(np.diff(values)).max() < 0.105
    assert abs(values.mean()) < 0.1
    assert 0.9 < values[::100].std() < 1.1
    assert np.abs(values).max() < 3.5


def test_a_shock_rises_to_its_height_and_is_forgotten_evenly():
    """50 bps within 100 seconds, half of them after 50; of the 1,000 seconds of fading 500 leave 25."""
    first = int(np.flatnonzero(shocks.moved(HILL, np.arange(10_000, dtype=np.int64), names=NAMES))[0]) - 1
    moved = shocks.moved(HILL, np.arange(first, first + 1_101, dtype=np.int64), names=NAMES)
    assert np.abs(moved[[0, 50, 100, 600, 1_100]]) == pytest.approx([0.0, 25.0, 50.0, 25.0, 0.0])
    assert len(set(np.sign(moved[1:1_100]).tolist())) == 1


def test_a_shock_is_felt_at_once_and_half_as_much_after_a_sixth_of_its_calming():
    """Felt for 600 seconds after its 100 of rising: after 96 of them (1 - 96/600)^4 = 0.498 is left."""
    felt = shocks.felt(HILL, np.arange(10_000, dtype=np.int64), names=NAMES, calms=600)
    top = int(felt.argmax())
    assert felt[[top, top + 96, top + 600]] == pytest.approx([1.0, 0.498, 0.0], abs=1e-3)


def test_in_each_span_a_shock_begins_with_its_chance_alone():
    """Of 1,000 spans with a chance of 0.3 about 300 hold one (deviation 14.5), as many up as down (deviation 8.7)."""
    rare = Shock("rare", span=500, chance=0.3, rise=(10, 10), fade=10, calms=10, bps=(50.0, 50.0))
    moved = shocks.moved(rare, np.arange(500_000, dtype=np.int64), names=NAMES)
    begins = np.flatnonzero((moved[1:] != 0) & (moved[:-1] == 0))
    assert 255 < len(begins) < 345
    up = int((moved[begins + 2] > 0).sum())
    assert abs(up - len(begins) / 2) < 35


def test_great_heights_are_rare_where_the_shock_says_so():
    """Heights of 0 to 100 bps as the fifth power of an even draw: (1/2)^5 = 3 bps in the middle, over 50 only with 0.87 (13 %)."""
    wild = Shock("wild", span=100, chance=1.0, rise=(10, 10), fade=10, calms=10, bps=(0.0, 100.0), rare=5)
    moved = np.abs(shocks.moved(wild, np.arange(200_000, dtype=np.int64), names=NAMES)).reshape(-1, 100)
    heights = moved[(moved[:, 0] == 0) & (moved[:, -1] == 0)].max(axis=1)
    assert len(heights) > 1_000
    assert 2 < np.median(heights) < 5
    assert 0.09 < (heights > 50).mean() < 0.17


def test_ten_years_neither_explode_nor_die_out():
    """A look every five days: never under a quarter nor over four times of where it started, and never the same twice."""
    prices = [float(BTC.trades(np.array([day * 432_000], dtype=np.int64))[0][0]) for day in range(4_000, 4_730)]
    assert 15_000 < min(prices) < 55_000
    assert 65_000 < max(prices) < 240_000
    assert len(set(prices)) == len(prices)


def test_symbols_and_seeds_go_their_own_ways():
    """A week by the minute: the moves of two paths have nothing to do with each other (deviation of a correlation: 0.01)."""
    week = np.arange(1_795_000_000, 1_795_604_800, dtype=np.int64)
    moves = [
        np.diff(np.log(Path(seed=seed, symbol=symbol, start_price=100.0, start_volume=1.0).trades(week)[0][::60]))
        for seed, symbol in (("amarktai", "BTC/USDT"), ("amarktai", "ETH/USDT"), ("another", "BTC/USDT"))
    ]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert abs(np.corrcoef(moves[one], moves[other])[0, 1]) < 0.06


def test_a_half_spread_is_tight_in_busy_hours_wide_after_a_jump_and_never_wider_than_forty_times_tight():
    """Tight is 0.5 bps. Thirty days, second by second: 0.2 to 20 bps; the middle is near tight; one second in a hundred is at least
    three times as wide."""
    begin = 1_795_000_000
    parts = np.concatenate([BTC.half_spread(np.arange(at, at + 86_400, dtype=np.int64)) for at in range(begin, begin + 30 * 86_400, 86_400)])
    bps = parts / SPREAD_PARTS
    assert 0.15 < bps.min() < 0.4
    assert 0.5 < np.median(bps) < 1.0
    assert np.percentile(bps, 99) > 1.5
    assert 10 < bps.max() <= 20
