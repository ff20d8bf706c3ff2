"""Small curves of many books at once: a few equity points each, for lists."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.queries import sql

# A line begins with what the book was worth when its span begins, or at the book's first point: begun at the end of the first slot,
# a fall after an early rise would be drawn as a loss beside a profit.
_SQL = """
SELECT book_id, equity FROM (
    SELECT book_id, at, id, equity, row_number() OVER (PARTITION BY book_id ORDER BY at, id) AS place,
        row_number() OVER (PARTITION BY book_id, slot ORDER BY at DESC, id DESC) AS place_from_the_end
    FROM (
        SELECT book_id, at, id, equity, floor(extract(epoch FROM at - %s::timestamptz) / %s) AS slot
        FROM ledger_equitypoint WHERE book_id = ANY(%s::uuid[]) AND at >= %s
        UNION ALL
        SELECT before.book_id, before.at, before.id, before.equity, -1
        FROM unnest(%s::uuid[]) AS b(id), LATERAL (
            SELECT * FROM ledger_equitypoint WHERE book_id = b.id AND at < %s ORDER BY at DESC, id DESC LIMIT 1
        ) before
    ) points
) placed WHERE place = 1 OR place_from_the_end = 1 ORDER BY book_id, at, id
"""


def of_books(*, books: Sequence[UUID], since: datetime, slot_s: int) -> dict[UUID, list[Decimal]]:
    """What each book was worth at `since` (or at its first point), then at the end of each slot of `slot_s` seconds, ascending; a book
    without points is missing."""
    if not books:
        return {}
    found: dict[UUID, list[Decimal]] = {}
    for book, equity in sql.fetch(_SQL, since, slot_s, list(books), since, list(books), since):
        found.setdefault(book, []).append(equity)
    return found
