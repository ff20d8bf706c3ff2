"""Late entries: which books an entry does not sort last in, and folding those books anew from their journal.

Correct first: the whole book is folded. It must not write the journal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from accounts.operations import audit
from ledger.domain.entries import Entry, sort_key, trade_key
from ledger.domain.fold import Match, moves_lots, replay
from ledger.operations import bulk, projecting
from ledger.operations.reservations import Head
from ledger.queries import facts

_NEWEST = """
SELECT b.id, b.coins_moved_at, f.executed_at, f.symbol, f.trade_id
FROM ledger_book b LEFT JOIN LATERAL (
    SELECT executed_at, symbol, trade_id FROM ledger_fill WHERE book_id = b.id
    ORDER BY executed_at DESC FETCH FIRST 1 ROW WITH TIES
) f ON true
WHERE b.id = ANY(%s::uuid[])
"""
_LINKED = """
SELECT id FROM ledger_book WHERE coins_moved_at IS NOT NULL
AND wallet_id IN (SELECT wallet_id FROM ledger_book WHERE id = ANY(%s::uuid[]) AND coins_moved_at IS NOT NULL)
"""


def late_books(ordered: Sequence[Entry]) -> set[UUID]:
    """Books for which one of these entries (in canonical order) does not sort last, and the books whose lots hang on them."""
    touching = [entry for entry in ordered if entry.fill is not None or moves_lots(entry)]
    if not touching:
        return set()
    books = {leg.book for entry in touching for leg in entry.legs}
    newest_fill: dict[UUID, tuple[datetime, str, str]] = {}
    moved_at: dict[UUID, datetime] = {}
    for book, moved, executed_at, symbol, trade_id in bulk.fetch(_NEWEST, bulk.texts(books)):
        if moved is not None:
            moved_at[book] = moved
        if executed_at is not None:
            key = (executed_at, symbol, trade_key(trade_id))
            newest_fill[book] = max(key, newest_fill.get(book, key))
    late = {
        leg.book
        for entry in touching
        for leg in entry.legs
        if _sorts_before(entry, newest_fill.get(leg.book), moved_at.get(leg.book))
    }
    return _linked(late, touching) if late else late


def _linked(late: set[UUID], touching: Sequence[Entry]) -> set[UUID]:
    """Late books and all books that coins went to or came from, now or before: they are folded together."""
    linked = late | {row[0] for row in bulk.fetch(_LINKED, bulk.texts(late))}
    moves = [{leg.book for leg in entry.legs} for entry in touching if entry.fill is None]
    while more := {book for books in moves if books & linked for book in books} - linked:
        linked |= more
    return linked


def _sorts_before(entry: Entry, fill: tuple[datetime, str, str] | None, moved: datetime | None) -> bool:
    """Whether the entry sorts before the newest fill, or not surely behind the newest other event, of a book."""
    if entry.reverses is not None:
        return True
    facts_of = entry.fill
    if facts_of is None:
        return (fill is not None and entry.event_time <= fill[0]) or (moved is not None and entry.event_time <= moved)
    if moved is not None and facts_of.executed_at < moved:
        return True
    return fill is not None and (facts_of.executed_at, facts_of.symbol, trade_key(facts_of.trade_id)) < fill


def rebuild(books: set[UUID], heads: dict[UUID, Head], *, now: datetime) -> list[Match]:
    """Fold these books anew from their journal, restate their lots, matches and buckets, and leave an audit row each."""
    if not books:
        return []
    ordered = sorted(books)
    entries = [row.entry for row in facts.journal_of_books(ordered)]
    fold = replay(entries)
    projecting.drop(ordered)
    projecting.store(fold)
    mark_moves(entry for entry in entries if entry.fill is None and fold.coins_at_cost)
    owners = facts.owners_of_books(ordered)
    audit.record_many(
        rows=[
            audit.Act(
                person=owners[book],
                actor="system:ledger",
                act="ledger.refold",
                subject=f"book:{book}",
                before={},
                after={"entries": len(entries), "matches": sum(match.book == book for match in fold.matches)},
                reason="an entry arrived that does not sort last",
                request_id="",
            )
            for book in ordered
        ],
        now=now,
    )
    return fold.matches


def mark_moves(entries: Iterable[Entry]) -> None:
    """Remember for each book when an event other than a fill last changed its lots."""
    newest: dict[UUID, datetime] = {}
    for entry in sorted(entries, key=sort_key):
        if moves_lots(entry):
            newest.update({leg.book: entry.event_time for leg in entry.legs})
    if newest:
        bulk.run(
            "UPDATE ledger_book b SET coins_moved_at = greatest(b.coins_moved_at, k.at) "
            "FROM unnest(%s::uuid[], %s::timestamptz[]) AS k(id, at) WHERE b.id = k.id",
            bulk.texts(newest),
            [at.isoformat() for at in newest.values()],
        )
