"""Pages: {"results": [...], "next": cursor|null}. `?cursor=` goes on, `?limit=` sets the size (1 to 200)."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.domain.refusals import Malformed

MOST = 200


class CursorPage(CursorPagination):
    """Newest first by id, which is ordered by time; a view may name another `page_ordering`, whose first column should be
    nearly unique: rows that share it with more than a thousand others would be skipped."""

    page_size = 50
    page_size_query_param = "limit"
    max_page_size = MOST
    ordering = ("-id",)

    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: APIView) -> tuple[str, ...]:
        return tuple(getattr(view, "page_ordering", self.ordering))

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        limit = request.query_params.get("limit", "1")
        if not (limit.isascii() and limit.isdecimal() and len(limit) < 5 and 1 <= int(limit) <= MOST):
            raise Malformed("LIMIT_REFUSED", f"limit is a whole number from 1 to {MOST}.")
        try:
            return super().paginate_queryset(queryset, request, view)
        except (NotFound, ValidationError, ValueError, OverflowError) as error:
            raise Malformed("CURSOR_REFUSED", "This cursor does not belong to this list.") from error

    def encode_cursor(self, cursor: Any) -> str:
        """Only the cursor, not a whole address."""
        return parse_qs(urlsplit(super().encode_cursor(cursor)).query)[self.cursor_query_param][0]

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"results": data, "next": self.get_next_link()})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["results", "next"],
            "properties": {"results": schema, "next": {"type": "string", "nullable": True}},
        }
