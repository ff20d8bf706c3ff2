"""Late entries: which books an entry does not sort last in, and folding those books anew from their journal.

Correct first: the whole book is folded. It must not write the journal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from accounts.operations import audit
from accounts.queries import sql
from ledger.domain.currencies import CURRENCIES
from ledger.domain.entries import Entry
from ledger.domain.fold import Fold, linked, moves_lots, replay, shelves_of
from ledger.operations import projecting
from ledger.operations.reservations import Funds, Key
from ledger.queries import facts

_MOVES = """
SELECT p.entry_id, p.book_id FROM ledger_posting p JOIN ledger_journalentry e ON e.id = p.entry_id
WHERE e.wallet_id IN (SELECT wallet_id FROM ledger_book WHERE id = ANY(%s::uuid[])) AND e.kind IN ('ALLOCATION', 'TRANSFER')
AND p.leg_account = 'CASH' AND (p.asset_id <> ALL(%s) OR EXISTS (
    SELECT 1 FROM ledger_lot l WHERE l.book_id = p.book_id AND l.asset_id = p.asset_id))
"""


def late_books(ordered: Sequence[Entry], funds: Mapping[Key, Funds]) -> set[UUID]:
    """Books for which one of these entries (in canonical order) does not sort last, and the books whose lots hang on them."""
    late: set[UUID] = set()
    moves: list[set[UUID]] = []
    for entry in ordered:
        for book, asset in shelves_of(entry):
            newest = funds[book, asset].newest
            if entry.reverses is not None or (newest is not None and entry.key < newest):
                late.add(book)
        if moves_lots(entry):
            moves.append({leg.book for leg in entry.legs})
    if not late:
        return late
    of_entry: dict[UUID, set[UUID]] = {}
    for entry_id, book in sql.fetch(_MOVES, list(late), sorted(CURRENCIES)):
        of_entry.setdefault(entry_id, set()).add(book)
    moves.extend(of_entry.values())
    return linked(late, moves)


def rebuild(books: set[UUID], *, now: datetime) -> Fold:
    """Fold these books anew from their journal, restate their lots, matches and buckets, and leave an audit row each."""
    if not books:
        return Fold()
    ordered = sorted(books)
    entries = [row.entry for row in facts.journal_of_books(ordered)]
    fold = replay(entries)
    projecting.drop(ordered)
    projecting.store(fold)
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
    return fold

