"""How the console reads tables of any size: the newest rows, and older ones by an index. It must not know any table.

A list shows the newest rows of its table, so that counting, filtering and sorting them costs the same however long the table has
grown. What an index finds, by id, by a thing that rows belong to, or by name, is looked for in the whole table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import CharField, Model, QuerySet, TextField
from django.utils.functional import cached_property

SHOWN = 10_000
FOUND = 1_000  # of each way to search
NAMED = 100  # things of one name

Rows = QuerySet[Any, Any]


class Bounded(Paginator):
    """Pages over at most SHOWN rows: it never counts more."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows[:SHOWN].count())  # in its order: an index then leads to the rows


def window(rows: Rows) -> Rows:
    """The newest rows by primary key, which is ordered by time."""
    oldest = list(rows.model._default_manager.order_by("-pk").values_list("pk", flat=True)[SHOWN : SHOWN + 1])
    newest = rows.order_by("-pk")
    return newest.filter(pk__gt=oldest[0]) if oldest else newest


def index_of(model: type[Model], name: str) -> Sequence[str]:
    """The columns of an index over all rows that begins with this one; empty where there is none."""
    field: Any = model._meta.get_field(name)
    if field.primary_key or field.unique or field.db_index:
        return (name,)
    found = [*(index.fields for index in model._meta.indexes if index.condition is None)]
    found += [unique.fields for unique in model._meta.total_unique_constraints]
    return max((tuple(columns) for columns in found if columns and columns[0] == name), key=len, default=())


def by_index(rows: Rows, columns: Sequence[str], values: Iterable[Any]) -> list[Any]:
    """Keys of the newest rows with one of these values in the first column of an index."""
    asked = [rows.filter(**{columns[0]: value}) for value in values]
    asked = [part.order_by(*columns[1:2]) for part in asked] if len(columns) > 1 else asked
    return [key for part in asked for key in part.values_list("pk", flat=True)[:FOUND]]


def searched(rows: Rows, *, paths: Sequence[str], term: str) -> set[Any]:
    """Keys of the rows that a term names exactly, or whose thing it names, in one of these columns: in the whole table where an index
    finds them, else among the newest; among those a part of a text is enough."""
    found: set[Any] = set()
    for path in paths:
        name, _, rest = path.partition("__")
        columns = index_of(rows.model, name)
        found.update(by_index(rows if columns else window(rows), columns or (name,), _values(rows.model, name, rest, term)))
        if not rest and isinstance(rows.model._meta.get_field(name), CharField | TextField):
            found.update(window(rows).filter(**{f"{name}__icontains": term}).values_list("pk", flat=True)[:FOUND])
    return found


def _values(model: type[Model], name: str, rest: str, term: str) -> list[Any]:
    """What the column holds when the term is meant: the term itself, or the keys of the things that it names."""
    field: Any = model._meta.get_field(name)
    if not rest:
        return _of_column(field, term)
    column, _, deeper = rest.partition("__")
    other = field.related_model
    wanted = _values(other, column, deeper, term)
    return list(other._default_manager.filter(**{f"{column}__in": wanted}).values_list("pk", flat=True)[:NAMED]) if wanted else []


def _of_column(field: Any, term: str) -> list[Any]:
    try:
        value = field.to_python(term)
    except ValidationError:
        return []
    return [value] if isinstance(value, str | UUID) else []
