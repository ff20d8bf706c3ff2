"""Long lists row by row, a page of the table at a time: no cursor stays open while somebody downloads slowly. Never writes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from django.db.models import Model, Q, QuerySet

M = TypeVar("M", bound=Model)
PAGE = 1000


def newest_first(found: QuerySet[M], *, column: str) -> Iterator[M]:
    """Every row of a list that is sorted by `column`, then id, both descending."""
    rows = list(found[:PAGE])
    while rows:
        yield from rows
        if len(rows) < PAGE:
            return
        at, last = getattr(rows[-1], column), rows[-1].pk
        older = Q(**{f"{column}__lt": at}) | Q(**{column: at, "pk__lt": last})
        rows = list(found.filter(older, **{f"{column}__lte": at})[:PAGE])  # the plain bound is what an index can begin at
