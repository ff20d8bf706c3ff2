"""Bots with what they have done and what they hold: one frozen view per bot, in a constant number of statements. Never writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any
from uuid import UUID

from django.db.models import Max, Q, QuerySet, Sum

from accounts.domain.refusals import Malformed
from accounts.models import User
from bots.domain import lifecycle
from bots.models import Bot, Status
from bots.queries import bots as bot_queries
from ledger.queries import books
from trading.models.market import Stream
from trading.models.record import TrackRecord, Trade

RATE_PLACES = Decimal("0.0001")


@dataclass(frozen=True, kw_only=True)
class ExitsView:
    """Distances as fractions, the holding time in seconds; empty: off."""

    stop_loss: Decimal | None
    take_profit: Decimal | None
    trailing: Decimal | None
    max_holding: int | None


@dataclass(frozen=True, kw_only=True)
class PositionView:
    """What the bot holds: units of `asset`, their cost with entry fees, and their value at the newest mark."""

    asset: str
    units: Decimal
    cost: Decimal
    value: Decimal | None
    unrealised_profit: Decimal | None
    opened_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class BotView:
    """A bot as its owner sees it; money is in `currency`."""

    id: UUID
    name: str
    venue: str
    symbol: str
    timeframe: str
    strategy: str
    parameters: dict[str, Any]
    exits: ExitsView
    mode: str
    profile: str
    status: str
    pause_reason: str
    stage: str
    moves: tuple[str, ...]
    book_id: UUID
    currency: str
    allocated_capital: Decimal
    book_equity: Decimal | None
    cash: Decimal
    reserved: Decimal
    position: PositionView | None
    realised_profit: Decimal
    unrealised_profit: Decimal | None
    fees: Decimal
    trades: int
    wins: int
    win_rate: Decimal | None
    loss_streak: int
    last_tick: datetime | None
    last_tick_age_s: float | None
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class _Done:
    """Sums over a bot's trades."""

    profit: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)


def of(*, owner: User, status: str = "", venue: str = "", symbol: str = "") -> QuerySet[Bot]:
    """A person's bots, newest first."""
    found = bot_queries.of(owner=owner).select_related("market")
    if status:
        if status not in Status.values:
            raise Malformed("UNKNOWN_STATUS", f"{status[:20]} is no bot status.", statuses=list(Status.values))
        found = found.filter(status=status)
    if venue:
        found = found.filter(market__venue=venue)
    if symbol:
        found = found.filter(market__symbol=symbol)
    return found.order_by("-created_at", "-id")


def view(*, bot: Bot, now: datetime) -> BotView:
    return views(bots=[bot], now=now)[0]


def views(*, bots: Sequence[Bot], now: datetime) -> list[BotView]:
    """One view per bot in the given order; the market should be loaded with each."""
    money = books.facts(book_ids=[bot.book_id for bot in bots])
    records = TrackRecord.objects.in_bulk([bot.id for bot in bots])
    done = _done(bots)
    ticked = _ticked(bots)
    return [
        _view(
            bot=bot, money=money[bot.book_id], record=records.get(bot.id) or TrackRecord(),
            done=done.get(bot.id, _Done()), ticked=ticked.get((bot.market_id, bot.timeframe)), now=now,
        )
        for bot in bots
    ]  # fmt: skip


def _done(bots: Sequence[Bot]) -> dict[UUID, _Done]:
    rows = (
        Trade.objects.filter(bot__in=[bot.id for bot in bots])
        .values("bot_id")
        .annotate(profit=Sum("profit_loss"), paid=Sum("fees"))
    )
    return {row["bot_id"]: _Done(profit=row["profit"], fees=row["paid"]) for row in rows.order_by()}


def _ticked(bots: Sequence[Bot]) -> dict[tuple[UUID, str], datetime]:
    """When each bot's market and timeframe was last ticked, whatever the run."""
    rows = (
        Stream.objects.filter(Q(market__in={bot.market_id for bot in bots}), ticked_at__isnull=False)
        .values("market_id", "timeframe")
        .annotate(at=Max("ticked_at"))
    )
    return {(row["market_id"], row["timeframe"]): row["at"] for row in rows.order_by()}
