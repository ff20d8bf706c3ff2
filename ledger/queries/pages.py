"""A page of one wallet's journal: what each entry changed, the balance after it, and whether the page's links hold."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.queries import sql
from ledger.domain.numbers import CONTEXT, ZERO


@dataclass(frozen=True, slots=True)
class Leg:
    """One line of an entry; `book` by its label."""

    leg_account: str
    book: str
    asset: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Change:
    """What an entry did to the wallet's own money in one asset, and the balance after it."""

    asset: str
    amount: Decimal
    after: Decimal


@dataclass(frozen=True, slots=True)
class Row:
    """One entry; `fill` is (side, quantity, symbol, price) where it is one."""

    seq: int
    kind: str
    event_time: datetime
    actor: str
    reason: str
    hash: str
    linked: bool
    legs: tuple[Leg, ...]
    changes: tuple[Change, ...]
    fill: tuple[str, Decimal, str, Decimal] | None


_ENTRIES = """
SELECT e.seq, e.kind, e.event_time, e.actor, e.reason, encode(e.hash, 'hex'), e.prev_hash = coalesce(p.hash, %s),
    f.side, f.quantity, f.symbol, f.price, l.lines
FROM ledger_journalentry e
LEFT JOIN ledger_journalentry p ON p.wallet_id = e.wallet_id AND p.seq = e.seq - 1
LEFT JOIN ledger_fill f ON f.entry_id = e.id
CROSS JOIN LATERAL (
    SELECT json_agg(json_build_array(x.leg_account, coalesce(nullif(b.label, ''), lower(b.kind)), x.asset_id, x.amount::text) ORDER BY x.n)
        AS lines
    FROM ledger_posting x JOIN ledger_book b ON b.id = x.book_id WHERE x.entry_id = e.id
) l
WHERE e.wallet_id = %s AND e.seq < %s ORDER BY e.seq DESC LIMIT %s
"""
# The balances now, less what the entries above the page changed: a first page reads no history.
_EDGE = """
SELECT asset_id, sum(amount) FROM (
    SELECT x.asset_id, x.cash + x.reserved - x.deficit AS amount FROM ledger_balance x JOIN ledger_book b ON b.id = x.book_id
    WHERE b.wallet_id = %s
    UNION ALL
    SELECT x.asset_id, -x.amount FROM ledger_posting x JOIN ledger_journalentry e ON e.id = x.entry_id
    WHERE e.wallet_id = %s AND e.seq > %s AND x.leg_account = 'CASH'
) y GROUP BY 1
"""
GENESIS = bytes(32)
ABOVE_ALL = 2**62


def of_wallet(*, wallet: UUID, before: int | None, most: int) -> list[Row]:
    """The newest `most` entries below `before`, newest first, in two statements; what it reads grows with the distance from
    the newest entry, not with the history."""
    found = sql.fetch(_ENTRIES, GENESIS, wallet, ABOVE_ALL if before is None else before, most)
    edge = sql.fetch(_EDGE, wallet, wallet, found[0][0] if found else 0)
    running: dict[str, Decimal] = defaultdict(lambda: ZERO, edge)
    return [_row(row, running) for row in found]


def _row(row: tuple, running: dict[str, Decimal]) -> Row:
    """Called from the newest entry on: `running` is the balance after each, and moves back to the one before."""
    seq, kind, at, actor, reason, digest, linked, side, quantity, symbol, price, lines = row
    legs = tuple(Leg(account, book, asset, Decimal(amount)) for account, book, asset, amount in lines)
    sums: dict[str, Decimal] = {}
    for leg in legs:
        if leg.leg_account == "CASH":
            sums[leg.asset] = CONTEXT.add(sums.get(leg.asset, ZERO), leg.amount)
    changes = []
    for asset, amount in sums.items():
        changes.append(Change(asset, amount, running[asset]))
        running[asset] = CONTEXT.subtract(running[asset], amount)
    fill = (side, quantity, symbol, price) if side else None
    return Row(seq, kind, at, actor, reason, digest, linked, legs, tuple(changes), fill)
