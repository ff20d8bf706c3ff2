"""The newest top of book of each market, and the mark that equity is valued at. It must not judge whether a quote is good."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from ledger.operations import reference
from trading.domain.costs import Top
from trading.models import Quote

SOURCE = "quote"
# A slow process must not put an older quote over a newer one, which the ORM's upsert cannot say.
_UPSERT = """
INSERT INTO trading_quote AS held (market_id, bid, ask, at)
SELECT * FROM unnest(%s::uuid[], %s::numeric[], %s::numeric[], %s::timestamptz[])
ON CONFLICT (market_id) DO UPDATE SET bid = excluded.bid, ask = excluded.ask, at = excluded.at
WHERE held.at <= excluded.at
"""


def remember(*, tops: Mapping[UUID, Top], now: datetime) -> None:
    """Keep these quotes and their middles as marks; two statements, whatever the number of markets. A venue whose clock is
    ahead counts as seen now, else its quote would outlive the next ones."""
    if not tops:
        return
    ordered = [(market, top, min(top.at, now)) for market, top in sorted(tops.items())]
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                _UPSERT,
                [
                    [market for market, _, _ in ordered],
                    [top.bid for _, top, _ in ordered],
                    [top.ask for _, top, _ in ordered],
                    [at for _, _, at in ordered],
                ],
            )
        reference.set_marks([reference.NewMark(market=market, price=top.middle, as_of=at, source=SOURCE) for market, top, at in ordered])


def newest(*, markets: list[UUID]) -> dict[UUID, Top]:
    """The quotes kept of these markets."""
    found = Quote.objects.filter(market_id__in=markets)
    return {row.market_id: Top(bid=row.bid, ask=row.ask, at=row.at) for row in found}
