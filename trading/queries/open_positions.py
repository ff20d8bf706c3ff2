"""Positions that a stop may have to close, by market. Never writes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from accounts.queries import sql
from ledger.models import Market
from trading.queries import replays


@dataclass(frozen=True, slots=True)
class OpenPosition:
    """Free units of a market's base asset in one book, with the newest price (the mark)."""

    owner: UUID
    wallet: UUID
    mode: str
    book: UUID
    bot: UUID | None
    timeframe: str
    position: int
    units: Decimal
    price: Decimal


def held_by(*, owner: UUID | None, bot: UUID | None = None) -> dict[Market, list[OpenPosition]]:
    """Open positions of a person (None: of everybody) or of one bot. A bot's coins belong to its market; coins of other
    books to the market of their venue that has a mark, the one quoted in the lot's cost currency."""
    rows = sql.fetch(
        f"""
        SELECT m.id, w.owner_id, w.id, w.mode, k.id, b.id, coalesce(b.timeframe, ''), coalesce(t.trades, 0) + 1, a.cash, p.price
        FROM ledger_balance a
        JOIN ledger_book k ON k.id = a.book_id
        JOIN ledger_wallet w ON w.id = k.wallet_id
        LEFT JOIN bots_bot b ON b.book_id = k.id
        LEFT JOIN trading_trackrecord t ON t.bot_id = b.id
        JOIN ledger_market m ON m.venue = w.venue AND m.base_id = a.asset_id AND (b.id IS NULL OR m.id = b.market_id)
        JOIN ledger_mark p ON p.market_id = m.id
        WHERE a.cash > 0 AND (%s::uuid IS NULL OR w.owner_id = %s) AND (%s::uuid IS NULL OR b.id = %s)
            AND EXISTS (SELECT 1 FROM ledger_lot l WHERE l.book_id = k.id AND l.asset_id = a.asset_id AND l.remaining > 0
                AND l.currency_id = m.quote_id)
            AND {replays.not_of_one("w.owner_id")}
        ORDER BY m.id, k.id
        """,  # noqa: S608 - a column, and no value
        owner, owner, bot, bot,
    )  # fmt: skip
    markets = Market.objects.select_related("base", "quote").in_bulk({row[0] for row in rows})
    found: dict[Market, list[OpenPosition]] = {}
    for market, *rest in rows:
        found.setdefault(markets[market], []).append(OpenPosition(*rest))
    return found
