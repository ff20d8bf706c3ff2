"""Several markets in one order of time."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import numpy as np

from trading.domain.chronology import Tape, steps
from trading.tests.market_builders import NOON, window

D = Decimal
BITCOIN, ETHER = UUID(int=1), UUID(int=2)


def test_candles_come_by_their_close_and_then_by_the_place_of_their_tape():
    """Minutes of ETH from 12:00 on and of BTC from 12:01 on: 12:01 ETH alone, then BTC (place 0) before ETH."""
    tapes = [Tape.of(BITCOIN, window(100, 101, start=NOON + timedelta(minutes=1))), Tape.of(ETHER, window(50, 51, 52))]
    minute = timedelta(minutes=1)
    assert [(step.at, step.due) for step in steps(tapes)] == [
        (NOON + minute, [(1, 0)]), (NOON + 2 * minute, [(0, 0), (1, 1)]), (NOON + 3 * minute, [(0, 1), (1, 2)]),
    ]  # fmt: skip


def test_each_market_counts_at_its_newest_close_also_when_it_closes_later_in_the_order_or_has_stopped_moving():
    tapes = [Tape.of(BITCOIN, window(20_000_00)), Tape.of(ETHER, window(1_500_00, 1_600_00))]
    seen = [dict(step.prices) for step in steps(tapes)]
    first = NOON + timedelta(minutes=1)
    assert seen[0] == {BITCOIN: (D(20_000), first), ETHER: (D(1_500), first)}
    assert seen[1] == {BITCOIN: (D(20_000), first), ETHER: (D(1_600), first + timedelta(minutes=1))}


def test_of_two_timeframes_of_a_market_the_first_tape_tells_the_price():
    minutes, fives = window(100, 101, 102, 103, 104), window(999, seconds=300)
    last = list(steps([Tape.of(BITCOIN, minutes), Tape.of(BITCOIN, fives)]))[-1]
    assert (last.due, last.prices[BITCOIN][0]) == ([(0, 4), (1, 0)], D("1.04"))


def test_a_close_that_is_held_back_counts_for_nothing_until_the_next_one_confirms_it():
    """Thirty quiet closes at 100.00, then 150.00 for one minute and 100.00 again; and one that rose to 150.00 for good."""
    spike, jump = Tape.of(BITCOIN, window(*[10_000] * 30, 15_000, 10_000)), Tape.of(ETHER, window(*[10_000] * 30, 15_000, 15_000))
    seen = [dict(step.prices) for step in steps([spike, jump])]
    assert [(step[BITCOIN][0], step[ETHER][0]) for step in seen[29:]] == [(100, 100), (100, 100), (100, 150)]


def test_what_was_held_back_before_a_tape_begins_is_known_to_it():
    tape = Tape.of(BITCOIN, window(15_000, 10_000), accepted=[10_000] * 30)
    assert list(tape.worth) == [10_000, 10_000]
    assert list(Tape.of(BITCOIN, window(15_000), accepted=[10_000] * 30, held=15_000).worth) == [15_000]


def test_a_gap_has_no_steps_and_no_tapes_have_none():
    whole = window(1, 2, 3, 4)
    broken = whole.part(0, 1), whole.part(3, 4)
    assert [len(part) for part in broken] == [1, 1]
    assert [step.closed for step in steps([Tape.of(BITCOIN, part) for part in broken])] == (whole.times[np.array([0, 3])] + 60).tolist()
    assert list(steps([])) == []
