"""What is kept is kept from the owner of the tables too: the application lacks the rights, so no trigger is reached as that role. The
triggers are read off the database, so that a new one cannot be forgotten; each is told by the name that it gives to its refusal.
"""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from accounts.models import User
from amarktai.tests.test_isolation import belongs_to_all
from bots.operations import halts
from ledger.models import Wallet
from trading.tests.builders import NOON
from trading.tests.doors import builders

pytestmark = pytest.mark.django_db
BITS = {"DELETE": 8, "UPDATE": 16, "TRUNCATE": 32}
"""The acts of a trigger, in pg_trigger.tgtype."""
FOR_THE_OWNER = {"accounts_user_operators_kept"}
"""What the owner may do: attacked as the application, with a right it lacks, in accounts/tests/operations/test_operators.py."""
TO_NOBODY = [
    ("decisions_still_belong", "UPDATE trading_decision SET bot_id = gen_random_uuid()"),
    ("points_still_belong", "UPDATE ledger_equitypoint SET wallet_id = gen_random_uuid()"),
    ("points_still_belong", "UPDATE ledger_equitypoint SET currency_id = 'GOLD'"),
]
"""What only an update that changes something is refused for."""


@pytest.fixture
def rows(alice: User, alice_wallet: Wallet) -> None:
    """A row in every table: what alice has, and a halt that stands."""
    builders.trip(builders.bot(alice))
    belongs_to_all(alice)
    halts.raise_halt(scope="GLOBAL", level="HALTED", source="TEST", reason="", actor="operator:o", request_id="", now=NOON)
    connection.check_constraints()  # a table with waiting constraints is not emptied, whatever its triggers say


def attacks() -> Iterator[tuple[str, str]]:
    """Every act of each trigger that refuses to delete or to empty; a row that is written again as it was has been changed too."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname, tgrelid::regclass::text, attname, tgtype FROM pg_trigger JOIN pg_attribute ON attrelid = tgrelid AND attnum = 1 "
            "WHERE NOT tgisinternal AND tgtype & %s <> 0",
            [BITS["DELETE"] | BITS["TRUNCATE"]],
        )
        found = [row for row in cursor.fetchall() if row[0] not in FOR_THE_OWNER]
    for name, table, column, kind in found:
        acts = {"DELETE": "DELETE FROM {0}", "UPDATE": "UPDATE {0} SET {1} = {1}", "TRUNCATE": "TRUNCATE {0} CASCADE"}
        yield from ((name, acts[act].format(table, column)) for act, bit in BITS.items() if kind & bit)


def refused_by(sql: str) -> str | None:
    """The name of the trigger, as it says itself; none when the owner got through."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
            transaction.set_rollback(True)
    except DatabaseError as error:
        return error.__cause__.diag.constraint_name if isinstance(error.__cause__, psycopg.Error) else str(error)
    return None


def test_not_even_the_owner_changes_deletes_or_empties_what_is_kept(rows: None) -> None:
    tried = [*attacks(), *TO_NOBODY]
    assert [(name, sql, by) for name, sql in tried if (by := refused_by(sql)) != name] == []
    assert {
        "bots_bot_is_never_deleted", "bots_botmove_append_only", "bots_halt_is_only_lifted", "bots_haltepoch_only_grows", "market_kept",
        "order_never_deleted", "trade_is_its_matches", "trip_is_only_reset", "accounts_auditchain_only_grows",
    } <= {name for name, _ in tried}  # fmt: skip
