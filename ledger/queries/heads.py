"""Do the wallets' heads fit their journals? A look at the newest entry of each; the proof from zero is `verify`'s. Never writes."""

from __future__ import annotations

from uuid import UUID

# One statement, so that a booking meanwhile looks like no difference.
from accounts.queries import sql

_UNFIT = """
SELECT w.id FROM ledger_wallet w
LEFT JOIN LATERAL (
    SELECT e.seq, e.hash FROM ledger_journalentry e WHERE e.wallet_id = w.id ORDER BY e.seq DESC LIMIT 1
) newest ON true
WHERE (w.entries, w.head) IS DISTINCT FROM (coalesce(newest.seq, 0), coalesce(newest.hash, decode(repeat('00', 32), 'hex')))
ORDER BY w.id
"""


def unfit() -> list[UUID]:
    """Wallets whose number of entries or head is not that of their newest entry."""
    return [wallet for (wallet,) in sql.fetch(_UNFIT)]
