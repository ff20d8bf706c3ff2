"""Wishes that wait at the same moment are served together: each has its own answer, and only the guilty one fails."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Event
from time import monotonic

import pytest
from django.db import DatabaseError

from bots.tests.threads import at_once
from trading.operations.together import Together

PATIENCE_S = 60


class Desk:
    """Serves numbers by doubling them. It keeps the first batch until the others have queued up, and refuses a 13."""

    def __init__(self, waiting: int = 0) -> None:
        self.batches: list[list[int]] = []
        self.waiting = waiting
        self.full = Event()
        self.desk: Together[int, int] = Together(self.serve, fits=lambda one, other: one != other, most=100)

    def serve(self, numbers: Sequence[int]) -> list[int]:
        self.batches.append(list(numbers))
        if len(self.batches) == 1 and self.waiting:
            while len(self.desk._queue) < self.waiting:
                self.full.wait(0.001)
        if 13 in numbers:
            raise DatabaseError("thirteen")
        return [2 * number for number in numbers]


@pytest.mark.django_db(transaction=True)
def test_a_wish_that_comes_alone_is_a_batch_of_one() -> None:
    desk = Desk()
    assert [desk.desk.ask(number) for number in (1, 2, 3)] == [2, 4, 6]
    assert desk.batches == [[1], [2], [3]]


@pytest.mark.django_db(transaction=True)
def test_those_that_waited_are_served_together_each_with_its_own_answer() -> None:
    desk = Desk(waiting=15)
    assert at_once(16, lambda n: desk.desk.ask(n + 20)) == [2 * number for number in range(20, 36)]
    assert [len(batch) for batch in desk.batches] == [1, 15]


@pytest.mark.django_db(transaction=True)
def test_two_that_do_not_fit_are_served_one_after_the_other() -> None:
    desk = Desk(waiting=7)
    assert at_once(8, lambda n: desk.desk.ask(5)) == [10] * 8
    assert desk.batches == [[5]] * 8


@pytest.mark.django_db(transaction=True)
def test_one_that_the_database_refuses_fails_alone() -> None:
    """Whoever shared its batch is served again, alone."""
    desk = Desk(waiting=15)
    answers = at_once(16, desk.desk.ask)
    assert isinstance(answers[13], DatabaseError)
    assert [answer for answer in answers if isinstance(answer, int)] == [2 * number for number in range(16) if number != 13]


@pytest.mark.django_db
def test_inside_a_transaction_nobody_is_waited_for() -> None:
    desk = Desk()
    desk.desk._led = True  # somebody leads, and never ends
    assert desk.desk.ask(4) == 8


@pytest.mark.django_db(transaction=True)
def test_a_crowd_that_comes_straight_back_is_served_whole_again() -> None:
    """Five were served; whoever of them comes back first waits for the others, within the patience that serving them earned."""
    desk = Desk()
    desk.desk._crowd, desk.desk._until = 5, monotonic() + PATIENCE_S
    assert at_once(5, lambda n: desk.desk.ask(n + 20)) == [2 * number for number in range(20, 25)]
    assert [len(batch) for batch in desk.batches] == [5]


@pytest.mark.django_db(transaction=True)
def test_who_comes_later_than_that_waits_for_nobody() -> None:
    desk = Desk()
    desk.desk._crowd, desk.desk._until = 5, monotonic()
    assert desk.desk.ask(4) == 8
    assert desk.desk._crowd == 1
    assert desk.desk.ask(5) == 10
    assert desk.batches == [[4], [5]]
