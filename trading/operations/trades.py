"""Trades: a closing order that is final and has a fill becomes a closed round trip, and its bot's track record is counted anew.

A trade is the sum of its matches: where a late fill restates those, the trade follows, with an audit row of what it had said.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from uuid import UUID

import structlog
from django.db import transaction

from accounts.domain.chain import stamp
from accounts.domain.decimals import plain
from accounts.domain.identity import new_id
from accounts.operations import audit
from accounts.queries import sql
from ledger.domain.expected import Difference
from ledger.domain.numbers import CONTEXT, share, text24
from ledger.operations import bulk
from ledger.operations.reservations import lock_wallets
from ledger.queries import matches
from ledger.queries.matches import Matched
from trading.domain.costs import WHOLE_BPS
from trading.domain.placed import Placed
from trading.models import RejectedTrade
from trading.queries import matched_trades
from trading.queries.matched_trades import Figures, Unlike

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
    trade already is restated."""
    if not orders:
        return 0
    matched = matches.of_orders([order.client_order_id for order in orders])
    closed = {row[0] for row in sql.fetch("SELECT order_id FROM trading_trade WHERE order_id = ANY(%s)", [order.id for order in orders])}
    lines: list[str] = []
    rejected: list[RejectedTrade] = []
    bots: set[UUID] = set()
    for order in orders:
        if order.id in closed:
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
    restate({order.wallet for order in orders if order.id in closed}, now=now)
    return len(lines)


def restate(wallets: Collection[UUID], *, now: datetime) -> int:
    """Bring the trades of these wallets to what their matches are now -> how many. One whose matches are gone or make no trade any more
    stays as it was: the proof of the ledger names it."""
    restated: list[tuple[Unlike, Figures]] = []
    for wallet in sorted(wallets):
        wrong = matched_trades.unlike(wallet=wallet)
        found = matches.of_orders([trade.client_order_id for trade in wrong])
        told = [(trade, found[trade.client_order_id]) for trade in wrong if trade.client_order_id in found]
        restated += [(trade, figures(match)) for trade, match in told if not flaw_of(match)]
    if not restated:
        return 0
    _rewrite(restated)
    for trade, right in restated:
        log.warning("trade.restated", trade_id=str(trade.id), profit=plain(right.profit_loss), before=plain(trade.stored.profit_loss))
    recount({trade.bot for trade, _ in restated if trade.bot is not None})
    audit.record_many(
        rows=[
            audit.Act(
                person=trade.owner, actor="system:trades", act="trade.restate", subject=f"trade:{trade.id}", before=_spelled(trade.stored),
                after=_spelled(right), reason="a late fill changed what it is the sum of", request_id="",
            )
            for trade, right in restated
        ],
        now=now,
    )  # fmt: skip
    return len(restated)


@transaction.atomic
def restate_wallet(wallet: UUID, *, now: datetime) -> int:
    """The same for one wallet, under its lock: a fill that comes meanwhile restates the same trades."""
    lock_wallets([wallet])
    return restate({wallet}, now=now)


def first_unlike(*, wallet: UUID) -> Difference | None:
    """The first trade of a wallet that is not the sum of its matches."""
    for trade in matched_trades.unlike(wallet=wallet):
        found = matches.of_orders([trade.client_order_id]).get(trade.client_order_id)
        whose = f"bot {trade.bot}" if trade.bot else "no bot"
        key = f"{trade.id} of {whose} at {stamp(trade.stored.closed_at)}"
        if found is None:
            return Difference("trading_trade", key, "row", f"profit_loss {text24(trade.stored.profit_loss)}", None)
        right = figures(found)
        name = next(name for name in Figures.__slots__ if getattr(trade.stored, name) != getattr(right, name))
        return Difference("trading_trade", key, name, str(getattr(trade.stored, name)), str(getattr(right, name)))
    return None


def _rewrite(restated: Sequence[tuple[Unlike, Figures]]) -> None:
    right = [figures for _, figures in restated]
    bulk.run(
        """
        UPDATE trading_trade t SET amount = k.amount, gross = k.gross, fees = k.fees, profit_loss = k.profit, opened_at = k.opened,
            closed_at = k.closed, entry_price = k.entry, exit_price = k.exit, gross_edge_bps = k.edge
        FROM unnest(%s::uuid[], %s::numeric[], %s::numeric[], %s::numeric[], %s::numeric[], %s::timestamptz[], %s::timestamptz[],
            %s::numeric[], %s::numeric[], %s::numeric[]) AS k(id, amount, gross, fees, profit, opened, closed, entry, exit, edge)
        WHERE t.id = k.id
        """,
        [trade.id for trade, _ in restated], *([getattr(one, name) for one in right] for name in Figures.__slots__),
    )  # fmt: skip


def _spelled(told: Figures) -> dict[str, str]:
    return {"amount": plain(told.amount), "gross": plain(told.gross), "fees": plain(told.fees), "profit_loss": plain(told.profit_loss)}


def figures(found: Matched) -> Figures:
    """What a trade says of its matches."""
    return Figures(
        amount=found.quantity, gross=CONTEXT.subtract(found.proceeds, found.cost), fees=CONTEXT.add(found.entry_fee, found.exit_fee),
        profit_loss=found.net, opened_at=found.acquired_at, closed_at=found.sold_at, entry_price=share(found.cost, ONE, found.quantity),
        exit_price=share(found.proceeds, ONE, found.quantity), gross_edge_bps=_edge_bps(found),
    )  # fmt: skip


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
    told = figures(found)
    return "\t".join((
        trade.hex, order.id.hex, order.owner.hex, order.bot.hex if order.bot else bulk.NULL, order.market.hex, order.side, order.reason,
        text24(told.entry_price), text24(told.exit_price), text24(told.amount), text24(told.gross), text24(told.fees),
        text24(told.profit_loss), f"{told.gross_edge_bps:f}", order.mode, "t" if found.bootstrap else "f",
        told.opened_at.isoformat(), told.closed_at.isoformat(),
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
