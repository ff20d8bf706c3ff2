"""Tables of a hundred thousand rows, made from one honest row each, and how many rows a statement reads of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

ROWS = 100_000
ID = "lpad(to_hex(n), 32, '0')::uuid"  # ordered like the rows
AT = "timestamptz '2026-03-02 12:00Z' + n * interval '1 second'"


def multiply(model: type[Model], **columns: str) -> None:
    """As many rows as ROWS, copied from the first one; `columns` are SQL over n, the number of the row."""
    table = model._meta.db_table
    names = [str(field.column) for field in model._meta.local_concrete_fields if not field.generated]
    values = ", ".join(columns.get(name, f't."{name}"') for name in names)
    named = ", ".join(f'"{name}"' for name in names)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # one honest row has passed the guards
        cursor.execute(
            f"INSERT INTO {table} ({named}) SELECT {values} FROM (SELECT * FROM {table} LIMIT 1) t, generate_series(1, {ROWS}) n"
        )
        cursor.execute("SET LOCAL session_replication_role = origin")
        cursor.execute(f"ANALYZE {table}")


@contextmanager
def statements() -> Iterator[list[str]]:
    """What was asked of the database."""
    told: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield told
    told += [one["sql"] for one in captured if one["sql"].lstrip("(").startswith(("SELECT", "WITH"))]


def most_rows(asked: list[str]) -> tuple[int, str]:
    """The largest number of rows that a node of any of these statements looked at, and the statement."""
    return max(((_rows(_plan(sql)), sql) for sql in asked), default=(0, ""))


def _plan(sql: str) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + sql)
        [[found]] = cursor.fetchall()
    return dict((json.loads(found) if isinstance(found, str) else found)[0]["Plan"])


def _rows(plan: dict[str, Any]) -> int:
    looked_at = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
    return max([int(looked_at * plan["Actual Loops"]), *(_rows(below) for below in plan.get("Plans", []))])
