"""Answering a list: one page of a person's rows, shown as frozen views."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from accounts.web.views import OwnedView


def page(
    door: OwnedView, found: QuerySet[Any], *, shape: type[Serializer[Any]], shown: Callable[[Sequence[Any]], Sequence[Any]]
) -> Response:
    """The page that the request asks for; `shown` turns its rows into views, all at once."""
    rows = door.paginate_queryset(found) or []
    return door.get_paginated_response(shape(shown(list(rows)), many=True).data)
