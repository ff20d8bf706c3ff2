"""Doors of the facts: fills and journal entries with their audit rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.domain.chain import stamp
from accounts.domain.decimals import plain
from accounts.models import User
from accounts.queries import audit
from accounts.web import actor
from accounts.web.views import OwnedView
from ledger.api.shapes import EntryOut, FillOut, FillsQuery
from ledger.models import Fill, JournalEntry
from ledger.queries import fills, journal


class Fills(OwnedView):
    """The floor above narrows this by bot and names the bot of each book: `books_of`, `bots_of`."""

    queryset = Fill.objects.none()
    serializer_class = FillOut
    page_ordering = ("-executed_at", "-id")

    def owned(self, *, user: User) -> QuerySet[Any]:
        asked = FillsQuery(data=self.request.query_params)
        asked.is_valid(raise_exception=True)
        given = dict(asked.validated_data)
        given["since"], given["until"] = given.pop("from", None), given.pop("to", None)
        return fills.of(owner=user.id, filters=fills.Filters(**given))

    def bots_of(self, rows: list[dict[str, Any]]) -> Mapping[UUID, UUID]:
        """The bot of each book, as far as this floor knows: none."""
        return {}

    @extend_schema(parameters=[FillsQuery])
    def get(self, request: Request) -> Response:
        """Your fills, newest first."""
        rows = self.paginate_queryset(self.get_queryset()) or []
        bots = self.bots_of(rows)
        return self.get_paginated_response([_fill(row, bots.get(row["book"])) for row in rows])


def _fill(row: dict[str, Any], bot: UUID | None) -> dict[str, Any]:
    return {
        "id": row["id"],
        "wallet_id": row["wallet_id"],
        "book": row["book"],
        "bot_id": bot,
        "venue": row["venue"],
        "symbol": row["symbol"],
        "side": row["side"],
        "quantity": plain(row["quantity"]),
        "price": plain(row["price"]),
        "fee": None if row["fee"] is None else plain(row["fee"]),
        "fee_asset": row["fee_asset"],
        "executed_at": stamp(row["executed_at"]),
        "trade_id": row["trade_id"],
        "client_order_id": row["client_order_id"],
        "mode": row["mode"],
        "bootstrap": row["bootstrap"],
    }


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
