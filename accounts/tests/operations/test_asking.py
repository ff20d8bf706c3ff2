"""Statements that travel together: carried out in the order asked, and all lost when one fails."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.queries import sql
from accounts.queries.sql import Asked, Asking


def told(statement: str, *parameters: Any) -> Asking[Any]:
    """The first column of the first row."""
    [rows] = yield [Asked(statement, parameters)]
    return rows[0][0]


def together(*askings: Asking[Any]) -> list[Any]:
    """Their answers, asked in one transaction."""
    with transaction.atomic(), sql.at_once() as line:
        answers = [line.ask(asking) for asking in askings]
    return [answer.value for answer in answers]


def nothing() -> Asking[str]:
    answers = yield []
    return f"{len(answers)} answers"


def two() -> Asking[list[int]]:
    answers = yield [Asked("SELECT 1", ()), Asked("SELECT n FROM unnest(%s::int[]) AS n", ([2, 3],))]
    return [row[0] for rows in answers for row in rows]


@pytest.mark.django_db
def test_each_asking_gets_its_own_answer_in_the_order_asked() -> None:
    with sql.at_once() as line:
        first, lock, many, none = line.ask(told("SELECT %s::int", 7)), line.ask(gate()), line.ask(two()), line.ask(nothing())
        held = line.ask(told("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"))
    assert (first.value, lock.value, many.value, none.value, held.value) == (7, None, [1, 2, 3], "0 answers", 1)
    assert (sql.ask(told("SELECT 8")), sql.ask(two()), sql.ask(nothing())) == (8, [1, 2, 3], "0 answers")


def gate() -> Asking[None]:
    yield [Asked("SELECT pg_advisory_xact_lock_shared(%s)", (42,))]


@pytest.mark.django_db(transaction=True)
def test_what_comes_after_a_lock_waits_for_it(app_connection: psycopg.Connection[tuple[Any, ...]]) -> None:
    """Nothing after a lock is carried out before the lock is held."""
    seen = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 43 AND granted"
    with app_connection.transaction():
        app_connection.execute("SELECT pg_advisory_xact_lock(43)")
        with pytest.raises(DatabaseError, match="lock timeout"):
            together(told("SELECT set_config('lock_timeout', '200ms', true)"), told("SELECT pg_advisory_xact_lock_shared(43)"), told(seen))
    assert together(told("SELECT pg_advisory_xact_lock_shared(43)"), told(seen))[1] == 1


@pytest.mark.django_db
def test_whichever_fails_fails_them_all_with_its_own_words() -> None:
    with pytest.raises(DatabaseError, match="division by zero"):
        together(told("SELECT 1"), told("SELECT 1 / %s::int", 0), told("SELECT 2"))
    assert sql.ask(told("SELECT 3")) == 3
    assert connection.connection.info.transaction_status.name == "INTRANS"


@pytest.mark.django_db
def test_an_asking_that_asks_twice_is_a_mistake() -> None:
    def twice() -> Asking[None]:
        yield []
        yield []

    with pytest.raises(RuntimeError, match="asks once"):
        sql.ask(twice())


@pytest.mark.django_db
def test_what_is_asked_again_and_again_is_planned_once_and_a_log_shows_it_with_its_parameters() -> None:
    for number in range(8):
        assert sql.ask(told("SELECT n + %s::int FROM unnest(%s::int[]) AS again(n)", number, [1])) == number + 1
    [[plans]] = sql.fetch("SELECT generic_plans FROM pg_prepared_statements WHERE statement LIKE %s", "SELECT n + $1%")
    assert plans == 1
    with CaptureQueriesContext(connection) as sent:
        assert sql.ask(told("SELECT n + %s::int FROM unnest(%s::int[]) AS again(n)", 40, [2])) == 42
    assert [query["sql"] for query in sent] == ["SELECT n + 40::int FROM unnest('{\"2\"}'::int[]) AS again(n)"]
