"""Trades: a closing order that is final and has a fill becomes a closed round trip, and its bot's track record is counted anew.

A trade is the sum of its matches, whatever the order in which fills are told. Where a late one restates those, the trade follows: it is
told anew, it becomes an exception when no lot explains it any more, and an exception becomes a trade once one does, each with an audit row.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction

from accounts.domain.chain import stamp
from accounts.domain.decimals import plain
from accounts.operations import alerts, audit
from ledger.domain.numbers import text24
from ledger.operations import bulk
from ledger.operations.reservations import lock_wallets
from ledger.queries import matches
from trading.domain import round_trips
from trading.domain.placed import Placed
from trading.domain.round_trips import Figures
from trading.models import RejectedTrade
from trading.queries import matched_trades
from trading.queries.matched_trades import Told

log = structlog.get_logger()

WHY = "a late fill changed what it is the sum of"
MOST_NAMED = 20  # trades in one alert
COLUMNS = (
    "id", "order_id", "owner_id", "bot_id", "market_id", "side", "reason", "entry_price", "exit_price", "amount", "gross", "fees",
    "profit_loss", "gross_edge_bps", "mode", "bootstrap", "opened_at", "closed_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """What was told of a closing order, and what its matches make of it now: figures, or a flaw and no trade."""

    told: Told
    right: Figures | None
    flaw: str

    @property
    def trade(self) -> UUID:
        """There is one trade of an order, and its id is the order's: it is the same one when it comes back."""
        return self.told.trade or self.told.order.id


def close_round_trips(orders: Sequence[Placed], *, refolded: Collection[UUID] = (), now: datetime) -> int:
    """Bring the trades of those among these orders that are closing, final and filled, and of such orders in books that were folded
    anew, to what their matches are now -> how many were made. What makes none is refused, logged and counted."""
    closing = [order for order in orders if order.closes]
    lock_wallets({order.wallet for order in closing})  # no late fill restates their matches between this reading and these trades
    return _follow(matched_trades.of_books(refolded) | matched_trades.of_orders(closing), now=now)


@transaction.atomic
def restate_wallet(wallet: UUID, *, now: datetime) -> int:
    """The same for all of a wallet, under its lock: a fill that comes meanwhile restates the same trades."""
    lock_wallets([wallet])
    return _follow(matched_trades.of_wallet(wallet), now=now)


def _follow(told: Mapping[UUID, Told], *, now: datetime) -> int:
    if not told:
        return 0
    changes = _changes(told)
    made = [change for change in changes if change.right and not change.told.figures]
    withdrawn = [change for change in changes if change.flaw and change.told.figures]
    restated = [change for change in changes if change.right and change.told.figures]
    _reject([change for change in changes if change.flaw], now=now)
    _withdraw(withdrawn, now=now)
    bulk.copy("trading_trade", COLUMNS, [_line(change.trade, change.told.order, change.right) for change in made if change.right])
    _rewrite(restated)
    for change in made:
        log.info("trade.recorded", trade_id=str(change.trade), bot=str(change.told.order.bot), profit=_profit(change.right))
    for change in restated:
        log.warning("trade.restated", trade_id=str(change.trade), profit=_profit(change.right), before=_profit(change.told.figures))
    bots = {change.told.order.bot for change in (*made, *withdrawn, *restated)}
    recount({bot for bot in bots if bot is not None})
    _record([*(change for change in made if change.told.exception), *withdrawn, *restated], now=now)
    return len(made)


def _changes(told: Mapping[UUID, Told]) -> list[Change]:
    """Those of which something else is true than what was told; an exception is told once."""
    found = matches.of_orders([each.order.client_order_id for each in told.values()])
    changes: list[Change] = []
    for each in told.values():
        match = found.get(each.order.client_order_id)
        flaw = round_trips.flaw_of(match) if each.order.closes else "its order has closed nothing"
        right = None if match is None or flaw else round_trips.figures(match)
        if right != each.figures or (flaw and not each.exception):
            changes.append(Change(each, right, flaw))
    return changes


def _reject(flawed: Sequence[Change], *, now: datetime) -> None:
    for change in flawed:
        log.warning("trade.rejected", order=str(change.told.order.id), bot=str(change.told.order.bot), reason=change.flaw)
    fresh = [(change.told.order, change.flaw) for change in flawed if not change.told.exception]
    rows = [RejectedTrade(order_id=order.id, owner_id=order.owner, bot_id=order.bot, reason=flaw, at=now) for order, flaw in fresh]
    RejectedTrade.objects.bulk_create(rows, ignore_conflicts=True)


def _withdraw(withdrawn: Sequence[Change], *, now: datetime) -> None:
    """Take trades back that nothing explains, and tell their owners. The table lets go only of those, and only beside their exceptions."""
    if not withdrawn:
        return
    bulk.run("DELETE FROM trading_trade WHERE id = ANY(%s::uuid[])", [change.trade for change in withdrawn])
    people: dict[UUID, list[Change]] = {}
    for change in withdrawn:
        people.setdefault(change.told.order.owner, []).append(change)
    alerts.raise_alerts(notices=[_unexplained(person, theirs) for person, theirs in people.items()], now=now)


