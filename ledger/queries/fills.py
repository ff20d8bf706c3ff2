"""A person's fills for lists, and what is unfinished about them. Reads facts only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet

from accounts.queries import sql
from ledger.models import Fill, Wallet

# An unknown fee, or a fee in a third asset at an unknown price: the profit of such a fill is provisional until it is fixed.
_PENDING = """
ledger_fill f JOIN ledger_market m ON m.id = f.market_id JOIN ledger_wallet w ON w.id = f.wallet_id
WHERE (f.fee IS NULL OR f.fee <> 0 AND f.fee_price IS NULL AND f.fee_asset_id NOT IN (m.base_id, m.quote_id))
AND NOT EXISTS (SELECT 1 FROM ledger_journalentry x WHERE x.reverses_id = f.entry_id)
"""
_OPEN = """
SELECT (SELECT count(DISTINCT entry_id) FROM ledger_uncovered WHERE entry_id = ANY(%s::uuid[])),
       (SELECT count(*) FROM {pending} AND f.entry_id = ANY(%s::uuid[]))
"""
_UNEXPLAINED = """
SELECT u.entry_id, u.asset_id, u.quantity FROM ledger_uncovered u
JOIN ledger_book k ON k.id = u.book_id JOIN ledger_wallet w ON w.id = k.wallet_id
WHERE w.owner_id = %s ORDER BY u.entry_id LIMIT %s
"""
_TOLD = """
SELECT symbol, trade_id, side, quantity, price, date_trunc('second', executed_at) FROM ledger_fill
WHERE wallet_id = %s ORDER BY executed_at, symbol, trade_id
"""
_WAITING = "SELECT f.entry_id FROM {pending} AND w.owner_id = %s ORDER BY f.executed_at, f.entry_id LIMIT %s"


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


def by_wallet(*, owner: UUID, filters: Filters | None = None) -> list[QuerySet[Fill]]:
    """The fills of a person, narrowed, newest first: those of each wallet by themselves, because each has them in order. None of
    no wallet."""
    wanted = filters or Filters()
    of_wallets = {"id": wanted.wallet, "venue": wanted.venue, "mode": wanted.mode}
    wallets = Wallet.objects.filter(owner=owner, **_given(of_wallets)).order_by("id").values_list("id", flat=True)
    exact = {
        "book": wanted.book,
        "symbol": wanted.symbol,
        "side": wanted.side,
        "executed_at__gte": wanted.since,
        "executed_at__lt": wanted.until,
    }
    rows = Fill.objects.filter(**_given(exact)).order_by("-executed_at", "-entry_id")
    return [rows.filter(wallet=wallet) for wallet in wallets] or [rows.none()]


def of(*, owner: UUID) -> QuerySet[Any, Any]:
    """All fills of a person as values, newest first: id, wallet_id, book, book_label, venue, symbol, side, quantity, price, fee,
    fee_asset, executed_at, trade_id, client_order_id, mode, bootstrap."""
    rows = Fill.objects.filter(wallet__owner=owner).order_by("-executed_at", "-entry_id")
    return rows.values(
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


def _given(filters: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in filters.items() if value}


def trades_of_wallet(wallet: UUID) -> set[tuple[str, str]]:
    """(symbol, trade id) of every fill of a wallet."""
    return set(sql.fetch("SELECT symbol, trade_id FROM ledger_fill WHERE wallet_id = %s", wallet))


@dataclass(frozen=True, slots=True)
class ToldFill:
    """What tells a fill from another, `at` to the second as most exports say it."""

    symbol: str
    trade_id: str
    side: str
    quantity: Decimal
    price: Decimal
    at: datetime

    @property
    def alike(self) -> tuple[str, str, Decimal, Decimal, datetime]:
        return (self.symbol, self.side, self.quantity, self.price, self.at)


def told_of_wallet(wallet: UUID) -> list[ToldFill]:
    """Every fill of a wallet, oldest first."""
    rows = sql.fetch(_TOLD, wallet)
    return [ToldFill(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Open:
    """What is unfinished about some fills: sold without cover, fee not known."""

    unexplained: int
    fee_pending: int


def open_of(entries: Sequence[UUID]) -> Open:
    """How many of these fills hold units that no purchase explains, and how many wait for a fee."""
    named = list(entries)
    [row] = sql.fetch(_OPEN.format(pending=_PENDING), named, named)
    return Open(*row)


def fee_pending(*, owner: UUID, most: int = 1000) -> list[UUID]:
    """The fills of a person that wait for their fee, or for the price of its asset, oldest first."""
    return [row[0] for row in sql.fetch(_WAITING.format(pending=_PENDING), owner, most)]


def unexplained(*, owner: UUID, most: int = 1000) -> list[tuple[UUID, str, Decimal]]:
    """(entry, asset, units) of what a person sold without a purchase that explains it, oldest first."""
    return [(entry, asset, Decimal(units)) for entry, asset, units in sql.fetch(_UNEXPLAINED, owner, most)]
