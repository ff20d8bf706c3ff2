"""Answering a list: one page of a person's rows, shown as frozen views, or as the JSON that the database has spelled."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from accounts.web import actor
from accounts.web.page import CursorPage, Found
from accounts.web.views import OwnedView


def page(
    door: OwnedView, found: QuerySet[Any], *, shape: type[Serializer[Any]], shown: Callable[[Sequence[Any]], Sequence[Any]]
) -> Response:
    """The page that the request asks for; `shown` turns its rows into views, all at once."""
    rows = door.paginate_queryset(found) or []
    return door.get_paginated_response(shape(shown(list(rows)), many=True).data)


class Spelled(Protocol):
    """Rows of a person as JSON objects, in the order of a page that names them (`trading.queries.spelled`)."""

    def __call__(self, *, owner: UUID, page: QuerySet[Any, Any]) -> list[tuple[datetime, UUID, str]]: ...


def page_of_json(door: OwnedView, found: Found, *, spelled: Spelled) -> HttpResponse:
    """The page that the request asks for: rows are chosen and paged as in any list, and the database spells them at once."""
    pages = CursorPage()
    rows = spelled(owner=actor.of(door.request).user.id, page=pages.asked(named(found, door), door.request, door))
    results = ",".join(text for _, _, text in pages.kept(rows))
    return HttpResponse(f'{{"results":[{results}],"next":{json.dumps(pages.following)}}}', content_type="application/json")


def named(found: Found, door: OwnedView) -> Found:
    """The same rows by nothing but what they are sorted by."""
    columns = [name.removeprefix("-") for name in door.page_ordering]
    parts = [found] if isinstance(found, QuerySet) else found
    return [part.values_list(*columns) for part in parts]
