"""The newest top of book of each market, and the mark that equity is valued at. It must not judge whether a quote is good."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection, transaction

from ledger.operations import reference
from trading.domain.costs import Top
from trading.models import Quote

_PLACES = Decimal(1).scaleb(-24)
# A slow process must not put an older quote over a newer one, which the ORM's upsert cannot say.
_UPSERT = """
INSERT INTO trading_quote AS held (market_id, bid, ask, at)
SELECT * FROM unnest(%s::uuid[], %s::numeric[], %s::numeric[], %s::timestamptz[])
ON CONFLICT (market_id) DO UPDATE SET bid = excluded.bid, ask = excluded.ask, at = excluded.at
WHERE held.at <= excluded.at
"""


def remember(*, tops: Mapping[UUID, Top], source: str, now: datetime) -> None:
    """Keep these quotes and their middles as marks; two statements, whatever the number of markets."""
    if not tops:
        return
    ordered = sorted(tops.items())
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                _UPSERT,
                [
                    [market for market, _ in ordered],
                    [top.bid for _, top in ordered],
                    [top.ask for _, top in ordered],
                    [top.at for _, top in ordered],
                ],
            )
        reference.set_marks([
            reference.NewMark(market=market, price=top.middle.quantize(_PLACES), as_of=top.at, source=source)
            for market, top in ordered
        ])  # fmt: skip


def newest(*, markets: list[UUID]) -> dict[UUID, Top]:
    """The quotes kept of these markets."""
    found = Quote.objects.filter(market_id__in=markets)
    return {row.market_id: Top(bid=row.bid, ask=row.ask, at=row.at) for row in found}
