"""Bots with what they have done and what they hold: one frozen view per bot, in a constant number of statements. Never writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.domain.refusals import Malformed
from accounts.queries import sql
from bots.domain import lifecycle
from bots.models import Bot, Status
from bots.queries import bots as bot_queries
from trading.domain.admission import Admission
from trading.domain.policy import Policy
from trading.models.record import TrackRecord
from trading.queries import admission, bot_money
from trading.queries.bot_money import BotMoney

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
    order_type: str
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
class OneBotView(BotView):
    """A bot with what it needs for its smallest trade to be legal; None while its market has no price."""

    smallest_trade: Admission | None


def of(*, owner: UUID, status: str = "", venue: str = "", symbol: str = "") -> QuerySet[Bot]:
    """A person's bots, newest first."""
    found = bot_queries.of(owner=owner)
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


def one_view(*, bot: Bot, policy: Policy, now: datetime) -> OneBotView:
    """One bot alone, with what a list leaves out."""
    shown = view(bot=bot, now=now)
    known = {each.name: getattr(shown, each.name) for each in fields(shown)}
    return OneBotView(**known, smallest_trade=admission.of(bot=bot, policy=policy, now=now))


def views(*, bots: Sequence[Bot], now: datetime) -> list[BotView]:
    """One view per bot in the given order; the market should be loaded with each."""
    held = bot_money.of_bots(bot_ids=[bot.id for bot in bots])
    records = TrackRecord.objects.in_bulk([bot.id for bot in bots])
    ticked = _ticked(bots)
    return [
        _view(
            bot=bot, held=held[bot.id], record=records.get(bot.id) or TrackRecord(),
            ticked=ticked.get(bot.id), now=now,
        )
        for bot in bots
    ]  # fmt: skip


def _ticked(bots: Sequence[Bot]) -> dict[UUID, datetime]:
    """When each bot's own stream was last ticked: the live one, or that of its replay."""
    rows = sql.fetch(
        "SELECT b.id, s.ticked_at FROM bots_bot b LEFT JOIN trading_replayrun r ON r.owner_id = b.owner_id "
        "JOIN trading_stream s ON s.market_id = b.market_id AND s.timeframe = b.timeframe AND s.run = coalesce(r.name, '') "
        "WHERE b.id = ANY(%s) AND s.ticked_at IS NOT NULL",
        [bot.id for bot in bots],
    )
    return dict(rows)


def _view(*, bot: Bot, held: BotMoney, record: TrackRecord, ticked: datetime | None, now: datetime) -> BotView:
    return BotView(
        id=bot.id,
        name=bot.name,
        venue=bot.market.venue,
        symbol=bot.market.symbol,
        timeframe=bot.timeframe,
        strategy=bot.strategy,
        parameters=bot.parameters,
        exits=ExitsView(
            stop_loss=bot.stop_loss, take_profit=bot.take_profit, trailing=bot.trailing, max_holding=bot.max_holding
        ),
        mode=bot.mode,
        order_type=bot.order_type,
        profile=bot.profile,
        status=bot.status,
        pause_reason=bot.pause_reason,
        stage=bot.stage,
        moves=lifecycle.legal(bot.status, bot.pause_reason),
        book_id=bot.book_id,
        currency=bot.market.quote_id,
        allocated_capital=held.allocated,
        book_equity=held.equity,
        cash=held.cash,
        reserved=held.reserved,
        position=_position(bot=bot, held=held),
        realised_profit=held.realised,
        unrealised_profit=held.unrealised,
        fees=held.fees,
        trades=record.trades,
        wins=record.wins,
        win_rate=_rate(wins=record.wins, trades=record.trades),
        loss_streak=record.loss_streak,
        last_tick=ticked,
        last_tick_age_s=round((now - ticked).total_seconds(), 1) if ticked else None,
        created_at=bot.created_at,
    )


def _position(*, bot: Bot, held: BotMoney) -> PositionView | None:
    if not held.units:
        return None
    return PositionView(
        asset=bot.market.base_id,
        units=held.units,
        cost=held.cost_with_fees,
        value=held.value,
        unrealised_profit=held.unrealised,
        opened_at=held.opened_at,
    )


def _rate(*, wins: int, trades: int) -> Decimal | None:
    """Share of trades with a profit, to four places; empty without trades."""
    if not trades:
        return None
    return (Decimal(wins) / Decimal(trades)).quantize(RATE_PLACES, rounding=ROUND_HALF_EVEN)
