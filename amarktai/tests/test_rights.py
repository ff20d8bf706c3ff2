"""What the role of web, worker and beat may do with each table. A table that is not in this list fails: say what its code needs, and
take the rest away in its migration."""

from typing import Any

import psycopg
import pytest
from django.db import connection

pytestmark = pytest.mark.django_db(transaction=True)
ADD, CHANGE, DROP = "INSERT", "UPDATE", "DELETE"
APPENDED, KEPT, ANYTHING, READ = {ADD}, {ADD, CHANGE}, {ADD, CHANGE, DROP}, set[str]()
RIGHTS = {
    # People. Tokens, step-ups, sessions and wrong logins end; phones that were never confirmed too.
    "accounts_user": KEPT, "accounts_alert": KEPT, "accounts_auditchain": KEPT, "accounts_auditrow": APPENDED,
    "accounts_click": APPENDED, "accounts_apitoken": ANYTHING, "accounts_stepup": ANYTHING, "accounts_totpdevice": ANYTHING,
    "accounts_user_groups": READ, "accounts_user_user_permissions": READ,
    # What libraries bring.
    "auth_group": READ, "auth_group_permissions": READ, "auth_permission": READ, "django_content_type": READ, "django_migrations": READ,
    "otp_static_staticdevice": READ, "otp_static_statictoken": READ, "django_admin_log": APPENDED, "django_session": ANYTHING,
    "axes_accessattempt": ANYTHING, "axes_accessattemptexpiration": ANYTHING, "axes_accessfailurelog": ANYTHING, "axes_accesslog": ANYTHING,
    # Money: facts, then what is folded from them (dropped and written anew by a late fill), then claims and reference.
    "ledger_journalentry": APPENDED, "ledger_fill": APPENDED, "ledger_posting": APPENDED, "ledger_equitypoint": APPENDED,
    "ledger_lot": ANYTHING, "ledger_profitbucket": ANYTHING, "ledger_lotmatch": {ADD, DROP}, "ledger_uncovered": {ADD, DROP},
    "ledger_balance": KEPT, "ledger_allocation": KEPT, "ledger_reservation": KEPT, "ledger_wallet": KEPT, "ledger_book": KEPT,
    "ledger_asset": KEPT, "ledger_market": KEPT, "ledger_mark": KEPT,
    # Bots.
    "bots_bot": KEPT, "bots_botmove": APPENDED, "bots_halt": KEPT, "bots_haltepoch": KEPT,
    # The act.
    "trading_order": KEPT, "trading_decision": APPENDED, "trading_trade": APPENDED, "trading_rejectedtrade": APPENDED,
    "trading_entrycount": KEPT, "trading_trackrecord": KEPT, "trading_breakerstate": KEPT, "trading_breakertrip": KEPT,
    "trading_heartbeat": KEPT, "trading_stream": KEPT, "trading_quote": KEPT, "trading_candleblock": KEPT, "trading_replayrun": KEPT,
}  # fmt: skip


def test_every_table_is_listed_and_the_application_may_do_what_is_said_and_no_more() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, coalesce(array_agg(act) FILTER (WHERE has_table_privilege('app', c.oid, act)), '{}') FROM pg_class c, "
            "unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS act "
            "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f') GROUP BY c.relname"
        )
        found = {name: set(acts) for name, acts in cursor.fetchall()}
    assert found == RIGHTS


def test_no_single_column_gives_back_what_a_table_refuses() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, a.attname, act FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 "
            "AND NOT a.attisdropped, unnest(ARRAY['INSERT', 'UPDATE', 'REFERENCES']) AS act "
            "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') "
            "AND has_column_privilege('app', c.oid, a.attnum, act) AND NOT has_table_privilege('app', c.oid, act)"
        )
        assert cursor.fetchall() == []


@pytest.mark.parametrize(
    "attack",
    [
        "DELETE FROM trading_entrycount", "DELETE FROM trading_trackrecord", "DELETE FROM trading_breakerstate",
        "DELETE FROM trading_heartbeat", "DELETE FROM trading_decision", "UPDATE trading_decision SET at = now()",
        "DELETE FROM accounts_alert", "DELETE FROM ledger_balance", "UPDATE ledger_equitypoint SET deepest = 0",
        "UPDATE ledger_lotmatch SET net = net", "INSERT INTO auth_group (name) VALUES ('operators')",
        "INSERT INTO accounts_user_user_permissions (user_id, permission_id) SELECT id, 1 FROM accounts_user",
        "INSERT INTO otp_static_staticdevice (name, confirmed) VALUES ('mine', true)", "UPDATE accounts_auditrow SET reason = ''",
    ],
)  # fmt: skip
def test_what_no_code_needs_is_refused(app_connection: psycopg.Connection[tuple[Any, ...]], attack: Any) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app_connection.execute(attack)
