"""What the role of web, worker and beat may do with each table is what `amarktai/rights.py` says, and verify tells what is not."""

from typing import Any

import psycopg
import pytest
from django.db import connection

from amarktai import rights, verification

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_table_is_listed_and_the_application_may_do_what_is_said_and_no_more() -> None:
    assert rights.found(role="app") == rights.RIGHTS


def test_no_single_column_gives_back_what_a_table_refuses() -> None:
    assert rights.too_many(role="app") == set()
    assert verification.rights(role="app") == f"{len(rights.RIGHTS)} tables"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("GRANT DELETE ON ledger_market TO app",
         "DELETE on ledger_market: app may do this and must not: as the owner, REVOKE each FROM app (1 in all)"),
        ("GRANT UPDATE (amount) ON ledger_posting TO app",
         "UPDATE of amount on ledger_posting: app may do this and must not: as the owner, REVOKE each FROM app (1 in all)"),
        ("GRANT TRUNCATE ON trading_order TO PUBLIC",
         "TRUNCATE on trading_order: app may do this and must not: as the owner, REVOKE each FROM app (1 in all)"),
        ("CREATE TABLE another (id int)",
         "DELETE on another, INSERT on another, UPDATE on another: app may do this and must not: as the owner, REVOKE each FROM app "
         "(3 in all)"),
        ("REVOKE INSERT ON trading_order FROM app",
         "INSERT on trading_order: app may not do this and must: as the owner, GRANT each TO app (1 in all)"),
    ],
)  # fmt: skip
def test_verify_says_which_right_is_one_too_many_or_one_too_few(change: str, said: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(change)
    with pytest.raises(verification.Broken) as broken:
        verification.rights(role="app")
    assert str(broken.value) == said


@pytest.mark.parametrize(
    "attack",
    [
        "DELETE FROM trading_entrycount", "DELETE FROM trading_trackrecord", "DELETE FROM trading_breakerstate",
        "DELETE FROM trading_heartbeat", "UPDATE trading_decision SET at = now()",
        "DELETE FROM accounts_alert", "DELETE FROM ledger_balance", "UPDATE ledger_equitypoint SET deepest = 0",
        "UPDATE ledger_lotmatch SET net = net", "INSERT INTO auth_group (name) VALUES ('operators')",
        "INSERT INTO accounts_user_user_permissions (user_id, permission_id) SELECT id, 1 FROM accounts_user",
        "INSERT INTO otp_static_staticdevice (name, confirmed) VALUES ('mine', true)", "UPDATE accounts_auditrow SET reason = ''",
    ],
)  # fmt: skip
def test_what_no_code_needs_is_refused(app_connection: psycopg.Connection[tuple[Any, ...]], attack: Any) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app_connection.execute(attack)
