"""What a replay came to, from what it wrote. Never writes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from accounts.queries import sql
from trading.models import ReplayRun

GATES = ("clamp", "data", "A", "B", "C", "D", "cover")


@dataclass(frozen=True, kw_only=True)
class Summary:
    """Counts of one run; refusals by the gate that said no, exits by their reason."""

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
    drawdown: Decimal


def run_of(*, owner: UUID) -> str:
    """The run that this person was made for; empty for people who trade live."""
    return ReplayRun.objects.filter(owner=owner).values_list("name", flat=True).first() or ""


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
    points = sql.fetch(
        "SELECT equity, realised, (SELECT coalesce(max((peak - nav) / nullif(peak, 0)), 0) FROM ledger_equitypoint q "
        "WHERE q.wallet_id = p.wallet_id AND q.book_id IS NULL) FROM ledger_equitypoint p JOIN ledger_wallet w ON w.id = p.wallet_id "
        "WHERE w.owner_id = %s AND p.book_id IS NULL ORDER BY at DESC, seq DESC, p.id DESC LIMIT 1",
        owner,
    )
    equity, realised, drawdown = points[0] if points else (Decimal(0), Decimal(0), Decimal(0))
    return Summary(
        bots=sum(n for _, n in statuses), decisions=decisions, orders=sum(n for state, _, n in orders if state != "REFUSED"),
        refusals=refused, fills=fills, trades=sum(row[2] for row in trades), exits=_summed(trades), by_strategy=_by_strategy(trades),
        by_status=dict(statuses), equity=equity, fees=fees, realised=realised, drawdown=drawdown,
    )


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
