"""NaN is larger than every number to PostgreSQL and passes each `>= 0`: no column takes it. The columns are read off the database, so that
a new one cannot be forgotten."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.apps import apps

from accounts.models import User
from amarktai.tests.owned import FLOORS
from amarktai.tests.test_isolation import belongs_to_all
from ledger.models import Wallet
from trading.models import Quote
from trading.tests import builders as trading
from trading.tests.doors import builders

App = psycopg.Connection[tuple[Any, ...]]
NO_MONEY = {
    ("trading_trackrecord", "net_return_mean"), ("trading_trackrecord", "net_return_deviation"),
    ("trading_trackrecord", "gross_edge_mean_bps"), ("trading_trackrecord", "gross_edge_deviation_bps"),
}  # fmt: skip
"""Statistics in binary floats, counted anew from the trades: a bot whose own are not finite is set aside by the tick."""


def numeric_columns(app: App) -> set[tuple[str, str]]:
    tables = [model._meta.db_table for model in apps.get_models() if model._meta.app_label in FLOORS]
    found = app.execute(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = ANY(%s) "
        "AND data_type IN ('numeric', 'real', 'double precision')",
        [tables],
    )
    return {(str(table), str(column)) for table, column in found}


def answer(app: App, table: str, column: str) -> str:
    """What comes of a copy of a row with NaN in this column, which is taken back again: the kind of constraint that refused it."""
    told = (
        "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns "
        "WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER'"
    )
    [[named]] = app.execute(told, [table])
    try:
        with app.transaction(force_rollback=True):
            written = app.execute(
                f"INSERT INTO {table} ({named}) SELECT {named} FROM "
                f"(SELECT (jsonb_populate_record(t, jsonb_build_object('{column}', 'NaN'))).* FROM {table} t LIMIT 1) copy"
            )
            return f"{written.rowcount} written"
    except psycopg.Error as error:
        return type(error).__name__


@pytest.mark.django_db(transaction=True)
def test_no_numeric_column_takes_what_is_no_number(alice: User, alice_wallet: Wallet, app_connection: App) -> None:
    """A row in every table, and its copy with NaN in one column after the other, as the application role."""
    builders.trip(builders.bot(alice))
    belongs_to_all(alice)
    trading.mark("20000")
    Quote.objects.update_or_create(market=trading.market(), defaults={"bid": 1, "ask": 1, "at": trading.NOON})
    answers = {found: answer(app_connection, *found) for found in numeric_columns(app_connection)}
    assert {found: said for found, said in answers.items() if said != "CheckViolation" and found not in NO_MONEY} == {}
    assert set(answers) >= NO_MONEY | {("ledger_posting", "amount"), ("trading_order", "fees"), ("accounts_user", "goal")}
