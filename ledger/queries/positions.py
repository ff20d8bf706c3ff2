"""What books hold: units, what is left of their cost, since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection


@dataclass(frozen=True, slots=True)
class Position:
    """The open lots of a book in one asset, summed. opened_at is the oldest purchase still held."""

    asset: str
    units: Decimal
    cost_left: Decimal
    fee_left: Decimal
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class BookFacts:
    """Money of a book in the currency of its allocation."""

    currency: str
    capital: Decimal
    cash: Decimal
    reserved: Decimal
    deficit: Decimal


def of_books(book_ids: Sequence[UUID]) -> dict[UUID, Position]:
    """The position of each book that holds one, in one statement. A bot's book trades one asset; should a book hold
    several, the one with the largest cost is answered (`all_of_books` has them all)."""
    found: dict[UUID, Position] = {}
    for book, positions in all_of_books(book_ids).items():
        found[book] = max(positions, key=lambda position: position.cost_left)
    return found


def all_of_books(book_ids: Sequence[UUID]) -> dict[UUID, list[Position]]:
    """Every position of each book, by asset, in one statement."""
    if not book_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT book_id, asset_id, sum(remaining), sum(cost_left), sum(fee_left), min(opened_at) FROM ledger_lot "
            "WHERE remaining > 0 AND book_id = ANY(%s::uuid[]) GROUP BY book_id, asset_id ORDER BY book_id, asset_id",
            [[str(book) for book in book_ids]],
        )
        found: dict[UUID, list[Position]] = {}
        for book, *rest in cursor.fetchall():
            found.setdefault(book, []).append(Position(*rest))
        return found


def facts(book_ids: Sequence[UUID]) -> dict[UUID, BookFacts]:
    """Capital and money of books that have an allocation, in one statement."""
    if not book_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.book_id, a.asset_id, a.amount, coalesce(x.cash, 0), coalesce(x.reserved, 0), coalesce(x.deficit, 0) "
            "FROM ledger_allocation a LEFT JOIN ledger_balance x ON x.book_id = a.book_id AND x.asset_id = a.asset_id "
            "WHERE a.book_id = ANY(%s::uuid[])",
            [[str(book) for book in book_ids]],
        )
        return {row[0]: BookFacts(*row[1:]) for row in cursor.fetchall()}
