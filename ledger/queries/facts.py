"""The journal read back as entries, exactly as they were hashed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from accounts.queries import sql
from ledger.domain.entries import Entry, FillFacts, Leg


@dataclass(frozen=True, slots=True)
class Line:
    """One journal row: the entry, its place in the chain, and the hashes as stored."""

    entry: Entry
    seq: int
    postings_count: int
    prev_hash: bytes
    hash: bytes


_COLUMNS = """
SELECT e.id, e.wallet_id, e.kind, e.event_time, e.external_id, e.actor, e.reason, e.reverses_id, w.venue,
       e.seq, e.postings_count, e.prev_hash, e.hash,
       f.book_id, f.market_id, f.symbol, m.base_id, m.quote_id, f.trade_id, f.side, f.quantity, f.price, f.fee,
       f.fee_asset_id, f.fee_price, f.executed_at, f.client_order_id, f.bootstrap, f.raw,
       p.accounts, p.books, p.assets, p.amounts
FROM ledger_journalentry e
JOIN ledger_wallet w ON w.id = e.wallet_id
LEFT JOIN ledger_fill f ON f.entry_id = e.id
LEFT JOIN ledger_market m ON m.id = f.market_id
LEFT JOIN LATERAL (
    SELECT array_agg(leg_account::text ORDER BY n) AS accounts, array_agg(book_id ORDER BY n) AS books,
           array_agg(asset_id::text ORDER BY n) AS assets, array_agg(amount ORDER BY n) AS amounts
    FROM ledger_posting WHERE entry_id = e.id
) p ON true
"""
_OF_BOOKS = """
WHERE e.wallet_id IN (SELECT wallet_id FROM ledger_book WHERE id = ANY(%s::uuid[])) AND (
    f.book_id = ANY(%s::uuid[])
    OR e.kind <> 'FILL' AND EXISTS (
        SELECT 1 FROM ledger_posting q WHERE q.entry_id = e.id AND q.book_id = ANY(%s::uuid[])
    )
) ORDER BY e.wallet_id, e.seq
"""
_BATCH = 2000


def journal_of_wallet(wallet: UUID) -> Iterator[Line]:
    """All lines of a wallet in the order of its chain."""
    return _lines("WHERE e.wallet_id = %s ORDER BY e.seq", [wallet])


def by_external_id(wallet: UUID, external_id: str) -> Line | None:
    """The entry that carries this id of the outside world."""
    return next(_lines("WHERE e.wallet_id = %s AND e.external_id = %s", [wallet, external_id]), None)


def journal_of_books(books: Sequence[UUID]) -> list[Line]:
    """The lines that may change lots of these books: their fills, and the other entries of their wallets."""
    named = [str(book) for book in books]
    return list(_lines(_OF_BOOKS, [named, named, named]))


def owners_of_books(books: Iterable[UUID]) -> dict[UUID, UUID]:
    """The person behind each book."""
    rows = sql.fetch(
        "SELECT b.id, w.owner_id FROM ledger_book b JOIN ledger_wallet w ON w.id = b.wallet_id WHERE b.id = ANY(%s::uuid[])", list(books)
    )
    return dict(rows)


def _lines(where: str, params: Sequence[Any]) -> Iterator[Line]:
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS + where, params)
        while rows := cursor.fetchmany(_BATCH):
            for row in rows:
                yield _line(row)


def _line(row: Sequence[Any]) -> Line:
    entry_id, wallet, kind, at, external_id, actor, reason, reverses, venue, seq, count, prev_hash, own_hash = row[:13]
    accounts, books, assets, amounts = (column or [] for column in row[29:])
    legs = tuple(map(Leg, accounts, books, assets, amounts))
    fill = _fill(row[14:29]) if row[13] is not None else None
    book = row[13] if fill is not None else (legs[0].book if legs else wallet)
    entry = Entry(entry_id, wallet, kind, at, external_id, actor, reason, legs, fill, book, venue, reverses)
    return Line(entry, seq, count, bytes(prev_hash), bytes(own_hash))


def _fill(row: Sequence[Any]) -> FillFacts:
    market, symbol, base, quote, trade_id, side, quantity, price, fee, fee_asset, fee_price, at, client, boot, raw = row
    return FillFacts(
        market, symbol, base, quote, trade_id, side, quantity, price, fee, fee_asset, fee_price, at, client, boot, raw
    )
