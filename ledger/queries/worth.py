"""What scopes (wallets or books) are made of right now, per currency: cash, units at their marks, cost, realised profit.

A constant number of statements, whatever the number of scopes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from accounts.queries import sql
from ledger.domain.currencies import CURRENCIES
from ledger.domain.numbers import CONTEXT, ONE, ZERO, product

Price = tuple[Decimal, datetime]
ITSELF: Price = (ONE, datetime(1970, 1, 1, tzinfo=UTC))  # a coin in itself, at any time


@dataclass(slots=True)
class Holding:
    """Units of an asset bought in one currency. `spent` is what they cost with fees; units sold without cover count
    negative, with what they brought."""

    asset: str
    units: Decimal = ZERO
    spent: Decimal = ZERO
    mark: Price | None = None

    @property
    def value(self) -> Decimal:
        """Units at their mark."""
        return product(self.units, self.mark[0]) if self.mark else ZERO


@dataclass(slots=True)
class Worth:
    """One scope in one currency."""

    wallet: UUID
    book: UUID | None
    currency: str
    seq: int
    cash: Decimal = ZERO
    net_funding: Decimal = ZERO
    realised: Decimal = ZERO
    fees: Decimal = ZERO
    holdings: dict[str, Holding] = field(default_factory=dict)

    @property
    def unmarked(self) -> list[str]:
        """Assets held without a mark: the worth is then unknown, not zero."""
        return sorted(asset for asset, held in self.holdings.items() if held.units and held.mark is None)

    @property
    def unrealised(self) -> Decimal:
        """sum(units x mark - what they cost)."""
        total = ZERO
        for held in self.holdings.values():
            total = CONTEXT.add(total, CONTEXT.subtract(held.value, held.spent))
        return total

    @property
    def equity(self) -> Decimal:
        """cash + sum(units x mark)."""
        total = self.cash
        for held in self.holdings.values():
            total = CONTEXT.add(total, held.value)
        return total

    @property
    def equity_by_profit(self) -> Decimal:
        """net funding + realised + unrealised: must be the same figure."""
        return CONTEXT.add(CONTEXT.add(self.net_funding, self.realised), self.unrealised)


# Each scope with its books: a wallet has all of its own, a book itself.
_MADE_OF = """
WITH scope AS (
    SELECT wallet_id AS id, id AS book, true AS whole FROM ledger_book WHERE wallet_id = ANY(%s::uuid[])
    UNION ALL SELECT id, id, false FROM ledger_book WHERE id = ANY(%s::uuid[])
)
SELECT 'cash', s.id, x.asset_id, '', sum(x.cash + x.reserved - x.deficit), 0, 0
FROM scope s JOIN ledger_balance x ON x.book_id = s.book GROUP BY s.id, x.asset_id
UNION ALL
SELECT 'held', s.id, x.asset_id, x.currency_id, sum(x.remaining), sum(x.cost_left + x.fee_left), sum(x.fee_left)
FROM scope s JOIN ledger_lot x ON x.book_id = s.book WHERE x.remaining > 0 GROUP BY s.id, x.asset_id, x.currency_id
UNION ALL
SELECT 'held', s.id, x.asset_id, x.currency_id, -sum(x.quantity), -sum(x.proceeds - x.fee), sum(x.fee)
FROM scope s JOIN ledger_uncovered x ON x.book_id = s.book GROUP BY s.id, x.asset_id, x.currency_id
UNION ALL
SELECT 'realised', s.id, '', x.currency_id, sum(x.net), sum(x.fees), 0
FROM scope s JOIN ledger_profitbucket x ON x.book_id = s.book GROUP BY s.id, x.currency_id
UNION ALL
SELECT 'funded', s.id, '', x.asset_id, -sum(x.amount), 0, 0
FROM scope s JOIN ledger_posting x ON x.book_id = s.book AND x.leg_account = 'WORLD' WHERE s.whole GROUP BY s.id, x.asset_id
UNION ALL
SELECT 'funded', s.id, '', x.asset_id, x.amount + x.coins_at_cost, 0, 0
FROM scope s JOIN ledger_allocation x ON x.book_id = s.book WHERE NOT s.whole
"""
_HOMES = """
SELECT id, id, entries, venue FROM ledger_wallet WHERE id = ANY(%s::uuid[])
UNION ALL
SELECT b.id, w.id, w.entries, w.venue FROM ledger_book b JOIN ledger_wallet w ON w.id = b.wallet_id WHERE b.id = ANY(%s::uuid[])
"""
_MARKS = """
SELECT m.id, m.venue, m.base_id, m.quote_id, k.price, k.as_of FROM ledger_market m
LEFT JOIN ledger_mark k ON k.market_id = m.id WHERE m.venue = ANY(%s)
"""


def of(
    *, wallets: Collection[UUID] = (), books: Collection[UUID] = (), marks: Mapping[UUID, Price] | None = None
) -> list[Worth]:
    """The worth of each wallet and book in each currency that it has money, lots or funding in; `marks` (by market) come before
    the stored ones. A book is counted in the currency of its allocation."""
    scopes = (list(wallets), list(books))
    if not any(scopes):
        return []
    homes = {row[0]: row[1:] for row in sql.fetch(_HOMES, *scopes)}
    found: dict[tuple[UUID, str], Worth] = {}

    def at(key: UUID, currency: str) -> Worth:
        worth = found.get((key, currency))
        if worth is None:
            wallet, seq, _ = homes[key]
            worth = found[key, currency] = Worth(wallet, None if key == wallet else key, currency, seq)
        return worth

    for kind, key, asset, currency, amount, spent, fees in sql.fetch(_MADE_OF, *scopes):
        if kind == "cash":
            if asset in CURRENCIES and amount:
                at(key, asset).cash = amount
        elif kind == "held":
            worth = at(key, currency)
            worth.fees = CONTEXT.add(worth.fees, fees)
            held = worth.holdings.setdefault(asset, Holding(asset))
            held.units = CONTEXT.add(held.units, amount)
            held.spent = CONTEXT.add(held.spent, spent)
        elif kind == "realised":
            worth = at(key, currency)
            worth.realised, worth.fees = amount, CONTEXT.add(worth.fees, spent)
        else:
            at(key, currency).net_funding = amount
    _mark(found, homes, marks or {})
    return list(found.values())


def _mark(found: Mapping[tuple[UUID, str], Worth], homes: Mapping[UUID, Sequence[Any]], given: Mapping[UUID, Price]) -> None:
    """Give each holding the mark of its market at the wallet's venue."""
    venues = sorted({home[2] for home in homes.values()})
    prices: dict[tuple[str, str, str], Price] = {}
    if any(worth.holdings for worth in found.values()):
        for market, venue, base, quote, price, as_of in sql.fetch(_MARKS, venues):
            known = given.get(market) or ((price, as_of) if price is not None else None)
            if known:
                prices[venue, base, quote] = known
    for (key, currency), worth in found.items():
        for asset, held in worth.holdings.items():
            held.mark = ITSELF if asset == currency else prices.get((homes[key][2], asset, currency))

