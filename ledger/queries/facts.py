"""The journal read back as entries, exactly as they were hashed.

Times, ids that repeat and amounts are read as the texts that the server prints: they are what was hashed, and quicker to read than
as values. Of a NUMERIC(56,24) it prints 24 places.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from accounts.domain.chain import stamp
from accounts.queries import sql
from ledger.domain.chain import Spelling
from ledger.domain.entries import Entry, FillFacts, Leg


class Line(NamedTuple):
    """One journal row: the entry, how its texts are stored, its place in the chain, and the hashes as stored."""

    entry: Entry
    spelling: Spelling
    seq: int
    postings_count: int
    prev_hash: bytes
    hash: bytes


_COLUMNS = """
SELECT e.id, e.wallet_id::text AS wallet_id, e.kind, e.event_time::text, e.external_id, e.actor, e.reason, e.reverses_id, w.venue,
       e.seq, e.postings_count, e.prev_hash, e.hash, p.told,
       f.book_id::text, f.market_id::text, f.symbol, m.base_id, m.quote_id, f.trade_id, f.side, f.quantity::text, f.price::text,
       f.fee::text, f.fee_asset_id, f.fee_price::text, f.executed_at::text, f.client_order_id, f.bootstrap, f.raw
FROM ledger_journalentry e
JOIN ledger_wallet w ON w.id = e.wallet_id
LEFT JOIN ledger_fill f ON f.entry_id = e.id
LEFT JOIN ledger_market m ON m.id = f.market_id
LEFT JOIN LATERAL (
    SELECT string_agg(leg_account || '|' || book_id::text || '|' || amount::text || '|' || asset_id, E'\n' ORDER BY n) AS told
    FROM ledger_posting WHERE entry_id = e.id
) p ON true
"""
# Postings are looked up before the rows are sorted: in the order in which entries were written they lie side by side.
_OF_WALLETS = f'SELECT * FROM ({_COLUMNS} WHERE e.wallet_id = ANY(%s::uuid[]) OFFSET 0) q ORDER BY wallet_id COLLATE "C", seq'  # noqa: S608 - named above
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


def journal_of_wallets(wallets: Sequence[UUID]) -> Iterator[tuple[UUID, Line]]:
    """The same of many, wallet by wallet in the order of their ids. In a transaction."""
    for row in sql.stream(_OF_WALLETS, list(wallets)):
        line = _line(row)
        yield line.entry.wallet, line


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
    own, wallet, kind, at, external_id, actor, reason, reverses, venue, seq, count, prev_hash, own_hash, told = row[:14]
    accounts, books, amounts, assets = zip(*[leg.split("|", 3) for leg in told.split("\n")], strict=True) if told else ((), (), (), ())
    legs = tuple(map(Leg, accounts, map(_id, books), assets, map(Decimal, amounts)))
    moment = _moment(at)
    fill = _fill(row[15:], moment if row[26] == at else None) if row[14] is not None else None
    book = row[14] if fill is not None else (books[0] if books else wallet)
    entry = Entry(own, _id(wallet), kind, moment, external_id, actor, reason, legs, fill, _id(book), venue, reverses)
    spelling = Spelling(
        str(own), wallet, book, row[15] or "", stamp(moment), row[21] or "", row[22] or "", row[23] or "", row[25] or "", books, amounts,
    )  # fmt: skip
    return Line(entry, spelling, seq, count, prev_hash, own_hash)


def _fill(row: Sequence[Any], at: datetime | None) -> FillFacts:
    market, symbol, base, quote, trade_id, side, quantity, price, fee, fee_asset, fee_price, executed_at, client, boot, raw = row
    return FillFacts(
        _id(market), symbol, base, quote, trade_id, side, Decimal(quantity), Decimal(price), None if fee is None else Decimal(fee),
        fee_asset, None if fee_price is None else Decimal(fee_price), at or _moment(executed_at), client, boot, raw,
    )  # fmt: skip


@lru_cache(maxsize=8192)
def _id(text: str) -> UUID:
    """An id that stands in many rows."""
    return UUID(text)


@lru_cache(maxsize=8192)
def _moment(text: str) -> datetime:
    """A timestamptz. The session's zone is UTC."""
    return datetime.fromisoformat(text)
