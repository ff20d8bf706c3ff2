"""What a replay came to, from what it wrote. Never writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from accounts.queries import sql
from bots.domain.lifecycle import EMERGENCY_STOP
from bots.models import Bot
from ledger.domain import nav
from ledger.domain.currencies import CURRENCIES
from ledger.domain.numbers import ZERO
from trading.models import ReplayRun, Stream, Trade

GATES = ("clamp", "data", "A", "B", "C", "D", "cover")


@dataclass(frozen=True, kw_only=True)
class Summary:
    """Counts of one run; refusals by the gate that said no, exits by their reason. Sums over several quote currencies count them one
    to one; by_currency tells them apart."""

    bots: int
    decisions: int
    orders: int
    refusals: dict[str, int]
    fills: int
    trades: int
    exits: dict[str, int]
    by_strategy: dict[str, dict[str, Any]]
    by_status: dict[str, int]
    equity: Decimal
    fees: Decimal
    realised: Decimal
    unrealised: Decimal
    drawdown: Decimal
    by_currency: dict[str, dict[str, Decimal]]


def run_of(*, owner: UUID) -> str:
    """The run that this person was made for; empty for people who trade live."""
    return ReplayRun.objects.filter(owner=owner).values_list("name", flat=True).first() or ""


def people() -> list[UUID]:
    """Everybody that a run was made for."""
    return list(ReplayRun.objects.order_by().values_list("owner", flat=True))


def not_of_one(owner: str) -> str:
    """The SQL of whether a person, named by this column, is none that a run was made for."""
    return f"NOT EXISTS (SELECT FROM trading_replayrun r WHERE r.owner_id = {owner})"


def stopped(*, stream: Stream) -> bool:
    """Whether an emergency stop, lifted or not, has paused bots of the run that this stream belongs to."""
    whose = ReplayRun.objects.filter(name=stream.run).values("owner")
    return Bot.objects.filter(owner__in=whose, status="PAUSED", pause_reason=EMERGENCY_STOP).exists()


def last_valued(*, stream: Stream) -> int:
    """Close time (epoch s) of the newest tick of a run that valued a book, when it was one of this stream; 0 otherwise."""
    rows = sql.fetch(
        "SELECT b.market_id = %s AND b.timeframe = %s, extract(epoch FROM p.at)::bigint FROM ledger_equitypoint p "
        "JOIN bots_bot b ON b.book_id = p.book_id JOIN trading_replayrun r ON r.owner_id = b.owner_id "
        "WHERE r.name = %s ORDER BY p.at DESC, p.id DESC LIMIT 1",
        stream.market_id, stream.timeframe, stream.run,
    )  # fmt: skip
    return int(rows[0][1]) if rows and rows[0][0] else 0


def traded_since(*, stream: Stream, since: int) -> list[UUID]:
    """The bots of a run's stream that have closed a trade at or after this moment (epoch s)."""
    at = datetime.fromtimestamp(since, tz=UTC)
    of_stream = Trade.objects.filter(order__run=stream.run, order__timeframe=stream.timeframe, market=stream.market_id)
    return list(of_stream.filter(closed_at__gte=at, bot__isnull=False).values_list("bot_id", flat=True).distinct())


