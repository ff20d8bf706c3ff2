"""How often an exit was tried in vain: its slippage bound doubles with each attempt."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from accounts.queries import sql


def failed_attempts(intents: Sequence[UUID]) -> dict[UUID, int]:
    """Expired orders per intent."""
    if not intents:
        return {}
    rows = sql.fetch(
        "SELECT intent, count(*) FROM trading_order WHERE intent = ANY(%s) AND attempt > 0 AND state = 'EXPIRED' GROUP BY intent",
        list(intents),
    )
    return dict(rows)
