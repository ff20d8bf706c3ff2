"""Candles and the journal are kept for ever, in plain tables: a unique constraint on a partitioned one would have to name the partition,
and a trade of a venue could be booked once in each."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.db import connection

from amarktai import rights
from trading.tests import builders

pytestmark = pytest.mark.django_db(transaction=True)
KEPT = ("ledger_journalentry", "ledger_fill", "ledger_posting", "ledger_equitypoint", "trading_candleblock")


@pytest.mark.parametrize("table", KEPT)
def test_the_table_is_plain(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relkind, relispartition FROM pg_class WHERE oid = %s::regclass", [table])
        assert cursor.fetchone() == ("r", False)


@pytest.mark.parametrize("table", KEPT)
def test_the_application_deletes_nothing_of_it(table: str, app_connection: psycopg.Connection[tuple[Any, ...]]) -> None:
    for attack in (f"DELETE FROM {table}", f"TRUNCATE {table}"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app_connection.execute(attack)


def test_a_trade_of_a_venue_is_unique_without_any_further_column() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT array_agg(a.attname::text ORDER BY k.n) FROM pg_constraint c CROSS JOIN unnest(c.conkey) WITH ORDINALITY AS k(column_number, n) "
            "JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.column_number "
            "WHERE c.conrelid = 'ledger_fill'::regclass AND c.contype = 'u' GROUP BY c.oid"
        )
        assert ["wallet_id", "symbol", "trade_id"] in [row[0] for row in cursor.fetchall()]


def test_only_old_decisions_of_the_act_and_of_the_fold_are_ever_deleted() -> None:
    """Of money and trading the application may delete: what a refold writes anew, trades, which a trigger keeps as long as their matches make
    one, and decisions, which a trigger keeps for 90 days."""
    deletable = {table for table, acts in rights.RIGHTS.items() if rights.DROP in acts and table.startswith(("ledger_", "trading_", "bots_"))}
    assert deletable == {"ledger_lot", "ledger_lotmatch", "ledger_uncovered", "ledger_profitbucket", "trading_trade", "trading_decision"}


def test_one_row_holds_the_readings_of_every_bot_of_a_stream(alice: Any) -> None:
    """Three bots of a market on minutes: one row with their readings, whatever the number of bots and ticks."""
    builders.fund(alice)
    for number in range(3):
        builders.bot(alice, name=f"Bot {number}", capital="1000")
    tape = builders.Tape()
    tape.tick(*builders.flat(20_000, 4))
    assert len(tape.memory.readings) == 3
    assert type(tape.stream).objects.count() == 1
