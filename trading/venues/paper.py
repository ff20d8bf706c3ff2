"""What every paper venue does with orders: take them, keep nothing, and let the matcher read them against the next candle.
It must not know prices of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from ledger.models import Market
from trading.domain import matcher
from trading.domain.costs import PaperCosts
from trading.domain.matcher import Candle, Report, Working
from trading.domain.requests import Rules
from trading.venues.port import Ack, Ticket

HALF_SPREAD_BPS = Decimal("0.5")
SLIPPAGE_BPS = Decimal("1")


class PaperVenue:
    """Orders of a venue that exists only here. The order rows are its only memory."""

    def costs(self, *, market: Market, at: datetime) -> PaperCosts:
        return PaperCosts(half_spread_bps=HALF_SPREAD_BPS, slippage_bps=SLIPPAGE_BPS)

    def rules(self, *, market: Market, at: datetime) -> Rules:
        costs = self.costs(market=market, at=at)
        return Rules(
            market=market.pk,
            venue=market.venue,
            symbol=market.symbol,
            base=market.base_id,
            quote=market.quote_id,
            price_tick=market.price_tick.normalize(),
            amount_step=market.amount_step.normalize(),
            amount_min=market.amount_min,
            cost_min=market.cost_min,
            quote_step=market.quote_step.normalize(),
            taker_fee=market.taker_fee.normalize(),
            maker_fee=market.maker_fee.normalize(),
            active=market.active,
            half_spread_bps=costs.half_spread_bps,
            slippage_bps=costs.slippage_bps,
        )

    def submit(self, tickets: Sequence[Ticket], *, now: datetime) -> list[Ack]:
        return [_answer(ticket, now) for ticket in tickets]

    def cancel(self, client_order_ids: Sequence[str], *, now: datetime) -> list[Ack]:
        return [Ack(client_order_id, "ACCEPTED") for client_order_id in client_order_ids]

    def reports(
        self, *, market: Market, working: Sequence[Working], candle: Candle, taken: int = 0, before: int = 0
    ) -> list[Report]:
        rules = self.rules(market=market, at=candle.opens_at)
        return matcher.match(working=working, candle=candle, rules=rules, taken=taken, before=before)


def _answer(ticket: Ticket, now: datetime) -> Ack:
    if not ticket.market.active:
        return Ack(ticket.client_order_id, "REJECTED", "MARKET_NOT_ACTIVE", "This market does not trade at present.")
    if ticket.expires_at is not None and ticket.expires_at <= now:
        return Ack(ticket.client_order_id, "REJECTED", "TIME_OVER", "Its time was over when it arrived.")
    return Ack(ticket.client_order_id, "ACCEPTED")
