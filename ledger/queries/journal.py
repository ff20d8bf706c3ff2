"""A person's journal as rows of plain values, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet

from ledger.models import JournalEntry, Posting


def of(*, owner: UUID) -> QuerySet[Any, Any]:
    """Entries of all wallets of a person as values; `postings_of` adds their lines."""
    return (
        JournalEntry.objects.filter(wallet__owner=owner)
        .order_by("-id")
        .values(
            "id",
            "wallet_id",
            "seq",
            "kind",
            "event_time",
            "recorded_at",
            "external_id",
            "actor",
            "reason",
            "hash",
            venue=F("wallet__venue"),
            mode=F("wallet__mode"),
            reverses_entry=F("reverses_id"),
        )
    )


def postings_of(entries: Sequence[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """The lines of these entries in their order, in one statement."""
    lines: dict[UUID, list[dict[str, Any]]] = {}
    rows = Posting.objects.filter(entry_id__in=list(entries)).order_by("entry_id", "n")
    for entry, leg_account, book, asset, amount in rows.values_list("entry_id", "leg_account", "book_id", "asset_id", "amount"):
        line = {"leg_account": leg_account, "book": book, "asset": asset, "amount": amount}
        lines.setdefault(entry, []).append(line)
    return lines
