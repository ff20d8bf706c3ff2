"""Trades: closed round trips of one person, every field present. Never writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from ledger.models import Mode
from trading.models.record import Trade

CLOSED = "CLOSED"


@dataclass(frozen=True, kw_only=True)
class TradeView:
    """One closed round trip. Prices, fees and profit are in `currency`, the amount in the base asset."""

    id: UUID
    order_id: UUID
    bot_id: UUID | None
    bot_name: str
    symbol: str
    venue: str
    currency: str
    side: str
    status: str
    reason: str
    entry_price: Decimal
    exit_price: Decimal
    amount: Decimal
    gross: Decimal
    profit_loss: Decimal
    fees: Decimal
    gross_edge_bps: Decimal
    is_paper: bool
    bootstrap: bool
    opened_at: datetime
    timestamp: datetime


def of(*, owner: UUID, bot_id: UUID | None = None) -> QuerySet[Trade]:
    """Trades of a person, the last closed first."""
    found = Trade.objects.filter(owner=owner).select_related("market", "bot")
    if bot_id is not None:
        found = found.filter(bot_id=bot_id)
    return found.order_by("-closed_at", "-id")


def view(trade: Trade) -> TradeView:
    return TradeView(
        id=trade.id,
        order_id=trade.order_id,
        bot_id=trade.bot_id,
        bot_name=trade.bot.name if trade.bot else "",
        symbol=trade.market.symbol,
        venue=trade.market.venue,
        currency=trade.market.quote_id,
        side=trade.side,
        status=CLOSED,
        reason=trade.reason,
        entry_price=trade.entry_price,
        exit_price=trade.exit_price,
        amount=trade.amount,
        gross=trade.gross,
        profit_loss=trade.profit_loss,
        fees=trade.fees,
        gross_edge_bps=trade.gross_edge_bps,
        is_paper=trade.mode == Mode.PAPER,
        bootstrap=trade.bootstrap,
        opened_at=trade.opened_at,
        timestamp=trade.closed_at,
    )
