"""Doors of the facts: journal entries with their audit rows."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
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

    @extend_schema(responses=EntryOut(many=True))
    def get(self, request: Request) -> Response:
        """Your journal entries with their lines and audit rows, newest first."""
        rows = self.paginate_queryset(self.get_queryset()) or []
        lines = journal.postings_of([row["id"] for row in rows])
        subjects = {row["id"]: _subjects(row, lines.get(row["id"], [])) for row in rows}
        noted: dict[tuple[str, Any], list[dict[str, Any]]] = {}
        moments = {row["recorded_at"] for row in rows}
        for act in audit.visible_to(user=actor.of(request).user).filter(subject__in=set().union(*subjects.values()), at__in=moments):
            shown = {"act": act.act, "actor": act.actor, "before": act.before, "after": act.after, "request_id": act.request_id}
            noted.setdefault((act.subject, act.at), []).append(shown)
        for row in rows:
            row["hash"] = bytes(row["hash"]).hex()
            row["postings"] = lines.get(row["id"], [])
            row["audit"] = [act for subject in sorted(subjects[row["id"]]) for act in noted.get((subject, row["recorded_at"]), [])]
        return self.get_paginated_response(EntryOut(rows, many=True).data)


def _subjects(row: dict[str, Any], lines: list[dict[str, Any]]) -> set[str]:
    """What audit rows of an entry are about: its wallet, and the books that it moved."""
    return {f"wallet:{row['wallet_id']}", *(f"book:{line['book']}" for line in lines)}
