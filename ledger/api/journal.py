"""Doors of the facts: journal entries with their audit rows."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.queries import audit
from accounts.web import actor
from accounts.web.views import OwnedView
from ledger.api.shapes import EntryOut
from ledger.models import JournalEntry
from ledger.queries import journal


class AuditTrail(OwnedView):
    queryset = JournalEntry.objects.none()
    serializer_class = EntryOut

    def owned(self, *, user: User) -> QuerySet[Any]:
        return journal.of(owner=user.id)

    def get(self, request: Request) -> Response:
        """Your journal entries with their lines and audit rows, newest first."""
        rows = self.paginate_queryset(self.get_queryset()) or []
        lines = journal.postings_of([row["id"] for row in rows])
        wallets = {f"wallet:{row['wallet_id']}" for row in rows}
        noted: dict[tuple[str, Any], list[dict[str, Any]]] = {}
        for act in audit.visible_to(user=actor.of(request).user).filter(subject__in=wallets, at__in={row["recorded_at"] for row in rows}):
            shown = {"act": act.act, "actor": act.actor, "before": act.before, "after": act.after, "request_id": act.request_id}
            noted.setdefault((act.subject, act.at), []).append(shown)
        for row in rows:
            row["hash"] = bytes(row["hash"]).hex()
            row["postings"] = lines.get(row["id"], [])
            row["audit"] = noted.get((f"wallet:{row['wallet_id']}", row["recorded_at"]), [])
        return self.get_paginated_response(EntryOut(rows, many=True).data)
