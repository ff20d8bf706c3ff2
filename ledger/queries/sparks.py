"""Small curves of many books at once: a few equity points each, for lists."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.queries import sql

_SQL = """
SELECT book_id, equity FROM (
    SELECT DISTINCT ON (book_id, slot) book_id, at, equity FROM (
        SELECT book_id, at, id, equity, floor(extract(epoch FROM at - %s::timestamptz) / %s) AS slot
        FROM ledger_equitypoint WHERE book_id = ANY(%s::uuid[]) AND at >= %s
    ) points ORDER BY book_id, slot, at DESC, id DESC
) last_of_slot ORDER BY book_id, at
"""


def of_books(*, books: Sequence[UUID], since: datetime, slot_s: int) -> dict[UUID, list[Decimal]]:
    """The last equity of each book in each slot of `slot_s` seconds, ascending; a book without points is missing."""
    if not books:
        return {}
    found: dict[UUID, list[Decimal]] = {}
    for book, equity in sql.fetch(_SQL, since, slot_s, list(books), since):
        found.setdefault(book, []).append(equity)
    return found
