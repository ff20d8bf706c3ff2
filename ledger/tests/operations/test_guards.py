"""Raw SQL against each guard, as the role that web, worker and beat have."""

from __future__ import annotations

import uuid
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError

from accounts.tests.builders import person
from ledger.models import Book, Wallet
from ledger.operations import verify
from ledger.tests import builders as b

pytestmark = pytest.mark.django_db(transaction=True)
App = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture
def book() -> Book:
    b.market()
    made = b.book(b.fund(person("gina")), "1000")
    b.filled(made, "BUY", "0.01", "20000", fee="0.2")
    return made


def refused(app: App, sql: str, *params: Any) -> psycopg.Error:
    with pytest.raises(psycopg.Error) as caught:
        app.execute(sql, params)
    return caught.value


FACTS = ["ledger_journalentry", "ledger_fill", "ledger_posting"]


@pytest.mark.parametrize("table", FACTS)
def test_the_application_can_neither_change_nor_empty_facts(app_connection: App, book: Book, table: str):
    for sql in (f"UPDATE {table} SET book_id = book_id" if table != "ledger_journalentry" else f"UPDATE {table} SET seq = 9",
                f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):  # fmt: skip
        assert isinstance(refused(app_connection, sql), psycopg.errors.InsufficientPrivilege)
    assert verify.verify().ok


@pytest.mark.parametrize("table", FACTS)
@pytest.mark.parametrize("act", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "DELETE FROM {0} WHERE false", "TRUNCATE {0} CASCADE"])
def test_not_even_the_owner_can(db, book: Book, table: str, act: str):
    column = "kind" if table == "ledger_journalentry" else "book_id"
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(act.format(table, column))


def test_the_application_cannot_switch_the_guards_off(app_connection: App, book: Book):
    for sql in (
        "SET session_replication_role = replica",
        "ALTER TABLE ledger_posting DISABLE TRIGGER ALL",
        "DROP TRIGGER posting_append_only ON ledger_posting",
        "CREATE OR REPLACE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
    ):
        assert isinstance(refused(app_connection, sql), psycopg.errors.InsufficientPrivilege)


@pytest.mark.parametrize("table", ["ledger_book", "ledger_asset", "ledger_wallet", "ledger_reservation"])
def test_what_facts_name_is_never_deleted(app_connection: App, book: Book, table: str):
    assert isinstance(refused(app_connection, f"DELETE FROM {table}"), psycopg.errors.InsufficientPrivilege)


def entry_of(app: App, book: Book, *, count: int, kind: str = "ADJUSTMENT") -> uuid.UUID:
    made = uuid.uuid4()
    app.execute(
        "INSERT INTO ledger_journalentry (id, wallet_id, seq, kind, event_time, recorded_at, external_id, postings_count, actor, "
        "reason, prev_hash, hash) VALUES (%s, %s, 99, %s, now(), now(), '', %s, 'x', '', '', '')",
        [made, book.wallet_id, kind, count],
    )
    return made


def post(app: App, entry: uuid.UUID, *lines: tuple[int, uuid.UUID, str, str]) -> None:
    values = ", ".join(["(%s, %s, 'CASH', %s, %s, %s)"] * len(lines))
    params = [value for n, book, asset, amount in lines for value in (entry, n, book, asset, amount)]
    app.execute(f"INSERT INTO ledger_posting (entry_id, n, leg_account, book_id, asset_id, amount) VALUES {values}", params)


def broken(app: App, name: str, act: Any) -> None:
    """`act` in a transaction of its own breaks the constraint of this name, at once or at commit."""
    with pytest.raises(psycopg.Error) as caught, app.transaction():
        act()
    assert caught.value.diag.constraint_name == name


def test_an_entry_without_postings_does_not_commit(app_connection: App, book: Book):
    broken(app_connection, "entry_has_postings", lambda: entry_of(app_connection, book, count=2))


def test_a_fill_entry_without_its_fill_does_not_commit(app_connection: App, book: Book):
    def act() -> None:
        entry = entry_of(app_connection, book, count=2, kind="FILL")
        post(app_connection, entry, (1, book.id, "USDT", "1"), (2, book.id, "USDT", "-1"))

    broken(app_connection, "entry_has_fill", act)


