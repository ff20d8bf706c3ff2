"""What the role of web, worker and beat may write, table by table, and how a database differs from that. The migrations take away what
is not in this list, but only where the role already exists: whoever makes it later is told by `manage.py verify`. It must not change
any right.
"""

from __future__ import annotations

from django.db import connection

ADD, CHANGE, DROP = "INSERT", "UPDATE", "DELETE"
APPENDED, KEPT, ANYTHING, READ = {ADD}, {ADD, CHANGE}, {ADD, CHANGE, DROP}, set[str]()
RIGHTS = {
    # People. Tokens, step-ups, sessions and wrong logins end; phones that were never confirmed too.
    "accounts_user": KEPT, "accounts_alert": KEPT, "accounts_auditchain": KEPT, "accounts_auditrow": APPENDED,
    "accounts_apitoken": ANYTHING, "accounts_stepup": ANYTHING, "accounts_totpdevice": ANYTHING,
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
    # The act. Decisions go when they are old, trades follow their matches: triggers refuse anything else.
    "trading_order": KEPT, "trading_decision": {ADD, DROP}, "trading_trade": ANYTHING, "trading_rejectedtrade": APPENDED,
    "trading_entrycount": KEPT, "trading_trackrecord": KEPT, "trading_breakerstate": KEPT, "trading_breakertrip": KEPT,
    "trading_heartbeat": KEPT, "trading_stream": KEPT, "trading_quote": KEPT, "trading_candleblock": KEPT, "trading_replayrun": KEPT,
}  # fmt: skip
"""A table that is not in this list fails the tests: say what its code needs, and take the rest away in its migration."""

OF_TABLES = (
    "SELECT c.relname, coalesce(array_agg(act) FILTER (WHERE has_table_privilege(%s, c.oid, act)), '{}') FROM pg_class c, "
    "unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS act "
    "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f') GROUP BY c.relname"
)
OF_COLUMNS = (
    "SELECT format('%%s of %%s on %%s', act, a.attname, c.relname) FROM pg_class c "
    "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped, "
    "unnest(ARRAY['INSERT', 'UPDATE', 'REFERENCES']) AS act "
    "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f') "
    "AND has_column_privilege(%(role)s, c.oid, a.attnum, act) AND NOT has_table_privilege(%(role)s, c.oid, act)"
)


def role_of_this_process() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        [name] = cursor.fetchone() or ("",)
        return str(name)


def found(*, role: str) -> dict[str, set[str]]:
    """What this role may do with each table and view, reading apart."""
    with connection.cursor() as cursor:
        cursor.execute(OF_TABLES, [role])
        return {name: set(acts) for name, acts in cursor.fetchall()}


def too_many(*, role: str) -> set[str]:
    """The rights that no code of ours needs, on a table or on a single column of one: "DELETE on ledger_market"."""
    with connection.cursor() as cursor:
        cursor.execute(OF_COLUMNS, {"role": role})
        of_columns = {name for (name,) in cursor.fetchall()}
    return of_columns | {f"{act} on {table}" for table, acts in found(role=role).items() for act in acts - RIGHTS.get(table, READ)}


def too_few(*, role: str) -> set[str]:
    """The rights without which our code fails."""
    has = found(role=role)
    return {f"{act} on {table}" for table, acts in RIGHTS.items() for act in acts - has.get(table, READ)}
