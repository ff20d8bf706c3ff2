"""Who holds coins of a market without a bot: bought by orders of their own, handed over by a bot, found or imported. Never writes."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from accounts.queries import sql
from ledger.models import Market

_HOLDERS = """
SELECT DISTINCT w.owner_id, w.id, CASE WHEN k.kind = 'MANUAL' THEN k.id END
FROM ledger_lot l JOIN ledger_book k ON k.id = l.book_id JOIN ledger_wallet w ON w.id = k.wallet_id
WHERE l.remaining > 0 AND l.asset_id = %s AND l.currency_id = %s AND k.kind <> 'BOT' AND w.venue = %s
"""


@dataclass(frozen=True, slots=True)
class Holder:
    """A person, the wallet that the coins are in, and the book where it has a worth of its own."""

    owner: UUID
    wallet: UUID
    book: UUID | None


def holders(*, market: Market) -> list[Holder]:
    """The holders outside bots' books of coins that were bought with this market's quote, in one statement."""
    return [Holder(*row) for row in sql.fetch(_HOLDERS, market.base_id, market.quote_id, market.venue)]
