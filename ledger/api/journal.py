"""Doors of the facts: journal entries with their audit rows."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.web import actor
from accounts.web.views import OwnedView
from ledger.api.shapes import EntryOut
from ledger.models import JournalEntry
from ledger.queries import journal


class AuditTrail(OwnedView):
    queryset = JournalEntry.objects.none()
    serializer_class = EntryOut
    owner = "wallet__owner"

    @extend_schema(responses=EntryOut(many=True))
    def get(self, request: Request) -> Response:
        """Your journal entries with their lines and audit rows, newest first."""
        person = actor.of(request).user
        rows: Any = self.paginate_queryset(journal.by_wallet(owner=person.id))
        return self.get_paginated_response(EntryOut(journal.told(rows, viewer=person), many=True).data)
