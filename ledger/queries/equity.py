"""Equity over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from accounts.queries import sql

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Point:
    """Equity of one wallet or book at a moment."""

    at: datetime
    equity: Decimal
    net_funding: Decimal
    nav: Decimal
    peak: Decimal


# A point stays when it is the first to reach another one of `most` even steps from the first point to the last.
_CURVE = """
WITH points AS (
    SELECT at, equity, net_funding, nav, peak, row_number() OVER (ORDER BY at, id) - 1 AS n, count(*) OVER () - 1 AS last
    FROM ledger_equitypoint
    WHERE {where} AND currency_id = %s AND (%s::timestamptz IS NULL OR at >= %s) AND (%s::timestamptz IS NULL OR at < %s)
)
SELECT at, equity, net_funding, nav, peak FROM points
WHERE n = 0 OR last < %s OR n * (%s - 1) / nullif(last, 0) > (n - 1) * (%s - 1) / nullif(last, 0)
ORDER BY n
"""


def curve(
    *, wallet: UUID | None = None, book: UUID | None = None, currency: str = "USDT", frm: datetime | None = None,
    to: datetime | None = None, most: int = 1000,
) -> list[Point]:
    """The points of one wallet or one book, ascending; evenly thinned by the database to at most `most`, first and last kept."""
    where, scope = ("book_id = %s", book) if book is not None else ("wallet_id = %s AND book_id IS NULL", wallet)
    rows = sql.fetch(_CURVE.format(where=where), scope, currency, frm, frm, to, to, most, most, most)
    return [Point(*row) for row in rows]


def thinned(rows: Sequence[T], most: int) -> Sequence[T]:
    """At most `most` of these rows, evenly taken, the first and the last among them."""
    if len(rows) <= most:
        return rows
    step = (len(rows) - 1) / (most - 1)
    return [rows[round(number * step)] for number in range(most)]
