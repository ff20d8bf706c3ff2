"""The position machine: bought at 20,000.00 (2,000,000 ticks); each exit at its exact tick, the worse one first."""

import pytest

from trading.domain import machine
from trading.domain.machine import ENTER, EXIT, HOLD, REASONS

ENTRY = 2_000_000
PERCENT = 10_000  # parts per million


def judged(*, high=ENTRY, low=ENTRY, peak=ENTRY, direction=0, stop=0, trail=0, target=0, holding=0, opened=0, closed=60):
    action, reason, raised = machine.judge_held(ENTRY, peak, opened, high, low, closed, direction, stop, trail, target, holding)
    return (REASONS[reason] if action == EXIT else "HOLD"), raised


@pytest.mark.parametrize(
    ("what", "facts", "answer"),
    [
        ("a stop of 2 % is touched at 19,600.00", {"low": 1_960_000, "stop": 2 * PERCENT}, "STOP_LOSS"),
        ("and not one tick above", {"low": 1_960_001, "stop": 2 * PERCENT}, "HOLD"),
        ("a target of 3 % is touched at 20,600.00", {"high": 2_060_000, "target": 3 * PERCENT}, "TAKE_PROFIT"),
        ("and not one tick below", {"high": 2_059_999, "target": 3 * PERCENT}, "HOLD"),
        ("5 % under a peak of 22,000.00 is 20,900.00", {"peak": 2_200_000, "low": 2_090_000, "high": 2_100_000, "trail": 5 * PERCENT}, "TRAILING"),
        ("and not one tick above that", {"peak": 2_200_000, "low": 2_090_001, "high": 2_100_000, "trail": 5 * PERCENT}, "HOLD"),
        ("an hour is over after 3,600 seconds", {"holding": 3_600, "opened": 0, "closed": 3_600}, "MAX_HOLDING"),
        ("and not a second before", {"holding": 3_600, "opened": 1, "closed": 3_600}, "HOLD"),
        ("a signal to leave", {"direction": -1}, "SIGNAL"),
        ("a signal to enter says nothing to a holder", {"direction": 1}, "HOLD"),
        ("exits that are off never fire", {"low": 1, "high": 10**9, "closed": 10**9}, "HOLD"),
    ],
)
def test_a_position_leaves_when(what, facts, answer):
    assert judged(**facts)[0] == answer, what


@pytest.mark.parametrize(
    ("facts", "first"),
    [
        ({"low": 1_900_000, "high": 2_100_000, "stop": PERCENT, "trail": PERCENT, "target": PERCENT, "holding": 1, "direction": -1}, "STOP_LOSS"),
        ({"low": 1_900_000, "high": 2_100_000, "trail": PERCENT, "target": PERCENT, "holding": 1, "direction": -1}, "TRAILING"),
        ({"low": 1_900_000, "high": 2_100_000, "target": PERCENT, "holding": 1, "direction": -1}, "TAKE_PROFIT"),
        ({"holding": 1, "direction": -1}, "MAX_HOLDING"),
    ],
)
def test_a_candle_that_touches_several_is_read_pessimistically(facts, first):
    assert judged(**facts)[0] == first


def test_trailing_is_measured_from_the_peak_of_the_candles_before():
    """A candle from 21,000 to 20,790: 1 % under its own high would be 20,790, but the high may have come after the low."""
    facts = {"high": 2_100_000, "low": 2_079_000, "trail": PERCENT}
    assert judged(**facts) == ("HOLD", 2_100_000)
    assert judged(**facts, peak=2_100_000) == ("TRAILING", 2_100_000)


def test_the_peak_rises_and_never_falls():
    assert judged(high=2_100_000)[1] == 2_100_000
    assert judged(high=1_990_000, peak=2_100_000)[1] == 2_100_000


def test_who_holds_nothing_enters_on_a_signal_only():
    assert [machine.judge_flat(direction) for direction in (-1, 0, 1)] == [HOLD, HOLD, ENTER]
