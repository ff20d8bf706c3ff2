"""Why did my bot (not) trade: its latest reading, the halts over it, and a timeline of orders, refusals and moves.

Never writes. The sentence is made by `trading.domain.explanation`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from bots.models import Bot
from trading.domain.explanation import Facts, explain
from trading.models.order import Order, State
from trading.queries import bot_money, readings, stops, timeline
from trading.queries.readings import ReadingView
from trading.queries.timeline import Event
from trading.venues import venue


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
    newest = timeline.orders_of(bot).first()
    halts = tuple(stops.over(bot=bot))
    reading = readings.of_bot(bot=bot, now=now)
    return WhyView(
        bot_id=bot.id,
        status=bot.status,
        pause_reason=bot.pause_reason,
        sentence=explain(_facts(bot=bot, newest=newest, halts=halts, reading=reading)),
        reading=reading,
        halts=halts,
        timeline=tuple(timeline.of(bot=bot)),
    )


def _facts(*, bot: Bot, newest: Order | None, halts: tuple[stops.HaltView, ...], reading: ReadingView | None) -> Facts:
    """The strictest halt counts. A refusal counts while no candle has been judged after the one that it answered."""
    worst = min(halts, key=lambda halt: halt.level != "HALTED", default=None)
    answered = newest is not None and newest.state == State.REFUSED and _newest(newest, reading)
    return Facts(
        status=bot.status,
        pause_reason=bot.pause_reason,
        halt_level=worst.level if worst else "",
        halt_source=worst.source if worst else "",
        holds=bot_money.of_bots(bot_ids=[bot.id])[bot.id].units > 0,
        ticked=reading is not None,
        live_data=venue(bot.market.venue).live_data,
        skipped=reading.skipped if reading else 0,
        direction=reading.direction if reading else None,
        edge_bps=reading.edge_bps if reading else None,
        refused=timeline.refused(newest) if newest is not None and answered else None,
    )


def _newest(order: Order, reading: ReadingView | None) -> bool:
    """Whether the order answers the candle that was judged last; one that a person asked for answers none."""
    return reading is None or (order.candle is not None and order.candle >= reading.candle)
