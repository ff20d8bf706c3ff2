"""One bot: its figures, chart, position, trades, and why it did or did not trade."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

from django.conf import settings
from django.urls import reverse

from accounts.models import User
from amarktai.dashboard import writing
from amarktai.dashboard.pages import bots as listed
from amarktai.dashboard.pages import costs, gates
from amarktai.dashboard.shapes.bots import BotDetail, Held, MoveLine, Reading, TradeLine, WhyLine
from amarktai.dashboard.shapes.parts import Chart, Choice
from bots import strategies
from bots.domain.candles import timeframe_seconds
from bots.models import Bot, BotMove
from bots.queries import bots as bot_queries
from trading.queries import bots as bot_views
from trading.queries import breaker, charts, trades, why
from trading.queries.bots import BotView, PositionView

SPANS = (120, 360, 1440)
TABLE_CANDLES = 60
MOST_TRADES = 50
MOST_MOVES = 12
EXITS = {"stop_loss": "Stop loss", "take_profit": "Take profit", "trailing": "Trailing stop", "max_holding": "Longest holding"}
DIRECTIONS = {1: "enter", -1: "be out", 0: "no opinion", None: "warming up"}
MOVE_TONES = {"START": "good", "RESUME": "good", "TRIP": "bad", "FAIL": "bad"}


def build(*, bot: Bot, user: User, candles: int, now: datetime) -> BotDetail:
    view = bot_views.view(bot=bot, now=now)
    explained = why.of(bot=bot, now=now)
    strategy = strategies.strategy(bot.strategy)
    units = {parameter.name: parameter.unit for parameter in strategy.parameters}
    return BotDetail(
        row=listed.row(bot=view, user=user, now=now),
        description=strategy.description,
        equity=writing.money(view.book_equity, view.currency),
        fees=writing.money(view.fees, view.currency),
        drawdown=writing.percent(_drawdown(bot=bot, user=user, now=now)),
        chart=chart(bot=bot, user=user, candles=candles),
        held=_held(view=view, position=view.position, user=user, now=now),
        reading=_reading(explained, needed=costs.needed(bot=bot, now=now), user=user, now=now),
        why=tuple(_why(event, user=user, now=now) for event in explained.timeline if event.kind != "MOVE"),
        trades=tuple(
            _trade(trades.view(trade), user=user, now=now) for trade in trades.of(owner=user.id, bot_id=bot.id)[:MOST_TRADES]
        ),
        moves=tuple(_move(move, user=user, now=now) for move in bot_queries.moves(bot_id=bot.id)[:MOST_MOVES]),
        parameters=tuple((name, f"{value} {units.get(name, '')}".strip()) for name, value in bot.parameters.items()),
        exits=_exits(view),
        stage=writing.words(bot.stage),
        created=writing.moment(bot.created_at, zone=user.time_zone, now=now),
        next_tick=_next_tick(bot, now=now),
    )


def span_of(query: Mapping[str, str]) -> int:
    """How many candles the address asks for; one of the three spans."""
    asked = query.get("candles", "")
    return int(asked) if asked in {str(span) for span in SPANS} else SPANS[1]


def chart(*, bot: Bot, user: User, candles: int) -> Chart:
    """Where the drawing finds its data, and the newest candles as a table."""
    found = charts.candles(bot=bot, limit=TABLE_CANDLES)
    here = reverse("dashboard:bot", args=[bot.id])
    seconds = timeframe_seconds(bot.timeframe)
    rows = tuple(
        (
            f"{writing.moment(datetime.fromtimestamp(bar.t, tz=UTC), zone=user.time_zone).text}",
            *(writing.price(Decimal(str(value))) for value in (bar.o, bar.h, bar.l, bar.c)),
            " ".join(f"{dot.side.lower()} {writing.price(Decimal(str(dot.price)))}" for dot in found.marks if dot.t == bar.t),
        )
        for bar in reversed(found.candles)
    )
    return Chart(
        source=f"{reverse('dashboard:chart-bot', args=[bot.id])}?candles={candles}",
        label=f"Candles of {bot.market.symbol}, {bot.timeframe}, with entries and exits of this bot",
        columns=(f"Candle ({user.time_zone})", "Open", "High", "Low", "Close", "Orders filled"),
        rows=rows,
        ranges=tuple(
            Choice(value=str(count), label=writing.span(count * seconds), url=f"{here}?candles={count}", chosen=count == candles)
            for count in SPANS
        ),
    )


def _drawdown(*, bot: Bot, user: User, now: datetime) -> Decimal | None:
    for view in breaker.status(owner=user.id, policy=settings.POLICY, now=now):
        if view.bot_id == bot.id:
            return next((limit.value for limit in view.limits if limit.name == "DRAWDOWN"), None)
    return None


def _held(*, view: BotView, position: PositionView | None, user: User, now: datetime) -> Held | None:
    if position is None:
        return None
    entry = position.cost / position.units
    return Held(
        quantity=writing.quantity(position.units, position.asset),
        entry=f"{writing.price(entry)} {view.currency} with fees",
        mark=f"{writing.price(position.value / position.units)} {view.currency}" if position.value is not None else "no price is known",
        value=writing.spoken(writing.money(position.value, view.currency)),
        unrealised=writing.money(position.unrealised_profit, view.currency, signed=True),
        share=writing.share(position.unrealised_profit, position.cost),
        opened=writing.moment(position.opened_at or now, zone=user.time_zone, now=now),
        exits=_exits(view),
    )


def _exits(view: BotView) -> tuple[tuple[str, str], ...]:
    found = []
    for name, label in EXITS.items():
        value = getattr(view.exits, name)
        if value is None:
            found.append((label, "off"))
        elif name == "max_holding":
            found.append((label, writing.span(value)))
        else:
            found.append((label, writing.spoken(writing.percent(value))))
    return tuple(found)


def _reading(explained: why.WhyView, *, needed: Decimal, user: User, now: datetime) -> Reading | None:
    read = explained.reading
    if read is None:
        return None
    return Reading(
        sentence=explained.sentence,
        pairs=(
            ("Signal", DIRECTIONS.get(read.direction, str(read.direction))),
            ("Expected edge", f"{read.edge_bps} bps" if read.edge_bps is not None else writing.NONE),
            ("Needed to enter", costs.text(needed)),
            ("Close", writing.price(read.close)),
            *((("Candles skipped", str(read.skipped)),) if read.skipped else ()),
        ),
        candle=writing.moment(read.candle, zone=user.time_zone, now=now),
    )


def _why(event: why.Event, *, user: User, now: datetime) -> WhyLine:
    return WhyLine(
        at=writing.moment(event.at, zone=user.time_zone, now=now),
        title={"REFUSAL": "Refused", "ORDER": "Order", "TRIP": "Breaker tripped"}.get(event.kind, writing.words(event.kind)),
        sentence=event.sentence,
        tone="bad" if event.kind in ("REFUSAL", "TRIP") else "good" if event.code == "FILLED" else "",
        gates=gates.lines(event.gates),
        order_url=reverse("dashboard:order", args=[event.order_id]) if event.order_id else "",
    )


def _trade(trade: trades.TradeView, *, user: User, now: datetime) -> TradeLine:
    return TradeLine(
        closed=writing.moment(trade.timestamp, zone=user.time_zone, now=now),
        opened=writing.moment(trade.opened_at, zone=user.time_zone, now=now),
        reason=writing.words(trade.reason),
        amount=writing.quantity(trade.amount),
        entry=writing.price(trade.entry_price),
        exit=writing.price(trade.exit_price),
        fees=writing.spoken(writing.money(trade.fees, trade.currency)),
        profit=writing.money(trade.profit_loss, trade.currency, signed=True),
        bootstrap=trade.bootstrap,
    )


def _move(move: BotMove, *, user: User, now: datetime) -> MoveLine:
    return MoveLine(
        at=writing.moment(move.at, zone=user.time_zone, now=now),
        title=f"{writing.words(move.move)}: {move.after.replace('_', ' ').lower()}",
        reason=move.reason,
        actor=who(move.actor, user=user),
        tone=MOVE_TONES.get(move.move, ""),
    )


def who(actor: str, *, user: User) -> str:
    """An actor label for people: yourself, an operator, or the part of the system."""
    role, _, name = actor.partition(":")
    if name == str(user.id):
        return "you"
    return f"the system ({name})" if role == "system" else "an operator" if role == "operator" else "another person"


def _next_tick(bot: Bot, *, now: datetime) -> str:
    if bot.status == "STOPPED":
        return "stopped for good"
    seconds = timeframe_seconds(bot.timeframe)
    left = seconds - int(now.timestamp()) % seconds
    return f"next candle closes in {writing.kept(writing.span(left))}"
