"""What one breaks stays its own: culprits are found by halves, and nothing that was raised is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.domain.boundary import Failed, attempt, halved


def test_an_attempt_answers_or_hands_back_what_was_raised():
    error = ZeroDivisionError("planted")

    def fail():
        raise error

    assert attempt(lambda: 7) == 7
    assert attempt(fail) == Failed(error)


def test_whoever_presses_ctrl_c_is_not_taken_for_a_culprit():
    def press():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        attempt(press)


@given(count=st.integers(1, 60), culprits=st.sets(st.integers(0, 59)))
def test_each_culprit_is_named_with_what_it_raised_and_each_other_is_done_once_in_order(count, culprits):
    culprits = {each for each in culprits if each < count}

    def act(part):
        if bad := culprits.intersection(part):
            raise ValueError(min(bad))
        return part

    answers, failed = halved(act, range(count))
    assert [each for part in answers for each in part] == [each for each in range(count) if each not in culprits]
    assert [(each, error.args) for each, error in failed] == [(each, (each,)) for each in sorted(culprits)]


@pytest.mark.parametrize(("culprit", "tries"), [(-1, 1), (0, 19), (999, 21)])
def test_one_of_a_thousand_is_found_in_at_most_21_tries_and_none_costs_one(culprit, tries):
    tried = []

    def act(part):
        tried.append(len(part))
        if culprit in part:
            raise LookupError

    halved(act, range(1_000))
    assert len(tried) == tries


def test_what_is_nobodys_fault_is_raised_on_and_nobody_is_tried_after_it():
    tried = []

    def act(part):
        tried.append(len(part))
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError, match="gone"):
        halved(act, range(10), up=(OSError,))
    assert tried == [10]
