"""Reading with plain SQL where sets are wanted that the ORM cannot say in one statement. Every floor may use it."""

from __future__ import annotations

from typing import Any

from django.db import connection


def fetch(statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """The rows of one statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()
