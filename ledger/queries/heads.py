"""The heads of the chains, and whether they fit the journals. A look at single entries; the proof from zero is `verify`'s. Never writes."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from accounts.queries import sql

# One statement, so that a booking meanwhile looks like no difference.
_UNFIT = """
SELECT w.id FROM ledger_wallet w
LEFT JOIN LATERAL (
    SELECT e.seq, e.hash FROM ledger_journalentry e WHERE e.wallet_id = w.id ORDER BY e.seq DESC LIMIT 1
) newest ON true
WHERE (w.entries, w.head) IS DISTINCT FROM (coalesce(newest.seq, 0), coalesce(newest.hash, decode(repeat('00', 32), 'hex')))
ORDER BY w.id
"""
_AT = """
SELECT w.id, (SELECT max(x.seq) FROM ledger_journalentry x WHERE x.wallet_id = w.id), e.hash
FROM unnest(%s::uuid[], %s::bigint[]) AS k(wallet, seq)
JOIN ledger_wallet w ON w.id = k.wallet LEFT JOIN ledger_journalentry e ON e.wallet_id = k.wallet AND e.seq = k.seq
"""


def unfit() -> list[UUID]:
    """Wallets whose number of entries or head is not that of their newest entry."""
    return [wallet for (wallet,) in sql.fetch(_UNFIT)]


def of_all() -> dict[UUID, tuple[int, bytes]]:
    """Wallet -> number and hash of its newest entry."""
    return {wallet: (entries, bytes(head)) for wallet, entries, head in sql.fetch("SELECT id, entries, head FROM ledger_wallet")}


def at(numbers: Mapping[UUID, int]) -> dict[UUID, tuple[int, bytes | None]]:
    """Wallet -> how many entries its journal has, and the hash of the one with this number, None without one."""
    rows = sql.fetch(_AT, list(numbers), list(numbers.values()))
    return {wallet: (newest or 0, None if own is None else bytes(own)) for wallet, newest, own in rows}
