"""Sets into PostgreSQL: COPY for new rows, one statement over arrays for everything else. It must not know the tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Any

from django.db import connection

from accounts.queries.sql import adapted

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
NULL = "\\N"
AT_ONCE = 100  # lines that the server stores while the next are spelled


def escaped(value: str) -> str:
    """Free text for a COPY line."""
    return value.translate(_ESCAPES)


def copy(table: str, columns: Sequence[str], lines: Iterable[str]) -> None:
    """COPY finished text lines (tab between columns, text already escaped) into a table, in one statement; the server stores the first
    while the last are made. What the table refuses is raised as Django's errors, like that of any other statement."""
    left = iter(lines)
    part = list(islice(left, AT_ONCE))
    if not part:
        return
    into = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(into) as stream:
        while part:
            stream.write("\n".join(part) + "\n")
            part = list(islice(left, AT_ONCE))


def run(sql: str, *params: Any) -> int:
    """Execute one statement; the number of rows it changed."""
    with connection.cursor() as cursor:
        cursor.execute(sql, adapted(params))
        return cursor.rowcount


@lru_cache(maxsize=8192)
def moment(text: str) -> datetime:
    """A timestamptz read as text: many times quicker than the driver's own reading. The session's zone is UTC."""
    return datetime.fromisoformat(text)
