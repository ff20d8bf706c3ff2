"""Plain SQL where sets are wanted that the ORM cannot say in one statement, and its rows. Every floor may use it; it must not know
any table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection


def fetch(statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """The rows of one statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement, adapted(parameters))
        return cursor.fetchall()


def adapted(parameters: Sequence[Any]) -> list[Any]:
    """Parameters for the driver, lists as finished array literals: the driver would quote and join them one by one, which
    costs more than the statement. The statement says the type (`%s::uuid[]`) or compares with a column (`= ANY(%s)`)."""
    return [_array(value) if isinstance(value, list) else value for value in parameters]


def _array(values: list[Any]) -> str:
    texts = [value if type(value) is str else _text(value) for value in values]
    if None in texts:
        return "{" + ",".join("NULL" if text is None else _quoted(text) for text in texts) + "}"
    body = '","'.join(texts)  # type: ignore[arg-type]
    if body.count('"') != 2 * (len(texts) - 1) or "\\" in body:
        return "{" + ",".join(map(_quoted, texts)) + "}"  # type: ignore[arg-type]
    return '{"' + body + '"}' if texts else "{}"


def _text(value: Any) -> str | None:
    if type(value) is UUID:
        return value.hex
    if isinstance(value, date):  # and datetime
        return value.isoformat()
    return None if value is None else str(value)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