def summary(*, run: str, owner: UUID) -> Summary:
    """Read a run's outcome by its person."""
    orders = sql.fetch(
        "SELECT state, coalesce(verdicts -> -1 ->> 'gate', ''), count(*) FROM trading_order WHERE owner_id = %s AND run = %s GROUP BY 1, 2",
        owner, run,
    )  # fmt: skip
    refused = {gate: sum(n for state, by, n in orders if state == "REFUSED" and by == gate) for gate in GATES}
    ((decisions,),) = sql.fetch(
        "SELECT count(*) FROM trading_decision d JOIN bots_bot b ON b.id = d.bot_id WHERE b.owner_id = %s", owner
    )
    ((fills, fees),) = sql.fetch(
        "SELECT count(*), coalesce(sum(f.fee), 0) FROM ledger_fill f JOIN ledger_wallet w ON w.id = f.wallet_id WHERE w.owner_id = %s",
        owner,
    )
    trades = sql.fetch(
        "SELECT b.strategy, t.reason, count(*), sum(t.gross), sum(t.profit_loss), count(*) FILTER (WHERE t.profit_loss > 0) "
        "FROM trading_trade t JOIN bots_bot b ON b.id = t.bot_id WHERE t.owner_id = %s GROUP BY 1, 2 ORDER BY 1, 2",
        owner,
    )
    statuses = sql.fetch("SELECT status, count(*) FROM bots_bot WHERE owner_id = %s GROUP BY 1 ORDER BY 1", owner)
    money = _money(owner)
    drawdown = _drawdown(owner)
    return Summary(
        bots=sum(n for _, n in statuses), decisions=decisions, orders=sum(n for state, _, n in orders if state != "REFUSED"),
        refusals=refused, fills=fills, trades=sum(row[2] for row in trades), exits=_summed(trades), by_strategy=_by_strategy(trades),
        by_status=dict(statuses), fees=fees, drawdown=drawdown, by_currency=money,
        **{key: sum((row[key] for row in money.values()), ZERO) for key in ("equity", "realised", "unrealised")},
    )  # fmt: skip


def _money(owner: UUID) -> dict[str, dict[str, Decimal]]:
    """Equity and profit of each currency at its newest point; one that never bought anything is what it was funded with."""
    rows = sql.fetch(
        "SELECT b.asset_id, sum(b.cash + b.reserved - b.deficit) FROM ledger_balance b JOIN ledger_book k ON k.id = b.book_id "
        "JOIN ledger_wallet w ON w.id = k.wallet_id WHERE w.owner_id = %s AND b.asset_id = ANY(%s) GROUP BY 1 ORDER BY 1",
        owner, sorted(CURRENCIES),
    )  # fmt: skip
    points = sql.fetch(
        "SELECT DISTINCT ON (p.currency_id) p.currency_id, p.equity, p.realised, p.unrealised FROM ledger_equitypoint p "
        "JOIN ledger_wallet w ON w.id = p.wallet_id WHERE w.owner_id = %s AND p.book_id IS NULL ORDER BY 1, p.at DESC, p.id DESC",
        owner,
    )  # fmt: skip
    found = {asset: {"equity": cash, "realised": ZERO, "unrealised": ZERO} for asset, cash in rows}
    return found | {
        asset: {"equity": equity, "realised": realised, "unrealised": unrealised} for asset, equity, realised, unrealised in points
    }


def _drawdown(owner: UUID) -> Decimal:
    """The deepest fall of the nav of all currencies together, counted one to one: a replay looks at no market but its own."""
    newest: dict[str, tuple[Decimal, Decimal]] = {}
    state, funded, deepest = nav.START, ZERO, ZERO
    rows = sql.fetch(
        "SELECT p.at, p.currency_id, p.equity, p.net_funding FROM ledger_equitypoint p JOIN ledger_wallet w ON w.id = p.wallet_id "
        "WHERE w.owner_id = %s AND p.book_id IS NULL ORDER BY p.at, p.id",
        owner,
    )  # fmt: skip
    for _, moment in groupby(rows, key=itemgetter(0)):
        newest |= {currency: (equity, funding) for _, currency, equity, funding in moment}
        total, given = (sum((pair[side] for pair in newest.values()), ZERO) for side in (0, 1))
        state = nav.advance(state, equity=total, flow=given - funded)
        funded, deepest = given, max(deepest, nav.drawdown(state))
    return deepest


def _summed(trades: list[tuple[Any, ...]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for _, reason, count, *_ in trades:
        found[reason] = found.get(reason, 0) + count
    return found


def _by_strategy(trades: list[tuple[Any, ...]]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for family, _, count, gross, net, wins in trades:
        row = found.setdefault(family, {"trades": 0, "wins": 0, "gross": Decimal(0), "net": Decimal(0)})
        row["trades"] += count
        row["wins"] += wins
        row["gross"] += gross
        row["net"] += net
    return found
