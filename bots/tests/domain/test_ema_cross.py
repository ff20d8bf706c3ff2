"""EMA cross on a series that can be followed by hand."""

import numpy as np
import pytest

from accounts.domain.refusals import Refusal
from bots.strategies import strategy
from bots.tests.builders import window
from bots.tests.domain.walks import judged

CROSS = strategy("ema_cross")


def test_it_enters_where_the_fast_mean_crosses_above_and_is_out_while_below():
    """Periods 3 and 7, weights 1/2 and 1/4.

    close  100  100  100  100  100  100  100    96      104      112       112      96       88
    fast   100  100  100  100  100  100  100    98      101      106.5     109.25   102.625  95.3125
    slow   100  100  100  100  100  100  100    99      100.25   103.1875  105.39   103.04   99.28
    says    .    .    .    .    .    .    .     out     enter    -         -        out      out
    """
    closes = [10000] * 7 + [9600, 10400, 11200, 11200, 9600, 8800]
    genome = CROSS.genome({"fast": 3, "slow": 7, "volatility": 2})
    signals = judged(CROSS, window(closes), [genome])
    assert signals.direction[:, 0].tolist() == [0, 0, 0, 0, 0, 0, -1, 1, 0, 0, -1, -1]


def test_it_says_nothing_before_the_slow_mean_is_full():
    closes = [10000, 9000, 11000, 9000, 11000, 9000, 11000, 9000]
    signals = judged(CROSS, window(closes), [CROSS.genome({"fast": 2, "slow": 6, "volatility": 2})])
    assert signals.ready[:, 0].tolist() == [False, False, False, False, False, True, True]
    assert signals.direction[:5, 0].tolist() == [0, 0, 0, 0, 0]
    assert signals.edge_bps[:5, 0].tolist() == [0, 0, 0, 0, 0]


def test_the_edge_is_the_formula_of_its_description():
    """The price swings by 100 bps up and back: volatility 100 bps, fast x slow = 2 x 8, so 0.035 x 4 x 100 = 14 bps."""
    signals = judged(CROSS, window([1_000_000, 1_010_000] * 100), [CROSS.genome({"fast": 2, "slow": 8, "volatility": 5})])
    # back down is 1 - 1 / 1.01 = 99.0 bps: the mean swings between 99.4 and 99.6
    assert 13.9 < signals.edge_bps[-1, 0] < 14.0
    assert np.array_equal(signals.edge_bps, np.round(signals.edge_bps, 2))
    assert "0.035 x sqrt(fast x slow) x volatility" in CROSS.description


def test_fast_must_be_smaller_than_slow():
    with pytest.raises(Refusal, match="BAD_PARAMETER") as refused:
        CROSS.validate({"fast": 26, "slow": 26})
    assert refused.value.numbers == {"parameter": "fast", "given": "26", "low": "2", "high": "25"}


def test_what_is_not_given_takes_its_default_and_twenty_slow_periods_warm_up():
    stored = CROSS.validate({"fast": "5", "slow": "20"})
    assert stored == {"fast": 5, "slow": 20, "volatility": 60}
    assert CROSS.warmup(CROSS.genome(stored)) >= 20 * 60
