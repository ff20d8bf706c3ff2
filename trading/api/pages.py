"""Answering a list: one page of a person's rows, shown as frozen views, or as the JSON that the database has spelled."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, Protocol
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from accounts.web import actor
from accounts.web.views import OwnedView


def page(
    door: OwnedView, found: QuerySet[Any], *, shape: type[Serializer[Any]], shown: Callable[[Sequence[Any]], Sequence[Any]]
) -> Response:
    """The page that the request asks for; `shown` turns its rows into views, all at once."""
    rows = door.paginate_queryset(found) or []
    return door.get_paginated_response(shape(shown(list(rows)), many=True).data)


class Spelled(Protocol):
    """Rows of a person as JSON objects, by their ids (`trading.queries.spelled`)."""

    def __call__(self, *, owner: UUID, ids: Sequence[UUID]) -> list[str]: ...


def page_of_json(door: OwnedView, found: QuerySet[Any], *, spelled: Spelled, id: str = "id") -> HttpResponse:
    """The page that the request asks for: the ids of its rows (column `id`) are read and paged as in any list, and the database
    spells the rest."""
    columns = [name.lstrip("-") for name in door.page_ordering]
    rows = door.paginate_queryset(found.values(*columns)) or []
    results = spelled(owner=actor.of(door.request).user.id, ids=[row[id] for row in rows])
    following = json.dumps(door.get_paginated_response([]).data["next"])
    return HttpResponse(f'{{"results":[{",".join(results)}],"next":{following}}}', content_type="application/json")