def test_postings_that_do_not_sum_to_zero_are_refused(app_connection: App, book: Book):
    def act() -> None:
        entry = entry_of(app_connection, book, count=2)
        post(app_connection, entry, (1, book.id, "USDT", "1"), (2, book.id, "USDT", "-0.999999999999999999999999"))

    broken(app_connection, "postings_sum_to_zero", act)


def test_each_asset_must_sum_to_zero_by_itself(app_connection: App, book: Book):
    def act() -> None:
        entry = entry_of(app_connection, book, count=2)
        post(app_connection, entry, (1, book.id, "USDT", "1"), (2, book.id, "BTC", "-1"))

    broken(app_connection, "postings_sum_to_zero", act)


@pytest.mark.parametrize("lines", [[1], [2, 3], [1, 2, 3]])
def test_postings_come_all_at_once_and_are_numbered_through(app_connection: App, book: Book, lines: list[int]):
    def act() -> None:
        entry = entry_of(app_connection, book, count=2)
        post(app_connection, entry, *((n, book.id, "USDT", "1" if n == lines[0] else "-1") for n in lines))

    broken(app_connection, "postings_complete", act)


def test_no_posting_is_added_later(app_connection: App, book: Book):
    """Neither to an old entry, nor in a second statement, nor inside a savepoint."""
    [(old,)] = app_connection.execute("SELECT entry_id FROM ledger_fill").fetchall()
    pair = [(6, book.id, "USDT", "1"), (7, book.id, "USDT", "-1")]
    broken(app_connection, "postings_complete", lambda: post(app_connection, old, *pair))

    def act() -> None:
        entry = entry_of(app_connection, book, count=2)
        post(app_connection, entry, (1, book.id, "USDT", "1"), (2, book.id, "USDT", "-1"))
        with app_connection.transaction():
            post(app_connection, entry, (3, book.id, "USDT", "1"), (4, book.id, "USDT", "-1"))

    broken(app_connection, "postings_complete", act)


def test_a_posting_stays_in_the_wallet_of_its_entry(app_connection: App, book: Book):
    foreign = Book.objects.get(wallet=b.fund(person("hugo")), kind="FREE")

    def act() -> None:
        entry = entry_of(app_connection, book, count=2)
        post(app_connection, entry, (1, book.id, "USDT", "-1"), (2, foreign.id, "USDT", "1"))

    broken(app_connection, "postings_stay_in_wallet", act)


def test_a_posting_names_a_known_asset_and_entry(app_connection: App, book: Book):
    def act() -> None:
        entry = entry_of(app_connection, book, count=2)
        post(app_connection, entry, (1, book.id, "GOLD", "-1"), (2, book.id, "GOLD", "1"))

    broken(app_connection, "postings_asset_known", act)
    ghost = [(1, book.id, "USDT", "1"), (2, book.id, "USDT", "-1")]
    broken(app_connection, "postings_complete", lambda: post(app_connection, uuid.uuid4(), *ghost))


FILL = (
    "INSERT INTO ledger_fill (entry_id, wallet_id, book_id, market_id, symbol, trade_id, side, quantity, price, executed_at, "
    "client_order_id, bootstrap, raw) SELECT %s, wallet_id, book_id, market_id, symbol, %s, side, quantity, price, executed_at, '', "
    "false, raw FROM ledger_fill LIMIT 1"
)


def test_a_fill_belongs_to_a_fill_entry(app_connection: App, book: Book):
    broken(app_connection, "fills_belong", lambda: app_connection.execute(FILL, [uuid.uuid4(), "new"]))

    def act() -> None:
        entry = entry_of(app_connection, book, count=2)
        post(app_connection, entry, (1, book.id, "USDT", "1"), (2, book.id, "USDT", "-1"))
        app_connection.execute(FILL, [entry, "new"])

    broken(app_connection, "fills_belong", act)


def test_a_trade_is_in_the_table_once(app_connection: App, book: Book):
    [(trade,)] = app_connection.execute("SELECT trade_id FROM ledger_fill").fetchall()
    broken(app_connection, "fill_trade_booked_once", lambda: app_connection.execute(FILL, [uuid.uuid4(), trade]))


