"""A person's journal as rows of plain values, newest first: entries with their lines and the audit rows that tell of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet

from accounts.models import User
from accounts.queries import audit
from ledger.models import JournalEntry, Posting, Wallet


def by_wallet(*, owner: UUID) -> list[QuerySet[Any, Any]]:
    """The entries of each wallet of a person as values, by id; `told` adds their lines and audit rows."""
    rows = (
        JournalEntry.objects.order_by("-id")
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
            reverses_entry=F("reverses_id"),  # `reverses` is the column's own name
        )
    )
    wallets = Wallet.objects.filter(owner=owner).order_by("id").values_list("id", flat=True)
    return [rows.filter(wallet=wallet) for wallet in wallets] or [rows.none()]


def told(rows: Sequence[dict[str, Any]], *, viewer: User) -> list[dict[str, Any]]:
    """The same rows with their lines, and with those audit rows that this person sees: those of the same moment about the entry's
    wallet or a book that it moved. Two statements."""
    lines = _postings_of([row["id"] for row in rows])
    subjects = {row["id"]: sorted(_subjects(row, lines.get(row["id"], []))) for row in rows}
    acts = _acts(viewer, about=set().union(*subjects.values()), at={row["recorded_at"] for row in rows})
    return [
        {
            **row,
            "hash": bytes(row["hash"]).hex(),
            "reverses": row["reverses_entry"],
            "postings": lines.get(row["id"], []),
            "audit": [act for subject in subjects[row["id"]] for act in acts.get((subject, row["recorded_at"]), [])],
        }
        for row in rows
    ]


def _subjects(row: dict[str, Any], lines: list[dict[str, Any]]) -> set[str]:
    """What audit rows of an entry are about: its wallet, and the books that it moved."""
    return {f"wallet:{row['wallet_id']}", *(f"book:{line['book']}" for line in lines)}


def _acts(viewer: User, *, about: set[str], at: set[datetime]) -> dict[tuple[str, datetime], list[dict[str, Any]]]:
    """Audit rows by what they are about and when."""
    acts: dict[tuple[str, datetime], list[dict[str, Any]]] = {}
    for act in audit.visible_to(user=viewer).filter(subject__in=about, at__in=at):
        shown = {"act": act.act, "actor": act.actor, "before": act.before, "after": act.after, "request_id": act.request_id}
        acts.setdefault((act.subject, act.at), []).append(shown)
    return acts


def _postings_of(entries: Sequence[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """The lines of these entries in their order, in one statement."""
    lines: dict[UUID, list[dict[str, Any]]] = {}
    rows = Posting.objects.filter(entry_id__in=list(entries)).order_by("entry_id", "n")
    for entry, leg_account, book, asset, amount in rows.values_list("entry_id", "leg_account", "book_id", "asset_id", "amount"):
        line = {"leg_account": leg_account, "book": book, "asset": asset, "amount": amount}
        lines.setdefault(entry, []).append(line)
    return lines
