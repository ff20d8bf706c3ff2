"""What happened to a bot, newest first: its orders and refusals with their gates, its moves, the trips of its breaker. Never writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from bots.domain.candles import timeframe_seconds
from bots.models import Bot, BotMove
from bots.queries import bots as bot_queries
from ledger.models import Market
from trading.domain import explanation, shortfall
from trading.domain.explanation import Refused
from trading.models.order import Order, State
from trading.models.record import BreakerTrip

PAGE = 50
Cursor = tuple[datetime, UUID]


@dataclass(frozen=True, kw_only=True)
class Event:
    """One line: an order (with its gates), a move of the bot, or a trip of its breaker.

    `lacking` says what a refused order would have needed; `data_age_s` how old the candle's close was when it was decided on.
    """

    id: UUID
    at: datetime
    kind: str
    code: str
    sentence: str
    actor: str
    order_id: UUID | None
    gates: list[dict[str, Any]]
    lacking: str = ""
    data_age_s: float | None = None


def of(*, bot: Bot, before: Cursor | None = None, most: int = PAGE) -> list[Event]:
    """The newest events below the cursor (time and id of the last one seen), at most `most`, in three statements."""
    orders = _below(orders_of(bot), before, column="created_at")[:most]
    moves = _below(bot_queries.moves(bot_id=bot.id), before, column="at")[:most]
    trips = _below(BreakerTrip.objects.filter(bot=bot).order_by("-at", "-id"), before, column="at")[:most]
    events = [_order(order) for order in orders] + [_move(move) for move in moves] + [_trip(trip) for trip in trips]
    return sorted(events, key=lambda event: (event.at, event.id), reverse=True)[:most]


def orders_of(bot: Bot) -> QuerySet[Order]:
    return Order.objects.filter(bot=bot).select_related("market").order_by("-created_at", "-id")


def refused(order: Order) -> Refused | None:
    """The gate that said no to an order, if one did."""
    said = _no(order)
    return Refused(gate=said["gate"], code=said["code"], sentence=said["sentence"]) if said else None


def _below(rows: QuerySet[Any], before: Cursor | None, *, column: str) -> QuerySet[Any]:
    if before is None:
        return rows
    at, last = before
    return rows.filter(Q(**{f"{column}__lt": at}) | Q(**{column: at, "id__lt": last}))


def _no(order: Order) -> dict[str, Any] | None:
    return next((said for said in order.verdicts if said.get("verdict") == "REFUSED"), None)


def _order(order: Order) -> Event:
    said = _no(order)
    filled = order.filled_quantity > 0
    told = explanation.order(side=order.side, leg=order.leg, reason=order.reason, state=order.state, filled=filled)
    return Event(
        id=order.id,
        at=order.created_at,
        kind="REFUSAL" if order.state == State.REFUSED else "ORDER",
        code=said["code"] if said else order.state,
        sentence=said["sentence"] if said else told,
        actor="",
        order_id=order.id,
        gates=list(order.verdicts),
        lacking=_lacking(said, order.market) if said else "",
        data_age_s=_age(order),
    )


def _lacking(said: dict[str, Any], market: Market) -> str:
    return shortfall.of(code=said["code"], numbers=said.get("numbers") or {}, base=market.base_id, quote=market.quote_id)


def _age(order: Order) -> float | None:
    """Seconds from the close of the candle that an order was decided on to the order itself; None without a candle."""
    if order.candle is None:
        return None
    closed = order.candle + timedelta(seconds=timeframe_seconds(order.timeframe))
    return round(max(0.0, (order.created_at - closed).total_seconds()), 1)


def _move(move: BotMove) -> Event:
    return Event(
        id=move.id, at=move.at, kind="MOVE", code=move.move, actor=move.actor, order_id=None, gates=[],
        sentence=explanation.move(before=move.before, after=move.after, reason=move.reason),
    )  # fmt: skip


def _trip(trip: BreakerTrip) -> Event:
    return Event(id=trip.id, at=trip.at, kind="TRIP", code=trip.limit, sentence=trip.sentence, actor="", order_id=None, gates=[])
