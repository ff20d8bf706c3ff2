"""Models out of rows of plain SQL, as their managers would give them: for a statement that the ORM cannot say, or that is asked so
often that its saying costs more than the answer. Every floor may use it; it must not know any table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model

Row = TypeVar("Row", bound=Model)


def columns(model: type[Model], *, of: str) -> str:
    """The columns of a model, of the table that the statement calls `of`, as `loaded` reads them."""
    return ", ".join(f'{of}."{field.column}"' for field in model._meta.concrete_fields)


def loaded(model: type[Row], rows: Iterable[Sequence[Any]]) -> list[Row]:
    """Instances of rows that begin and end with those columns."""
    names, readers = _reading(model)
    found = []
    for row in rows:
        values = list(row)
        for place, read in readers:
            values[place] = read(values[place], None, connection)
        found.append(model.from_db(DEFAULT_DB_ALIAS, names, values))
    return found


@cache
def _reading(model: type[Model]) -> tuple[list[str], list[tuple[int, Callable[..., Any]]]]:
    """The names of its fields, and where one reads what the driver gives: JSON comes as text."""
    fields = model._meta.concrete_fields
    readers = [(place, field.from_db_value) for place, field in enumerate(fields) if hasattr(field, "from_db_value")]
    return [field.attname for field in fields], readers
