"""What people have at risk: their equity, positions and the money that working entries hold, in dollars. Never writes.

Three statements, whatever the number of people and bots.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.queries import sql
from ledger.domain.currencies import CURRENCIES
from ledger.domain.numbers import CONTEXT, ONE, ZERO, product
from ledger.queries import portfolio
from trading.queries import people_worth

DOLLAR = "USD"

# Coins of books that trade, at the prices given, else at the newest mark, else at cost; and money that working entries hold.
# While history is replayed the newest marks are of another time, so there what has no given price counts at cost.
_HELD = """
SELECT w.owner_id, w.mode, l.book_id, l.currency_id,
    sum(coalesce(l.remaining * coalesce(new.price, CASE WHEN %s THEN NULL ELSE p.price END), l.cost_left))
FROM ledger_wallet w JOIN ledger_book k ON k.wallet_id = w.id AND k.kind <> 'FREE'
JOIN ledger_lot l ON l.book_id = k.id AND l.remaining > 0
LEFT JOIN ledger_market m ON m.venue = w.venue AND m.base_id = l.asset_id AND m.quote_id = l.currency_id
LEFT JOIN ledger_mark p ON p.market_id = m.id
LEFT JOIN unnest(%s::uuid[], %s::numeric[]) AS new(market, price) ON new.market = m.id
WHERE w.owner_id = ANY(%s) GROUP BY 1, 2, 3, 4
UNION ALL
SELECT w.owner_id, w.mode, b.book_id, b.asset_id, b.reserved
FROM ledger_wallet w JOIN ledger_book k ON k.wallet_id = w.id AND k.kind <> 'FREE'
JOIN ledger_balance b ON b.book_id = k.id AND b.reserved > 0 AND b.asset_id = ANY(%s)
WHERE w.owner_id = ANY(%s)
"""


@dataclass(slots=True)
class Exposures:
    """By the numbers of ids (`UUID.int`): equity and total at risk per person and mode, what each book has at risk, and dollars
    per unit of each currency."""

    equity: dict[tuple[int, str], Decimal] = field(default_factory=dict)
    at_risk: dict[tuple[int, str], Decimal] = field(default_factory=dict)
    of_book: dict[int, Decimal] = field(default_factory=dict)
    rates: dict[str, Decimal] = field(default_factory=dict)


def of_people(
    *, owners: Collection[UUID], prices: Mapping[UUID, Decimal], quotes: Collection[str], replayed: bool, now: datetime
) -> Exposures:
    """What these people have at risk at these prices (market -> price); `quotes`: further currencies whose rate is asked for."""
    worth = people_worth.by_currency(owners=owners)
    held = sql.fetch(_HELD, replayed, list(prices), list(prices.values()), list(owners), sorted(CURRENCIES), list(owners))
    named = {currency for _, currency in worth} | {row[3] for row in held} | set(quotes)
    rates = {name: rate.rate or ONE for name, rate in portfolio.rates_of(named, DOLLAR, now=now).items()}
    found = Exposures(rates=rates)
    for (owner, mode), currency in worth:
        key = (owner.int, mode)
        found.equity[key] = CONTEXT.add(found.equity.get(key, ZERO), product(worth[(owner, mode), currency], rates[currency]))
    for owner, mode, book, currency, amount in held:
        value, key = product(amount, rates[currency]), (owner.int, mode)
        found.at_risk[key] = CONTEXT.add(found.at_risk.get(key, ZERO), value)
        found.of_book[book.int] = CONTEXT.add(found.of_book.get(book.int, ZERO), value)
    return found