@pytest.mark.parametrize(
    ("name", "sql"),
    [
        ("balance_cash_not_negative", "UPDATE ledger_balance SET cash = -1"),
        ("balance_reserved_not_negative", "UPDATE ledger_balance SET reserved = -1"),
        ("balance_deficit_not_negative", "UPDATE ledger_balance SET deficit = -1"),
        ("balance_deficit_only_without_cash", "UPDATE ledger_balance SET deficit = 1, cash = 1"),
        ("lot_remaining_in_range", "UPDATE ledger_lot SET remaining = quantity + 1"),
        ("lot_used_up_carries_nothing", "UPDATE ledger_lot SET remaining = 0"),
        ("reservation_once_per_order", "INSERT INTO ledger_reservation SELECT gen_random_uuid(), client_order_id, amount, captured, "
         "released, live, created_at, closed_at, asset_id, book_id FROM ledger_reservation"),
        ("reservation_never_more_than_held", "UPDATE ledger_reservation SET captured = amount, released = 1"),
        ("reservation_closed_adds_up", "UPDATE ledger_reservation SET live = false, closed_at = now()"),
        ("reservation_moves_on", "UPDATE ledger_reservation SET amount = amount + 1"),
        ("market_minima_not_negative", "UPDATE ledger_market SET cost_min = -1"),
        ("market_minima_not_negative", "UPDATE ledger_market SET amount_min = -1"),
        ("market_fees_in_range", "UPDATE ledger_market SET taker_fee = -1"),
        ("market_fees_in_range", "UPDATE ledger_market SET maker_fee = -1"),
        ("market_fees_in_range", "UPDATE ledger_market SET taker_fee = 1"),
        ("book_stays_in_wallet", "UPDATE ledger_book SET kind = 'EXTERNAL' WHERE kind = 'MANUAL'"),
    ],
)  # fmt: skip
def test_each_constraint_holds(app_connection: App, book: Book, name: str, sql: str):
    b.hold(book, "held", "100")
    assert refused(app_connection, sql).diag.constraint_name == name


def test_a_closed_reservation_stays_closed(app_connection: App, book: Book):
    b.hold(book, "held", "100")
    app_connection.execute("UPDATE ledger_reservation SET released = amount, live = false, closed_at = now()")
    again = "UPDATE ledger_reservation SET released = 0, live = true, closed_at = null"
    assert refused(app_connection, again).diag.constraint_name == "reservation_moves_on"


def test_a_rewritten_chain_is_found(book: Book):
    """Somebody who owns the database changes a price past the triggers: the hash tells."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE ledger_fill SET price = price + 1")
    verdict = verify.verify()
    assert verdict.first_difference is not None
    assert (verdict.checks["chain"], verdict.first_difference.column) == (False, "hash")
    assert Wallet.objects.count() == 1


@pytest.mark.parametrize("table", ["ledger_journalentry", "ledger_posting", "ledger_book", "ledger_wallet"])
def test_nobody_shows_the_guards_a_journal_of_his_own(app_connection: App, book: Book, table: str):
    """A temporary table would be found before the real one: postings could reach a book of another wallet."""
    assert isinstance(refused(app_connection, f"CREATE TEMPORARY TABLE {table} (id uuid)"), psycopg.errors.InsufficientPrivilege)


IDENTITIES = {
    "ledger_wallet": {"owner_id": "gen_random_uuid()", "venue": "'recorded'", "mode": "'LIVE'", "created_at": "now()"},
    "ledger_market": {"venue": "'x'", "symbol": "'X/Y'", "base_id": "'USDT'", "quote_id": "'BTC'"},
}


@pytest.mark.parametrize(("table", "column"), [(table, column) for table, columns in IDENTITIES.items() for column in columns])
def test_a_wallet_and_a_market_stay_whose_and_what_they_are(app_connection: App, book: Book, table: str, column: str):
    error = refused(app_connection, f"UPDATE {table} SET {column} = {IDENTITIES[table][column]}")
    assert isinstance(error, psycopg.errors.RestrictViolation)
    assert "never changes" in str(error)
