"""What people are worth to their breaker: newest equity and net funding of all their wallets of a mode. Never writes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.queries import sql
from ledger.domain.currencies import CURRENCIES
from ledger.domain.numbers import CONTEXT, ONE, ZERO, product
from ledger.queries import portfolio

# A wallet has a point per currency that it was ever funded in; only the FREE book is funded.
_NEWEST = """
SELECT w.owner_id, u.reporting_currency, w.mode, p.currency_id, sum(p.equity), sum(p.net_funding)
FROM ledger_wallet w JOIN accounts_user u ON u.id = w.owner_id
JOIN ledger_book k ON k.wallet_id = w.id AND k.kind = 'FREE'
JOIN ledger_balance b ON b.book_id = k.id AND b.asset_id = ANY(%s)
CROSS JOIN LATERAL (
    SELECT e.currency_id, e.equity, e.net_funding FROM ledger_equitypoint e
    WHERE e.wallet_id = w.id AND e.book_id IS NULL AND e.currency_id = b.asset_id ORDER BY e.at DESC, e.id DESC LIMIT 1
) p
WHERE w.owner_id = ANY(%s) GROUP BY 1, 2, 3, 4 ORDER BY 1, 3, 4
"""


def by_currency(*, owners: Collection[UUID]) -> dict[tuple[tuple[UUID, str], str], Decimal]:
    """((person, mode), currency) -> newest equity in that currency. One statement."""
    rows = sql.fetch(_NEWEST, sorted(CURRENCIES), list(owners))
    return {((owner, mode), currency): equity for owner, _, mode, currency, equity, _ in rows}


def newest(*, owners: Collection[UUID], now: datetime) -> dict[tuple[UUID, str], tuple[Decimal, Decimal]]:
    """(person, mode) -> (equity, net funding) in the person's reporting currency at the newest rates. A currency that no market
    quotes counts one to one: the breaker measures falls, and leaving money out would hide them."""
    found: dict[tuple[UUID, str], tuple[Decimal, Decimal]] = {}
    rates: dict[tuple[str, str], Decimal] = {}
    for owner, reporting, mode, currency, equity, funding in sql.fetch(_NEWEST, sorted(CURRENCIES), list(owners)):
        if (currency, reporting) not in rates:
            rates[currency, reporting] = _rate(currency, reporting, now=now)
        rate = rates[currency, reporting]
        have = found.get((owner, mode), (ZERO, ZERO))
        found[owner, mode] = (CONTEXT.add(have[0], product(equity, rate)), CONTEXT.add(have[1], product(funding, rate)))
    return found


def _rate(currency: str, reporting: str, *, now: datetime) -> Decimal:
    if currency == reporting:
        return ONE
    return portfolio.rates_of({currency}, reporting, now=now)[currency].rate or ONE
