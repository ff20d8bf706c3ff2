"""Lots, matches and the journal are proven as the texts that the server prints: each column counts, and each text is our own spelling."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from accounts.models import User
from accounts.queries import sql
from ledger.domain.chain import digest, spell
from ledger.domain.expected import compare_lines, printed
from ledger.domain.numbers import CONTEXT, text24
from ledger.models import Book, Lot, LotMatch
from ledger.operations import verify
from ledger.queries import facts
from ledger.queries.stored import LOT, MATCH
from ledger.tests import builders as b

pytestmark = pytest.mark.django_db
AMOUNTS = {"quantity", "remaining", "cost_left", "fee_left", "cost", "proceeds", "entry_fee", "exit_fee", "net"}
OTHER = {
    "entry_id": "gen_random_uuid()", "book_id": "(SELECT id FROM ledger_book WHERE kind = 'FREE')", "lot_id": "gen_random_uuid()",
    "asset_id": "'USDT'", "currency_id": "'BTC'", "cost_unknown": "NOT cost_unknown", "tie": "tie || ' '",
    "client_order_id": "client_order_id || 'x'",
    **dict.fromkeys(("opened_at", "acquired_at", "sold_at"), "{0} + interval '1 microsecond'"),
    **dict.fromkeys(AMOUNTS, "{0} + 0.000000000000000000000001"),
}  # fmt: skip


@pytest.fixture
def book(alice: User, btc: object) -> Book:
    """0.03 BTC bought in two lots, 0.02 sold across both; fees in money, in the coin, and a rebate; ids and times of every kind."""
    made = b.book(b.fund(alice), "1000")
    b.filled(made, "BUY", "0.01", "20000", fee="0.2", at=b.MONDAY, order="first|order")
    b.filled(made, "BUY", "0.02", "21000.5", fee="0.00001", fee_asset="BTC", at=b.MONDAY + timedelta(microseconds=123_400), trade="a|b\\c\nd")
    b.filled(made, "SELL", "0.02", "22000.123456789", fee="-0.1", at=b.MONDAY + b.minutes(1), order="out")
    b.filled(made, "SELL", "0.001", "22000", fee=None, fee_asset=None, at=b.MONDAY + timedelta(microseconds=7_000_001))
    return made


def changed(table: str, assignment: str, where: str) -> None:
    """What somebody who owns the database could do, whatever the table demands."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'c'", [table]
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        cursor.execute(f"UPDATE {table} SET {assignment} WHERE {where}")
        assert cursor.rowcount == 1


def test_what_stands_holds(book: Book) -> None:
    assert (Lot.objects.count(), LotMatch.objects.count()) == (2, 3)
    verdict = verify.verify()
    assert verdict.ok, verdict.first_difference


@pytest.mark.parametrize(("table", "columns"), [("ledger_lot", LOT), ("ledger_lotmatch", MATCH)])
def test_the_last_digit_of_each_column_is_named(book: Book, table: str, columns: tuple[str, ...]) -> None:
    where = "remaining > 0" if table == "ledger_lot" else "entry_id = (SELECT max(entry_id::text)::uuid FROM ledger_lotmatch) AND n = 1"
    check = "lots" if table == "ledger_lot" else "matches"
    for column in columns:
        with connection.cursor() as cursor:
            cursor.execute("SAVEPOINT whole")
            changed(table, f"{column} = {OTHER[column].format(column)}", where)
            verdict = verify.verify()
            cursor.execute("ROLLBACK TO whole")
        assert not verdict.checks[check], column
        first = verdict.first_difference
        assert first is not None
        assert (first.table, first.column) == (table, column)
        if column in AMOUNTS:
            assert Decimal(first.stored or 0) - Decimal(first.expected or 0) == Decimal("1e-24")
    assert verify.verify().ok


