"""One bot: its figures, chart, position, trades, and why it did or did not trade."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from django.conf import settings
from django.urls import reverse

from accounts.models import User
from accounts.queries import audit
from amarktai.dashboard import writing
from amarktai.dashboard.pages import asked, audit_values, filling, outlook, periods, why
from amarktai.dashboard.pages import bots as listed
from amarktai.dashboard.pages import trades as trade_lines
from amarktai.dashboard.pages.orders import KINDS
from amarktai.dashboard.shapes.bots import BotDetail, ChangeLine, Held
from amarktai.dashboard.shapes.parts import Chart, Choice
from amarktai.dashboard.shapes.profits import Periods
from bots import strategies
from bots.domain.candles import timeframe_seconds
from bots.models import Bot
from trading.queries import bots as bot_views
from trading.queries import breaker, charts, orders, trade_sums
from trading.queries import why as why_queries
from trading.queries.bots import BotView, PositionView

SPANS = (120, 360, 1440)
TABLE_CANDLES = 60
MOST_TRADES = 10
MOST_PERIODS = 10
MOST_CHANGES = 8
EXITS = {"stop_loss": "Stop loss", "take_profit": "Take profit", "trailing": "Trailing stop", "max_holding": "Longest holding"}
CHANGES = {"bot.create": "Made", "bot.change": "Changed", "bot.capital": "Capital changed"}
TUNED = ("parameters", "stop_loss", "take_profit", "trailing", "max_holding", "order_type", "profile", "capital", "name")


def build(*, bot: Bot, user: User, query: Mapping[str, str], now: datetime) -> BotDetail:
    view = bot_views.view(bot=bot, now=now)
    explained = why_queries.of(bot=bot, now=now)
    strategy = strategies.strategy(bot.strategy)
    units = {parameter.name: parameter.unit for parameter in strategy.parameters}
    mine = trade_sums.of(owner=user.id, wish=trade_sums.Wish(bot_id=bot.id, mode=bot.mode))
    kept = {"candles": query.get("candles", "")[:5], "by": query.get("by", "")[:8]}
    events, older = why.lines(bot=bot, before=query.get("before", ""), user=user, now=now)
    return BotDetail(
        row=listed.row(bot=view, user=user, now=now),
        description=strategy.description,
        equity=writing.total(view.book_equity, view.currency),
        fees=writing.total(view.fees, view.currency),
        drawdown=writing.percent(_drawdown(bot=bot, user=user, now=now)),
        chart=chart(bot=bot, user=user, candles=span_of(query)),
        held=_held(view=view, position=view.position, user=user, now=now),
        reading=why.reading(explained, bot=bot, user=user, now=now),
        why=events,
        older_url=f"{asked.address(kept, {'before': older})}#why" if older else "",
        newest_url=f"{asked.address(kept)}#why" if query.get("before") else "",
        trades=trade_lines.lines(list(mine[:MOST_TRADES]), user=user, now=now),
        trades_url=reverse("dashboard:trades") + asked.address({"bot": str(bot.id), "range": "all"}),
        waits=trade_lines.waits(user=user, bot_id=bot.id, now=now, any_trade=False),
        periods=_periods(bot=bot, user=user, query=query, kept=kept, now=now),
        parameters=(
            *((writing.words(name.upper()), f"{value} {units.get(name, '')}".strip()) for name, value in bot.parameters.items()),
            ("Enters by", f"{KINDS.get(bot.order_type, bot.order_type).lower()} order"), ("Breaker", f"{bot.profile} profile"),
        ),
        changes=_changes(bot=bot, user=user, now=now),
        exits=_exits(view),
        stage=writing.words(bot.stage),
        created=writing.moment(bot.created_at, zone=user.time_zone, now=now),
        next_tick=_next_tick(bot, now=now),
        looked_at=explained.reading is not None,
        said=explained.sentence,
        idle=_idle(bot, view=view, now=now),
    )


def _periods(*, bot: Bot, user: User, query: Mapping[str, str], kept: Mapping[str, str], now: datetime) -> Periods:
    kind = periods.known(query.get("by", ""))
    found = periods.of(user=user, bot=bot, period=kind, now=now)
    return Periods(
        tabs=tuple(replace(tab, url=f"{tab.url}#periods") for tab in periods.tabs(kind, name="by", others={**kept, "by": ""})),
        kind=periods.KINDS[kind],
        lines=periods.lines(found, period=kind, most=MOST_PERIODS),
        more_url=reverse("dashboard:profits") + asked.address({"bot": str(bot.id), "period": kind}),
    )


def _changes(*, bot: Bot, user: User, now: datetime) -> tuple[ChangeLine, ...]:
    """What the audit trail says of this bot's settings, the last change first."""
    rows = audit.visible_to(user=user).filter(subject=f"bot:{bot.id}", act__in=CHANGES)[:MOST_CHANGES]
    return tuple(
        ChangeLine(
            at=writing.clock(row.at, zone=user.time_zone, now=now), actor=why.who(row.actor, user=user), title=CHANGES[row.act],
            changes=audit_values.changes(row, only=TUNED),
        )
        for row in rows
    )  # fmt: skip


def span_of(query: Mapping[str, str]) -> int:
    """How many candles the address asks for; one of the three spans."""
    wanted = query.get("candles", "")
    return int(wanted) if wanted in {str(span) for span in SPANS} else SPANS[1]


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
    if bot.status == "STOPPED":
        return None
    [view] = breaker.status(owner=user.id, bots=[bot], own=False, policy=settings.POLICY, now=now)
    return next((limit.value for limit in view.limits if limit.name == "DRAWDOWN"), None)


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
        close_url=reverse("dashboard:bot-close", args=[view.id]),
        closing=_closing(view=view, user=user),
        exits=_exits(view),
    )


def _closing(*, view: BotView, user: User) -> str:
    """When what sells the position is done; empty while nothing does."""
    order = orders.pending(owner=user.id).filter(bot=view.id, leg="EXIT").first()
    return filling.of(order, zone=user.time_zone) if order is not None else ""


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


def _idle(bot: Bot, *, view: BotView, now: datetime) -> str:
    """Whether its money is too little to trade at all: of one that holds nothing and has not ended."""
    if bot.status == "STOPPED" or view.position is not None:
        return ""
    return outlook.idle(bot=bot, capital=view.book_equity if view.book_equity is not None else view.allocated_capital, now=now)


def _next_tick(bot: Bot, *, now: datetime) -> str:
    if bot.status == "STOPPED":
        return "stopped for good"
    seconds = timeframe_seconds(bot.timeframe)
    left = seconds - int(now.timestamp()) % seconds
    return f"next candle closes in {writing.kept(writing.span(left))}"
