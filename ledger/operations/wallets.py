"""Wallets and books are opened here. They are never closed: their journal stays."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.domain.refusals import Malformed
from accounts.models import User
from accounts.operations import audit
from ledger.models import Book, BookKind, Mode, Wallet

MAX_LABEL = 80


def open_wallet(
    *, owner: User, venue: str, mode: str, now: datetime, actor: str = "system:wallets", request_id: str = ""
) -> Wallet:
    """The wallet of this person at this venue in this mode, with its FREE and MANUAL books; made if it is new."""
    if mode not in Mode.values:
        raise Malformed("MODE_UNKNOWN", "The mode is PAPER or LIVE.", mode=mode)
    with transaction.atomic():
        wallet, made = Wallet.objects.get_or_create(owner=owner, venue=venue, mode=mode, defaults={"created_at": now})
        for kind in (BookKind.FREE, BookKind.MANUAL):
            open_book(wallet=wallet.id, kind=kind, label=kind.label.lower(), now=now)
        if made:
            audit.record(
                person=owner.id,
                actor=actor,
                act="wallet.open",
                subject=f"wallet:{wallet.id}",
                before={},
                after={"venue": venue, "mode": mode},
                reason="",
                request_id=request_id,
                now=now,
            )
    return wallet


def open_book(*, wallet: UUID, kind: str, label: str, now: datetime) -> Book:
    """A new book for a bot; for every other kind the one book of that kind."""
    if kind == BookKind.BOT:
        return Book.objects.create(wallet_id=wallet, kind=kind, label=label[:MAX_LABEL], created_at=now)
    book, _ = Book.objects.get_or_create(
        wallet_id=wallet, kind=kind, defaults={"label": label[:MAX_LABEL], "created_at": now}
    )
    return book