def _unexplained(person: UUID, withdrawn: Sequence[Change]) -> alerts.Notice:
    trades, flaws = [str(change.trade) for change in withdrawn], ", ".join(sorted({change.flaw for change in withdrawn}))
    what, them = ("one of your trades", "it") if len(trades) == 1 else (f"{len(trades)} of your trades", "them")
    return alerts.Notice(
        person=person, severity="WARNING", code="TRADE_UNEXPLAINED",
        sentence=f"Fills that were told late took {what} back: {flaws}. No profit is counted for {them} until fills explain {them} again.",
        data={"trades": trades[:MOST_NAMED], "count": len(trades)}, dedup_key=trades[0],
    )  # fmt: skip


def _rewrite(restated: Sequence[Change]) -> None:
    if not restated:
        return
    right = [change.right for change in restated]
    bulk.run(
        """
        UPDATE trading_trade t SET amount = k.amount, gross = k.gross, fees = k.fees, profit_loss = k.profit, opened_at = k.opened,
            closed_at = k.closed, entry_price = k.entry, exit_price = k.exit, gross_edge_bps = k.edge, bootstrap = k.bootstrap
        FROM unnest(%s::uuid[], %s::numeric[], %s::numeric[], %s::numeric[], %s::numeric[], %s::timestamptz[], %s::timestamptz[],
            %s::numeric[], %s::numeric[], %s::numeric[], %s::boolean[])
            AS k(id, amount, gross, fees, profit, opened, closed, entry, exit, edge, bootstrap)
        WHERE t.id = k.id
        """,
        [change.trade for change in restated], *([getattr(one, name) for one in right] for name in Figures.__slots__),
    )  # fmt: skip


def _record(changes: Sequence[Change], *, now: datetime) -> None:
    """An audit row for each: what was told before, and what is told now."""
    if not changes:
        return
    audit.record_many(
        rows=[
            audit.Act(
                person=change.told.order.owner, actor="system:trades", act="trade.restate", subject=f"trade:{change.trade}",
                before=_spelled(change.told.figures, change.told.exception), after=_spelled(change.right, change.flaw), reason=WHY,
                request_id="",
            )
            for change in changes
        ],
        now=now,
    )  # fmt: skip


def _spelled(told: Figures | None, exception: str) -> dict[str, Any]:
    if told is None:
        return {"exception": exception}
    return {name: _text(getattr(told, name)) for name in Figures.__slots__}


def _text(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    return stamp(value) if isinstance(value, datetime) else value


def _profit(told: Figures | None) -> str:
    return plain(told.profit_loss) if told else ""


def _line(trade: UUID, order: Placed, told: Figures) -> str:
    """One line of COPY text; nothing in it holds characters that need escaping."""
    return "\t".join((
        trade.hex, order.id.hex, order.owner.hex, order.bot.hex if order.bot else bulk.NULL, order.market.hex, order.side, order.reason,
        text24(told.entry_price), text24(told.exit_price), text24(told.amount), text24(told.gross), text24(told.fees),
        text24(told.profit_loss), f"{told.gross_edge_bps:f}", order.mode, "t" if told.bootstrap else "f",
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
        SELECT w.bot_id, count(t.id), count(*) FILTER (WHERE profit_loss > 0),
            count(*) FILTER (WHERE profit_loss <= 0
                AND t.closed_at > greatest(coalesce(w.at, '-infinity'), coalesce(w.since, '-infinity'))),
            coalesce(avg((profit_loss / (entry_price * amount))::float8), 0),
            coalesce(stddev_samp((profit_loss / (entry_price * amount))::float8), 0),
            coalesce(avg(gross_edge_bps::float8), 0), coalesce(stddev_samp(gross_edge_bps::float8), 0)
        FROM (
            SELECT b.bot AS bot_id, won.closed_at AS at, old.since FROM unnest(%s::uuid[]) AS b(bot)
            LEFT JOIN LATERAL (
                SELECT x.closed_at FROM trading_trade x WHERE x.bot_id = b.bot AND x.profit_loss > 0 ORDER BY x.closed_at DESC LIMIT 1
            ) won ON true
            LEFT JOIN trading_trackrecord old ON old.bot_id = b.bot
        ) w LEFT JOIN trading_trade t ON t.bot_id = w.bot_id
        GROUP BY w.bot_id
        ON CONFLICT (bot_id) DO UPDATE SET trades = EXCLUDED.trades, wins = EXCLUDED.wins,
            loss_streak = EXCLUDED.loss_streak, net_return_mean = EXCLUDED.net_return_mean,
            net_return_deviation = EXCLUDED.net_return_deviation, gross_edge_mean_bps = EXCLUDED.gross_edge_mean_bps,
            gross_edge_deviation_bps = EXCLUDED.gross_edge_deviation_bps
        """,
        list(bots),
    )
