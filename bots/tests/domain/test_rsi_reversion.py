"""RSI reversion on a series that can be followed by hand."""

import pytest

from accounts.domain.refusals import Refusal
from bots.strategies import strategy
from bots.tests.builders import window
from bots.tests.domain.walks import judged

REVERSION = strategy("rsi_reversion")
SHORT = {"period": 2, "oversold": 30, "exit": 60, "volatility": 2}


def said(closes, **changes):
    return judged(REVERSION, window([100 * close for close in closes]), [REVERSION.genome({**SHORT, **changes})])


def test_it_enters_where_rsi_comes_back_up_through_oversold_and_is_out_once_it_has_recovered():
    """Period 2: rise and fall are halved at each candle, and half of its move is added. Oversold 30, exit 60.

    close  100  101   99    97    98     100    101   97    96    96    97     96    100
    rise              0.5   0.25  0.625  1.313  1.156 0.578 0.289 0.145 0.572  0.286 2.143
    fall              1     1.5   0.75   0.375  0.188 2.094 1.547 0.773 0.387  0.693 0.347
    RSI               33    14    45     78     86    22    16    16    60     29    86
    says                    -     enter  out    out   -     -     -     out    -     out

    The last but two jumps from 16 to 59.7, still under 60: it enters there too. The last one jumps over both levels: out.
    """
    closes = [100, 101, 99, 97, 98, 100, 101, 97, 96, 96, 97, 96, 100]
    assert said(closes).direction[:, 0].tolist() == [0, 0, 0, 1, -1, -1, 0, 0, 0, 1, 0, -1]
    assert said(closes, exit=59).direction[:, 0].tolist() == [0, 0, 0, 1, -1, -1, 0, 0, 0, -1, 0, -1]


def test_a_fall_from_the_first_candle_on_is_oversold_but_a_market_that_never_moved_is_not():
    """RSI is 0 in both until the first rise."""
    assert said([100, 99, 98, 97, 96, 97], exit=99).direction[-1, 0] == 1
    assert said([100, 100, 100, 100, 100, 101], exit=99).direction[-1, 0] == -1, "its first rise ever is an RSI of 100"
    assert said([100, 100, 100, 100, 99, 100], exit=99).direction[-1, 0] == 1, "after a first fall it has something to come back from"


def test_the_edge_is_the_formula_of_its_description():
    """The price swings by 100 bps up and back: volatility 99.5 bps; 0.03 x 100 x (60 - 40) / 100 x 99.5 = 59.7 bps."""
    signals = said([10_000, 10_100] * 400, period=100, oversold=40, exit=60, volatility=400)
    assert signals.edge_bps[-1, 0] == pytest.approx(59.7, abs=0.05)
    assert "edge = 0.03 x period x (exit - oversold) / 100 x volatility" in REVERSION.description


def test_an_exit_level_that_rsi_hardly_ever_reaches_promises_no_more():
    """50 + 150 / sqrt(225) = 60: an exit at 80 expects what an exit at 60 expects."""
    swings = [10_000, 10_100] * 400
    near, far = (said(swings, period=225, oversold=40, exit=level, volatility=400).edge_bps[-1, 0] for level in (60, 80))
    assert near == far == pytest.approx(0.03 * 225 * 0.2 * 99.5, abs=0.1)
    assert "50 + 150 / sqrt(period)" in REVERSION.description


def test_oversold_must_lie_under_the_exit_level():
    with pytest.raises(Refusal, match="BAD_PARAMETER") as refused:
        REVERSION.validate({"oversold": 40, "exit": 40})
    assert refused.value.numbers == {"parameter": "oversold", "given": "40", "low": "1", "high": "39"}


def test_forty_periods_warm_up_because_wilder_forgets_half_as_fast():
    assert REVERSION.warmup(REVERSION.genome({"period": 100, "volatility": 60})) >= 40 * 100
    assert REVERSION.warmup(REVERSION.genome({"period": 14, "volatility": 60})) >= 20 * 60
