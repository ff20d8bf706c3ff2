"""Why did my bot (not) trade: its latest reading, the halts over it, and a timeline of orders, refusals and moves.

Never writes. The sentence is made by `trading.domain.explanation`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from bots.models import Bot
from bots.queries import bots as bot_queries
from trading.domain import explanation
from trading.domain.explanation import Facts, Refused, explain
from trading.models.order import Order, State
from trading.models.record import BreakerTrip
from trading.queries import holdings, readings, stops
from trading.queries.readings import ReadingView
from trading.venues import venue

TIMELINE = 50


@dataclass(frozen=True, kw_only=True)
class Event:
    """One line of the timeline: an order (with its gates), a move of the bot, or a trip of its breaker."""

    at: datetime
    kind: str
    code: str
    sentence: str
    actor: str
    order_id: UUID | None
    gates: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class WhyView:
    bot_id: UUID
    status: str
    pause_reason: str
    sentence: str
    reading: ReadingView | None
    halts: tuple[stops.HaltView, ...]
    timeline: tuple[Event, ...]


def of(*, bot: Bot, now: datetime) -> WhyView:
    """The door has looked the bot up among its owner's."""
    orders = list(Order.objects.filter(bot=bot).order_by("-created_at", "-id")[:TIMELINE])
    halts = tuple(stops.over(bot=bot))
    reading = readings.of_bot(bot=bot, now=now)
    events = [_order(order) for order in orders] + _moves(bot) + _trips(bot)
    return WhyView(
        bot_id=bot.id,
        status=bot.status,
        pause_reason=bot.pause_reason,
        sentence=explain(_facts(bot=bot, orders=orders, halts=halts, reading=reading)),
        reading=reading,
        halts=halts,
        timeline=tuple(sorted(events, key=lambda event: event.at, reverse=True)[:TIMELINE]),
    )


def _facts(*, bot: Bot, orders: list[Order], halts: tuple[stops.HaltView, ...], reading: ReadingView | None) -> Facts:
    """The strictest halt counts. A refusal counts when it is the answer to the newest candle that asked for an order."""
    worst = min(halts, key=lambda halt: halt.level != "HALTED", default=None)
    newest = orders[0] if orders else None
    return Facts(
        status=bot.status,
        pause_reason=bot.pause_reason,
        halt_level=worst.level if worst else "",
        halt_source=worst.source if worst else "",
        holds=holdings.of_bots(bot_ids=[bot.id])[bot.id].units > 0,
        ticked=reading is not None,
        live_data=venue(bot.market.venue).live_data,
        skipped=reading.skipped if reading else 0,
        direction=reading.direction if reading else None,
        edge_bps=reading.edge_bps if reading else None,
        refused=_refused(newest) if newest is not None and newest.state == State.REFUSED else None,
    )


def _refused(order: Order) -> Refused | None:
    for said in order.verdicts:
        if said.get("verdict") == "REFUSED":
            return Refused(gate=said["gate"], code=said["code"], sentence=said["sentence"])
    return None


def _order(order: Order) -> Event:
    said = _refused(order)
    return Event(
        at=order.created_at,
        kind="REFUSAL" if order.state == State.REFUSED else "ORDER",
        code=said.code if said else order.state,
        sentence=said.sentence if said
        else explanation.order(side=order.side, leg=order.leg, reason=order.reason, state=order.state),
        actor="",
        order_id=order.id,
        gates=list(order.verdicts),
    )


def _moves(bot: Bot) -> list[Event]:
    return [
        Event(
            at=move.at, kind="MOVE", code=move.move, actor=move.actor, order_id=None, gates=[],
            sentence=explanation.move(before=move.before, after=move.after, reason=move.reason),
        )
        for move in bot_queries.moves(bot_id=bot.id)[:TIMELINE]
    ]  # fmt: skip


def _trips(bot: Bot) -> list[Event]:
    trips = BreakerTrip.objects.filter(bot=bot).order_by("-at", "-id")[:TIMELINE]
    return [
        Event(at=trip.at, kind="TRIP", code=trip.limit, sentence=trip.sentence, actor="", order_id=None, gates=[])
        for trip in trips
    ]
