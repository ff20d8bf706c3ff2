"""What scopes (wallets or books) are made of right now, per currency: cash, units at their marks, cost, realised profit.

A constant number of statements, whatever the number of scopes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from django.db import connection

from ledger.domain.currencies import CURRENCIES
from ledger.domain.numbers import CONTEXT, ZERO, product

Scope = Literal["wallet", "book"]
Price = tuple[Decimal, datetime]


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


_SCOPES = {
    "wallet": ("b.wallet_id", "b.wallet_id = ANY(%s::uuid[])"),
    "book": ("b.id", "b.id = ANY(%s::uuid[])"),
}
_CASH = """
SELECT {scope}, x.asset_id, sum(x.cash + x.reserved - x.deficit) FROM ledger_balance x
JOIN ledger_book b ON b.id = x.book_id WHERE {where} GROUP BY 1, 2
"""
_LOTS = """
SELECT {scope}, x.asset_id, x.currency_id, sum(x.remaining), sum(x.cost_left + x.fee_left), sum(x.fee_left) FROM ledger_lot x
JOIN ledger_book b ON b.id = x.book_id WHERE x.remaining > 0 AND {where} GROUP BY 1, 2, 3
"""
_UNCOVERED = """
SELECT {scope}, x.asset_id, x.currency_id, -sum(x.quantity), -sum(x.proceeds - x.fee), sum(x.fee) FROM ledger_uncovered x
JOIN ledger_book b ON b.id = x.book_id WHERE {where} GROUP BY 1, 2, 3
"""
_REALISED = """
SELECT {scope}, x.currency_id, sum(x.net), sum(x.fees) FROM ledger_profitbucket x
JOIN ledger_book b ON b.id = x.book_id WHERE {where} GROUP BY 1, 2
"""
_FUNDED = {
    "wallet": """
SELECT b.wallet_id, x.asset_id, -sum(x.amount) FROM ledger_posting x
JOIN ledger_book b ON b.id = x.book_id WHERE x.leg_account = 'WORLD' AND b.wallet_id = ANY(%s::uuid[]) GROUP BY 1, 2
""",
    "book": "SELECT book_id, asset_id, amount + coins_at_cost FROM ledger_allocation WHERE book_id = ANY(%s::uuid[])",
}
_HOMES = {
    "wallet": "SELECT id, id, entries, venue FROM ledger_wallet WHERE id = ANY(%s::uuid[])",
    "book": "SELECT b.id, w.id, w.entries, w.venue FROM ledger_book b JOIN ledger_wallet w ON w.id = b.wallet_id "
    "WHERE b.id = ANY(%s::uuid[])",
}
_MARKS = """
SELECT m.id, m.venue, m.base_id, m.quote_id, k.price, k.as_of FROM ledger_market m
LEFT JOIN ledger_mark k ON k.market_id = m.id WHERE m.venue = ANY(%s)
"""


def of(scope: Scope, ids: Sequence[UUID], *, marks: Mapping[UUID, Price] | None = None) -> list[Worth]:
    """The worth of each scope in each currency that it has money, lots or funding in; `marks` (by market) come before the
    stored ones. A book is counted in the currency of its allocation."""
    if not ids:
        return []
    named = [str(one) for one in ids]
    homes = {row[0]: row[1:] for row in _rows(_HOMES[scope], named)}
    column, where = _SCOPES[scope]
    found: dict[tuple[UUID, str], Worth] = {}

    def at(key: UUID, currency: str) -> Worth:
        wallet, seq, _ = homes[key]
        return found.setdefault((key, currency), Worth(wallet, key if scope == "book" else None, currency, seq))

    for key, asset, cash in _rows(_CASH.format(scope=column, where=where), named):
        if asset in CURRENCIES and cash:
            at(key, asset).cash = cash
    for query in (_LOTS, _UNCOVERED):
        for key, asset, currency, units, spent, fees in _rows(query.format(scope=column, where=where), named):
            worth = at(key, currency)
            worth.fees = CONTEXT.add(worth.fees, fees)
            held = worth.holdings.setdefault(asset, Holding(asset))
            held.units = CONTEXT.add(held.units, units)
            held.spent = CONTEXT.add(held.spent, spent)
    for key, currency, net, fees in _rows(_REALISED.format(scope=column, where=where), named):
        worth = at(key, currency)
        worth.realised, worth.fees = net, CONTEXT.add(worth.fees, fees)
    for key, currency, funded in _rows(_FUNDED[scope], named):
        at(key, currency).net_funding = funded
    _mark(found, homes, marks or {})
    return list(found.values())


def _mark(found: Mapping[tuple[UUID, str], Worth], homes: Mapping[UUID, Sequence[Any]], given: Mapping[UUID, Price]) -> None:
    """Give each holding the mark of its market at the wallet's venue."""
    venues = sorted({home[2] for home in homes.values()})
    prices: dict[tuple[str, str, str], Price] = {}
    if any(worth.holdings for worth in found.values()):
        for market, venue, base, quote, price, as_of in _rows(_MARKS, venues):
            known = given.get(market) or ((price, as_of) if price is not None else None)
            if known:
                prices[venue, base, quote] = known
    for (key, currency), worth in found.items():
        for asset, held in worth.holdings.items():
            held.mark = prices.get((homes[key][2], asset, currency))


def _rows(sql: str, *params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
