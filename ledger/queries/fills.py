"""A person's fills as rows of plain values for lists. Reads facts only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet

from ledger.models import Fill


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a list of fills is narrowed to; empty means all."""

    book: UUID | None = None
    wallet: UUID | None = None
    venue: str = ""
    symbol: str = ""
    side: str = ""
    mode: str = ""
    since: datetime | None = None
    until: datetime | None = None


def of(*, owner: UUID, filters: Filters | None = None) -> QuerySet[Any, Any]:
    """Fills of a person, newest first, as values: id, wallet_id, book, venue, symbol, side, quantity, price, fee, fee_asset,
    executed_at, trade_id, client_order_id, mode, bootstrap, value."""
    wanted = filters or Filters()
    rows = Fill.objects.filter(wallet__owner=owner)
    exact = {
        "book": wanted.book,
        "wallet": wanted.wallet,
        "wallet__venue": wanted.venue,
        "symbol": wanted.symbol,
        "side": wanted.side,
        "wallet__mode": wanted.mode,
        "executed_at__gte": wanted.since,
        "executed_at__lt": wanted.until,
    }
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    return rows.order_by("-executed_at", "-entry_id").values(
        "wallet_id",
        "symbol",
        "side",
        "quantity",
        "price",
        "fee",
        "executed_at",
        "trade_id",
        "client_order_id",
        "bootstrap",
        "book",
        "fee_asset",
        id=F("entry_id"),
        book_label=F("book__label"),
        venue=F("wallet__venue"),
        mode=F("wallet__mode"),
    )
