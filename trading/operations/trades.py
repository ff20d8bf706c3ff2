"""Trades: a closing order that is final and has a fill becomes a closed round trip, and its bot's track record is counted anew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from uuid import UUID

import structlog
from django.db import connection

from ledger.domain.numbers import CONTEXT, share
from ledger.queries import matches
from ledger.queries.matches import Matched
from trading.models import Order, Trade

log = structlog.get_logger()

BPS = Decimal(10_000)
CENT_BPS = Decimal("0.01")


def close_round_trips(orders: Sequence[Order], *, now: datetime) -> int:
    """Write the trades of these closing orders -> how many. One that has no matched lot is refused and logged; one that is a
    trade already stays as it was closed: a fill that came later is on the ledger alone."""
    if not orders:
        return 0
    matched = matches.of_orders([order.client_order_id for order in orders])
    closed = set(Trade.objects.filter(order__in=[order.id for order in orders]).values_list("order_id", flat=True))
    made = []
    for order in orders:
        if order.id in closed:
            log.warning("trade.late_fill", order=str(order.id))
            continue
        found = matched.get(order.client_order_id)
        if found is None:
            log.warning("trade.rejected", order=str(order.id), reason="no lot explains the units sold")
            continue
        made.append(_trade(order, found))
    Trade.objects.bulk_create(made)
    recount([trade.bot_id for trade in made if trade.bot_id is not None])
    for trade in made:
        log.info("trade.recorded", trade_id=str(trade.id), bot=str(trade.bot_id), profit=f"{trade.profit_loss:f}")
    return len(made)


def _trade(order: Order, found: Matched) -> Trade:
    edge = CONTEXT.divide((found.proceeds - found.cost) * BPS, found.cost) if found.cost else Decimal(0)
    return Trade(
        order=order, owner_id=order.owner_id, bot_id=order.bot_id, market_id=order.market_id, side=order.side,
        reason=order.reason, entry_price=share(found.cost, Decimal(1), found.quantity),
        exit_price=share(found.proceeds, Decimal(1), found.quantity), amount=found.quantity,
        gross=found.proceeds - found.cost, fees=found.entry_fee + found.exit_fee, profit_loss=found.net,
        gross_edge_bps=edge.quantize(CENT_BPS, rounding=ROUND_HALF_EVEN), mode=order.mode, bootstrap=order.bootstrap,
        opened_at=found.acquired_at, closed_at=found.sold_at,
    )  # fmt: skip


def recount(bots: Sequence[UUID]) -> None:
    """Count the track records of these bots from their trades, in one statement."""
    if not bots:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO trading_trackrecord AS record (bot_id, trades, wins, loss_streak, net_return_mean, net_return_deviation,
                gross_edge_mean_bps, gross_edge_deviation_bps)
            SELECT t.bot_id, count(*), count(*) FILTER (WHERE profit_loss > 0),
                count(*) FILTER (WHERE profit_loss <= 0 AND t.closed_at > greatest(coalesce(w.at, '-infinity'), coalesce(w.since, '-infinity'))),
                avg((profit_loss / (entry_price * amount))::float8), coalesce(stddev_samp((profit_loss / (entry_price * amount))::float8), 0),
                avg(gross_edge_bps::float8), coalesce(stddev_samp(gross_edge_bps::float8), 0)
            FROM trading_trade t
            JOIN (
                SELECT b.bot AS bot_id, max(won.closed_at) AS at, max(old.since) AS since FROM unnest(%s::uuid[]) AS b(bot)
                LEFT JOIN trading_trade won ON won.bot_id = b.bot AND won.profit_loss > 0
                LEFT JOIN trading_trackrecord old ON old.bot_id = b.bot
                GROUP BY b.bot
            ) w ON w.bot_id = t.bot_id
            GROUP BY t.bot_id
            ON CONFLICT (bot_id) DO UPDATE SET trades = EXCLUDED.trades, wins = EXCLUDED.wins,
                loss_streak = EXCLUDED.loss_streak, net_return_mean = EXCLUDED.net_return_mean,
                net_return_deviation = EXCLUDED.net_return_deviation, gross_edge_mean_bps = EXCLUDED.gross_edge_mean_bps,
                gross_edge_deviation_bps = EXCLUDED.gross_edge_deviation_bps
            """,
            [list(set(bots))],
        )
