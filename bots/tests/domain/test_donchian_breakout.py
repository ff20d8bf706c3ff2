"""Donchian breakout on candles that can be followed by hand."""

import pytest

from bots.strategies import strategy
from bots.tests.builders import candles, window
from bots.tests.domain.walks import judged

BREAKOUT = strategy("donchian_breakout")
SHORT = {"entry": 3, "exit": 2, "volatility": 2}


def said(rows, **changes):
    return judged(BREAKOUT, candles(rows, places=0), [BREAKOUT.genome({**SHORT, **changes})])


def test_it_enters_above_the_three_highs_before_and_is_out_under_the_two_lows_before():
    """high low close; the ceiling is the highest high of the three candles before, the floor the lowest low of the two before."""
    rows = [
        (101, 99, 100),
        (102, 100, 101),
        (103, 100, 102),
        (103, 101, 103),  # ceiling 103: equal is no break
        (106, 103, 105),  # ceiling 103: enter, although its own high is 106
        (107, 104, 104),
        (105, 102, 102),  # floor 103: out, although its own low is 102
        (104, 100, 103),
        (104, 100, 100),  # floor 100: equal is no fall
        (109, 103, 108),  # ceiling 105: enter
        (110, 107, 109),  # ceiling 109: equal
        (112, 108, 111),  # ceiling 110: says it again; whether there is a position already is not its business
    ]
    assert said(rows).direction[:, 0].tolist() == [0, 0, 0, 1, 0, -1, 0, 0, 1, 0, 1]


def test_a_steady_climb_breaks_out_at_every_candle_and_a_steady_fall_is_out_at_every_candle():
    """A channel with the present candle in it would never be left: the close cannot lie above its own high."""
    climb = [(100 + n, 99 + n, 100 + n) for n in range(10)]
    assert said(climb).direction[:, 0].tolist() == [0, 0] + [1] * 7
    fall = [(101 - n, 100 - n, 100 - n) for n in range(10)]
    assert said(fall).direction[:, 0].tolist() == [0, 0] + [-1] * 7


def test_it_says_nothing_before_both_channels_and_the_volatility_are_full():
    climb = [(100 + n, 99 + n, 100 + n) for n in range(10)]
    for changes in ({"entry": 5}, {"exit": 5}, {"volatility": 5}):
        assert said(climb, **changes).ready[:, 0].tolist() == [False] * 4 + [True] * 5


def test_the_edge_is_the_formula_of_its_description():
    """The price swings by 100 bps up and back: volatility 99.5 bps; 0.02 x sqrt(80 x 20) x 99.5 = 79.6 bps."""
    swings = window([1_000_000, 1_010_000] * 400)
    signals = judged(BREAKOUT, swings, [BREAKOUT.genome({"entry": 80, "exit": 20, "volatility": 400})])
    assert signals.edge_bps[-1, 0] == pytest.approx(79.6, abs=0.05)
    assert "edge = 0.02 x sqrt(entry x exit) x volatility" in BREAKOUT.description


def test_the_longest_of_its_series_warms_up():
    assert BREAKOUT.warmup(BREAKOUT.genome({"entry": 2000, "exit": 10, "volatility": 60})) >= 2001
    assert BREAKOUT.warmup(BREAKOUT.genome({"entry": 20, "exit": 10, "volatility": 60})) >= 1200
