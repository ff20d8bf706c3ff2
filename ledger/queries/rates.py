"""Stored rates: what an asset was worth in a currency at a time, from marks and from the marks kept with equity points.

Nothing is guessed: without a price of at most MOST_AGE before the moment there is no rate.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Collection
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from accounts.queries import sql
from ledger.domain.numbers import ONE, share
from ledger.domain.tax import RateAt

MOST_AGE = timedelta(days=1)
_STORED = """
SELECT h ->> 0, (h ->> 3)::timestamptz, (h ->> 2)::numeric FROM ledger_equitypoint p
CROSS JOIN LATERAL jsonb_array_elements(p.holdings) h
WHERE p.wallet_id = ANY(%s::uuid[]) AND p.book_id IS NULL AND p.currency_id = %s AND h ->> 0 = ANY(%s)
UNION
SELECT m.base_id, k.as_of, k.price FROM ledger_mark k JOIN ledger_market m ON m.id = k.market_id
WHERE m.quote_id = %s AND m.base_id = ANY(%s)
"""
_INVERSE = """
SELECT m.quote_id, k.as_of, k.price FROM ledger_mark k JOIN ledger_market m ON m.id = k.market_id
WHERE m.base_id = %s AND m.quote_id = ANY(%s)
"""


def stored(*, wallets: Collection[UUID], assets: Collection[str], currency: str) -> RateAt:
    """A function (asset, moment) -> the newest stored rate of that moment, or None."""
    wanted = sorted(set(assets) - {currency})
    known: dict[str, list[tuple[datetime, Decimal]]] = {}
    if wanted:
        rows = sql.fetch(_STORED, list(wallets), currency, wanted, currency, wanted)
        rows += [(asset, at, share(ONE, ONE, price)) for asset, at, price in sql.fetch(_INVERSE, currency, wanted)]
        for asset, at, price in rows:
            insort(known.setdefault(asset, []), (at, price))

    def rate_at(asset: str, at: datetime) -> Decimal | None:
        if asset == currency:
            return ONE
        prices = known.get(asset, [])
        place = bisect_right(prices, at, key=lambda pair: pair[0])
        if not place or at - prices[place - 1][0] > MOST_AGE:
            return None
        return prices[place - 1][1]

    return rate_at
