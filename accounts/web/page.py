"""Pages: {"results": [...], "next": cursor|null}. `?cursor=` goes on, `?limit=` sets the size (1 to 200).

A cursor names the last row that was shown, by the columns that the list is sorted by. The next page is what lies below it, so that
rows which come in meanwhile neither push one onto the page twice nor hide one, and no row is counted or skipped on the way.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from drf_spectacular.utils import OpenApiParameter
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.domain.refusals import Malformed

MOST = 200
USUAL = 50
ORDERING = ("-id",)

Found = QuerySet[Any, Any] | Sequence[QuerySet[Any, Any]]
"""The rows of a list, or parts of it that an index serves each by itself, such as one per wallet; at least one."""


class CursorPage(BasePagination):
    """Newest first by id, which is ordered by time; a view may name another `page_ordering`: one or two columns, newest first, the
    last of them unique."""

    most = USUAL
    columns: Sequence[str] = ()
    following: str | None = None

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        """The rows of the page; `queryset` may be several parts of a list (Found)."""
        return self.kept(self.asked(queryset, request, view))

    def asked(self, found: Found, request: Request, view: APIView | None) -> QuerySet[Any, Any]:
        """The rows of the page and one more, which tells that another page follows. Nothing is read yet."""
        self.most = _most(request.query_params.get("limit"))
        self.columns = [name.removeprefix("-") for name in getattr(view, "page_ordering", ORDERING)]
        return _newest(found, columns=self.columns, cursor=request.query_params.get("cursor", ""), most=self.most + 1)

    def kept(self, rows: Iterable[Any]) -> list[Any]:
        """What is shown of the rows that were asked for."""
        read = list(rows)
        self.following = _write(read[self.most - 1], self.columns) if len(read) > self.most else None
        return read[: self.most]

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"results": data, "next": self.following})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["results", "next"],
            "properties": {"results": schema, "next": {"type": "string", "nullable": True}},
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        size = {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}
        return [
            _parameter("cursor", "where the page begins: `next` of the page before", {"type": "string"}),
            _parameter("limit", "rows of a page", size),
        ]


PAGE = [
    OpenApiParameter("cursor", str, description="where the page begins: `next` of the page before"),
    OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}, description="rows of a page"),
]
"""The same for a door whose answer is more than one list."""


def _parameter(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


def _most(text: str | None) -> int:
    if text is None:
        return USUAL
    if not (text.isascii() and text.isdecimal() and len(text) < 5 and 1 <= int(text) <= MOST):
        raise Malformed("LIMIT_REFUSED", f"limit is a whole number from 1 to {MOST}.")
    return int(text)


def _newest(found: Found, *, columns: Sequence[str], cursor: str, most: int) -> QuerySet[Any, Any]:
    """The first rows below the cursor; of several parts the first of each, merged."""
    order = [f"-{name}" for name in columns]
    parts = [found] if isinstance(found, QuerySet) else found
    first, *others = [part.filter(_below(part, columns, cursor)).order_by(*order)[:most] for part in parts]
    return first.union(*others, all=True).order_by(*order)[:most] if others else first


def _below(rows: QuerySet[Any, Any], columns: Sequence[str], cursor: str) -> Q:
    """The first column is bounded by itself, so that an index finds the place."""
    if not cursor:
        return Q()
    values = _read(rows, columns, cursor)
    first, last = columns[0], columns[-1]
    if first == last:
        return Q(**{f"{first}__lt": values[0]})
    return Q(**{f"{first}__lte": values[0]}) & (Q(**{f"{first}__lt": values[0]}) | Q(**{f"{last}__lt": values[1]}))


def _write(row: Any, columns: Sequence[str]) -> str:
    values = row[: len(columns)] if isinstance(row, tuple) else [_named(row, name) for name in columns]
    return urlsafe_b64encode(json.dumps([str(value) for value in values]).encode()).decode().rstrip("=")


def _named(row: Any, name: str) -> Any:
    return row[name] if isinstance(row, Mapping) else getattr(row, name)


def _read(rows: QuerySet[Any, Any], columns: Sequence[str], cursor: str) -> list[Any]:
    """What the cursor says of each column. Malformed CURSOR_REFUSED."""
    try:
        texts = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(texts, list) or len(texts) != len(columns):
            raise ValueError(texts)
        return [_value(rows.model._meta.get_field(name), text) for name, text in zip(columns, texts, strict=True)]
    except (ValidationError, ValueError, OverflowError, RecursionError) as error:
        raise Malformed("CURSOR_REFUSED", "This cursor does not belong to this list.") from error


def _value(field: Any, text: object) -> Any:
    if not isinstance(text, str):
        raise ValueError(text)
    value = field.to_python(text)
    return moment(value) if isinstance(value, datetime) else value


def moment(value: datetime) -> datetime:
    """A time that a cursor names, in UTC. ValueError without a zone, OverflowError where UTC has no such year."""
    if value.tzinfo is None:
        raise ValueError("a time without a zone")
    return value.astimezone(UTC)
