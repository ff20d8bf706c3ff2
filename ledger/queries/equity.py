"""Equity over time and the deepest fall of the nav."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection

from ledger.domain.nav import Nav, drawdown
from ledger.domain.numbers import ZERO


@dataclass(frozen=True, slots=True)
class Point:
    """Equity at a moment; several wallets of one person are summed."""

    at: datetime
    equity: Decimal
    net_funding: Decimal
    nav: Decimal
    peak: Decimal


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest point of a scope and the deepest fall of its nav so far, as fractions."""

    at: datetime
    equity: Decimal
    nav: Nav
    current_drawdown: Decimal
    maximum_drawdown: Decimal


_CURVE = """
SELECT at, equity, net_funding, nav, peak FROM ledger_equitypoint
WHERE {where} AND currency_id = %s AND (%s::timestamptz IS NULL OR at >= %s) AND (%s::timestamptz IS NULL OR at < %s)
ORDER BY at, id
"""
_LATEST = """
SELECT k.scope, e.at, e.equity, e.units, e.nav, e.peak, deep.nav, deep.peak
FROM unnest(%s::uuid[]) AS k(scope)
CROSS JOIN LATERAL (SELECT * FROM ledger_equitypoint p WHERE {where} AND p.currency_id = %s
    ORDER BY p.at DESC, p.id DESC LIMIT 1) e
CROSS JOIN LATERAL (SELECT p.nav, p.peak FROM ledger_equitypoint p WHERE {where} AND p.currency_id = %s AND p.peak > 0
    ORDER BY (p.peak - p.nav) / p.peak DESC LIMIT 1) deep
"""
_OF = {"wallet": "p.wallet_id = k.scope AND p.book_id IS NULL", "book": "p.book_id = k.scope"}


def curve(
    *, wallet: UUID | None = None, book: UUID | None = None, currency: str = "USDT", frm: datetime | None = None,
    to: datetime | None = None, most: int = 1000,
) -> list[Point]:
    """The points of one wallet or one book, ascending; evenly thinned to at most `most`, first and last kept."""
    where, scope = ("book_id = %s", book) if book is not None else ("wallet_id = %s AND book_id IS NULL", wallet)
    with connection.cursor() as cursor:
        cursor.execute(_CURVE.format(where=where), [scope, currency, frm, frm, to, to])
        return [Point(*row) for row in thinned(cursor.fetchall(), most)]


def thinned(rows: Sequence[tuple], most: int) -> Sequence[tuple]:
    """At most `most` of these rows, evenly taken, the first and the last among them."""
    if len(rows) <= most:
        return rows
    step = (len(rows) - 1) / (most - 1)
    return [rows[round(number * step)] for number in range(most)]


def latest(*, scope: str, ids: Sequence[UUID], currency: str = "USDT") -> dict[UUID, Latest]:
    """The newest point of each wallet or book that has one, in one statement."""
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_LATEST.format(where=_OF[scope]), [[str(one) for one in ids], currency, currency])
        return {row[0]: _latest(*row[1:]) for row in cursor.fetchall()}


def _latest(
    at: datetime, equity: Decimal, units: Decimal, nav: Decimal, peak: Decimal, deep_nav: Decimal, deep_peak: Decimal
) -> Latest:
    state = Nav(units, nav, peak)
    return Latest(at, equity, state, drawdown(state), drawdown(Nav(ZERO, deep_nav, deep_peak)))
