"""Trades: a closing order that is final and has a fill becomes a closed round trip, and its bot's track record is counted anew."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from uuid import UUID

import structlog

from accounts.domain.decimals import plain
from accounts.domain.identity import new_id
from accounts.queries import sql
from ledger.domain.numbers import CONTEXT, share, text24
from ledger.operations import bulk
from ledger.queries import matches
from ledger.queries.matches import Matched
from trading.domain.costs import WHOLE_BPS
from trading.domain.placed import Placed
from trading.models import RejectedTrade

log = structlog.get_logger()

BPS = Decimal(WHOLE_BPS)
CENT_BPS = Decimal("0.01")
ONE = Decimal(1)
LARGEST_EDGE_BPS = Decimal(10) ** 10
COLUMNS = (
    "id", "order_id", "owner_id", "bot_id", "market_id", "side", "reason", "entry_price", "exit_price", "amount", "gross", "fees",
    "profit_loss", "gross_edge_bps", "mode", "bootstrap", "opened_at", "closed_at",
)  # fmt: skip


def close_round_trips(orders: Sequence[Placed], *, now: datetime) -> int:
    """Write the trades of these closing orders -> how many. An incomplete one is refused, logged and counted; one that is a
    trade already stays as it was closed: a fill that came later is on the ledger alone."""
    if not orders:
        return 0
    matched = matches.of_orders([order.client_order_id for order in orders])
    closed = {row[0] for row in sql.fetch("SELECT order_id FROM trading_trade WHERE order_id = ANY(%s)", [order.id for order in orders])}
    lines: list[str] = []
    rejected: list[RejectedTrade] = []
    bots: set[UUID] = set()
    for order in orders:
        if order.id in closed:
            log.warning("trade.late_fill", order=str(order.id))
            continue
        found = matched.get(order.client_order_id)
        flaw = flaw_of(found)
        if found is None or flaw:
            log.warning("trade.rejected", order=str(order.id), bot=str(order.bot), reason=flaw)
            rejected.append(RejectedTrade(order_id=order.id, owner_id=order.owner, bot_id=order.bot, reason=flaw, at=now))
            continue
        trade = new_id()
        lines.append(_line(trade, order, found))
        if order.bot is not None:
            bots.add(order.bot)
        log.info("trade.recorded", trade_id=str(trade), bot=str(order.bot), profit=plain(found.net))
    if rejected:
        RejectedTrade.objects.bulk_create(rejected, ignore_conflicts=True)
    bulk.copy("trading_trade", COLUMNS, lines)
    recount(bots)
    return len(lines)


def flaw_of(found: Matched | None) -> str:
    """What is missing or absurd about a closing order's matches, in words; empty when they make a trade."""
    if found is None or found.quantity <= 0:
        return "no lot explains the units sold"
    if found.cost <= 0:
        return "what was sold has no cost"
    if found.proceeds <= 0:
        return "what was sold brought nothing"
    if found.sold_at < found.acquired_at:
        return "it was sold before it was bought"
    if abs(_edge_bps(found)) >= LARGEST_EDGE_BPS:
        return "its profit is absurd"
    return ""


def _edge_bps(found: Matched) -> Decimal:
    """Gross profit in basis points of the cost, rounded to hundredths."""
    gross = CONTEXT.subtract(found.proceeds, found.cost)
    return CONTEXT.divide(CONTEXT.multiply(gross, BPS), found.cost).quantize(CENT_BPS, rounding=ROUND_HALF_EVEN, context=CONTEXT)


def _line(trade: UUID, order: Placed, found: Matched) -> str:
    """One line of COPY text; nothing in it holds characters that need escaping."""
    gross = CONTEXT.subtract(found.proceeds, found.cost)
    return "\t".join((
        trade.hex, order.id.hex, order.owner.hex, order.bot.hex if order.bot else bulk.NULL, order.market.hex, order.side, order.reason,
        text24(share(found.cost, ONE, found.quantity)), text24(share(found.proceeds, ONE, found.quantity)), text24(found.quantity),
        text24(gross), text24(CONTEXT.add(found.entry_fee, found.exit_fee)), text24(found.net),
        f"{_edge_bps(found):f}", order.mode, "t" if found.bootstrap else "f",
        found.acquired_at.isoformat(), found.sold_at.isoformat(),
    ))  # fmt: skip


def recount(bots: Collection[UUID]) -> None:
    """Count the track records of these bots from their trades, in one statement."""
    if not bots:
        return
    bulk.run(
        """
        INSERT INTO trading_trackrecord AS record (bot_id, trades, wins, loss_streak, net_return_mean, net_return_deviation,
            gross_edge_mean_bps, gross_edge_deviation_bps)
        SELECT t.bot_id, count(*), count(*) FILTER (WHERE profit_loss > 0),
            count(*) FILTER (WHERE profit_loss <= 0
                AND t.closed_at > greatest(coalesce(w.at, '-infinity'), coalesce(w.since, '-infinity'))),
            avg((profit_loss / (entry_price * amount))::float8),
            coalesce(stddev_samp((profit_loss / (entry_price * amount))::float8), 0),
            avg(gross_edge_bps::float8), coalesce(stddev_samp(gross_edge_bps::float8), 0)
        FROM trading_trade t
        JOIN (
            SELECT b.bot AS bot_id, won.closed_at AS at, old.since FROM unnest(%s::uuid[]) AS b(bot)
            LEFT JOIN LATERAL (
                SELECT x.closed_at FROM trading_trade x WHERE x.bot_id = b.bot AND x.profit_loss > 0 ORDER BY x.closed_at DESC LIMIT 1
            ) won ON true
            LEFT JOIN trading_trackrecord old ON old.bot_id = b.bot
        ) w ON w.bot_id = t.bot_id
        GROUP BY t.bot_id
        ON CONFLICT (bot_id) DO UPDATE SET trades = EXCLUDED.trades, wins = EXCLUDED.wins,
            loss_streak = EXCLUDED.loss_streak, net_return_mean = EXCLUDED.net_return_mean,
            net_return_deviation = EXCLUDED.net_return_deviation, gross_edge_mean_bps = EXCLUDED.gross_edge_mean_bps,
            gross_edge_deviation_bps = EXCLUDED.gross_edge_deviation_bps
        """,
        list(bots),
    )