@pytest.mark.parametrize(("table", "check"), [("ledger_lot", "lots"), ("ledger_lotmatch", "matches")])
def test_a_row_too_few_and_a_row_twice_are_named(book: Book, table: str, check: str) -> None:
    key = {"ledger_lot": "id", "ledger_lotmatch": "entry_id::text || ' ' || n"}[table]
    [(name,)] = sql.fetch(f"SELECT {key} FROM {table} ORDER BY 1 LIMIT 1")
    for act, stored in (("DELETE FROM {0} WHERE {1} = %s", None), ("INSERT INTO {0} SELECT * FROM {0} WHERE {1} = %s", "twice")):
        with connection.cursor() as cursor:
            cursor.execute("SAVEPOINT whole")
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey CASCADE")
            cursor.execute(act.format(table, key), [name])
            verdict = verify.verify()
            cursor.execute("ROLLBACK TO whole")
        first = verdict.first_difference
        assert not verdict.checks[check]
        assert first is not None
        assert first.table == table
        if stored is None:
            assert (first.key, first.column, first.stored) == (str(name), "row", None)
        else:
            assert (first.column, int(first.stored or 0) - int(first.expected or 0)) == ("rows", 1)


def test_the_journal_is_hashed_as_it_is_stored(book: Book) -> None:
    """The texts of the server are those that an entry is spelled with, so its hash is the one that was made when it was booked."""
    lines = list(facts.journal_of_wallet(book.wallet_id))
    assert len(lines) == 6
    for line in lines:
        assert line.spelling == spell(line.entry)
        assert digest(line.prev_hash, line.entry, line.spelling) == digest(line.prev_hash, line.entry) == line.hash


def test_amounts_and_moments_are_printed_by_the_server_as_they_are_spelled() -> None:
    seed = random.randrange(10**9)
    print("seed", seed)
    dice = random.Random(seed)
    units = [Decimal(sign * dice.randrange(10 ** dice.randrange(1, 57))) for sign in (1, -1) for _ in range(500)]
    amounts = [CONTEXT.scaleb(unit, -24) for unit in units]
    amounts += [Decimal(x) for x in ("0", "-0", "-1e-25", "1e-24", "-1e-24", f"{'9' * 32}.{'9' * 24}", "1E+3")]
    told = sql.fetch("SELECT k::numeric(56,24)::text FROM unnest(%s::text[]) WITH ORDINALITY AS x(k, n) ORDER BY n", [f"{x:f}" for x in amounts])
    assert [text for (text,) in told] == [text24(amount) for amount in amounts]
    begin = datetime(2009, 1, 3, tzinfo=UTC)
    moments = [begin + timedelta(microseconds=dice.randrange(10**15) // 10 ** (cut := dice.randrange(7)) * 10**cut) for _ in range(1_000)]
    told = sql.fetch("SELECT k::timestamptz::text FROM unnest(%s::text[]) WITH ORDINALITY AS x(k, n) ORDER BY n", [x.isoformat() for x in moments])
    assert [text for (text,) in told] == [printed(moment) for moment in moments]


@pytest.mark.parametrize("rebate", ["-0.000000000000000000000001", "-0"])
def test_a_rebate_of_which_nearly_nothing_is_left_is_stored_as_it_is_expected(alice: User, btc: object, rebate: str) -> None:
    """A third of the last of 24 digits, below zero, rounds to zero: the server knows no zero below zero."""
    made = b.book(b.fund(alice), "1000")
    b.filled(made, "BUY", "0.03", "20000", fee=rebate)
    b.filled(made, "SELL", "0.01", "21000", fee=rebate, at=b.MONDAY + b.minutes(1))
    verdict = verify.verify()
    assert verdict.ok, verdict.first_difference
    assert LotMatch.objects.get().entry_fee == 0


def test_the_same_rows_in_another_order_are_no_difference() -> None:
    assert compare_lines("t", 1, ("x",), ["a\t1", "b\t2"], ["b\t2", "a\t1"]) is None
    first = compare_lines("t", 1, ("x", "y"), ["a\t1\t5", "b\t2\t5"], ["b\t3\t6", "a\t1\t5"])
    assert first is not None
    assert (first.key, first.column, first.stored, first.expected) == ("b", "x", "2", "3")
