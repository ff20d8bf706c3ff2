"""Cash of orders by hand: what an order needs is moved out of the wallet's free money, what it leaves idle goes back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from accounts.queries import sql
from ledger.operations import capital
from ledger.operations.capital import Release
from trading.operations import halving

ACTOR = "system:manual-cash"
IDLE = timedelta(seconds=30)  # longer than any claim takes: money just lent to an order under way stays


def return_idle(*, now: datetime) -> int:
    """Free the cash of manual books that no order holds and none has moved for a while -> how many books. What an order that rests
    holds is reserved, no cash. Coins with open lots stay: they are the person's position."""
    rows = sql.fetch(
        """
        SELECT k.id, a.asset_id FROM ledger_book k JOIN ledger_balance a ON a.book_id = k.id
        WHERE k.kind = 'MANUAL' AND a.cash > 0
            AND NOT EXISTS (SELECT 1 FROM ledger_lot l WHERE l.book_id = k.id AND l.asset_id = a.asset_id AND l.remaining > 0)
            AND NOT EXISTS (
                SELECT 1 FROM ledger_posting p JOIN ledger_journalentry e ON e.id = p.entry_id
                WHERE p.book_id = k.id AND p.asset_id = a.asset_id AND e.recorded_at > %s
            )
        ORDER BY k.id
        """,
        now - IDLE,
    )
    return halving.done(partial(_release, now=now), rows, what="manual_cash.release", now=now)


def _release(rows: Sequence[tuple[UUID, str]], *, now: datetime) -> int:
    return len(capital.release_all([Release(book=book, asset=asset) for book, asset in rows], actor=ACTOR, now=now))
