"""Sets into PostgreSQL: COPY for new rows, one statement over arrays for everything else. It must not know the tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection

from accounts.queries.sql import adapted

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_QUOTED = str.maketrans({"\\": "\\\\", '"': '\\"'})
NULL = "\\N"


def escaped(value: str) -> str:
    """Free text for a COPY line."""
    return value.translate(_ESCAPES)


def copy(table: str, columns: Sequence[str], lines: Sequence[str]) -> None:
    """COPY finished text lines (tab between columns, text already escaped) into a table, in one statement. What the table
    refuses is raised as Django's errors, like that of any other statement."""
    if not lines:
        return
    into = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(into) as stream:
        stream.write("\n".join(lines) + "\n")


def fetch(sql: str, *params: Any) -> list[tuple[Any, ...]]:
    """The rows of one statement."""
    with connection.cursor() as cursor:
        cursor.execute(sql, adapted(params))
        return cursor.fetchall()


def run(sql: str, *params: Any) -> int:
    """Execute one statement; the number of rows it changed."""
    with connection.cursor() as cursor:
        cursor.execute(sql, adapted(params))
        return cursor.rowcount


def texts(values: Iterable[Any]) -> list[str]:
    """Values as a text array parameter; the statement casts it (`%s::uuid[]`, `%s::numeric[]`)."""
    return [str(value) for value in values]


def array(values: Iterable[object]) -> str:
    """Ids, amounts and times as one array literal, many times quicker than a list parameter; None is NULL. Not for free
    text: the values hold no comma, brace, quote or backslash."""
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


def text_array(values: Iterable[str]) -> str:
    """Free texts as one array literal."""
    return "{" + ",".join(['"' + value.translate(_QUOTED) + '"' for value in values]) + "}"


@lru_cache(maxsize=8192)
def moment(text: str) -> datetime:
    """A timestamptz read as text: many times quicker than the driver's own reading. The session's zone is UTC."""
    return datetime.fromisoformat(text)
