"""Profits: what was earned per day, week or month, of all bots or of one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.urls import reverse

from accounts.domain.chain import stamp
from accounts.domain.decimals import plain
from accounts.models import User
from amarktai.dashboard import writing
from amarktai.dashboard.pages import asked, curves, periods
from amarktai.dashboard.pages.trades import waits
from amarktai.dashboard.shapes.parts import Chart
from amarktai.dashboard.shapes.profits import Profits
from bots.queries import bots as bot_queries
from ledger.domain.periods import Profit

FEWEST = 21  # periods that a drawing has at least, where there are so many


def build(*, user: User, query: Mapping[str, str], now: datetime) -> Profits:
    mine = list(bot_queries.of(owner=user.id))
    bot = asked.bot(query, mine)
    period = periods.known(query.get("period", ""))
    found = periods.of(user=user, bot=bot, period=period, now=now)
    kept = {"bot": str(bot.id) if bot else ""}
    return Profits(
        kind=periods.KINDS[period],
        period=period,
        tabs=periods.tabs(period, name="period", others=kept),
        bots=asked.choices([(str(one.id), one.name) for one in mine], kept["bot"]),
        sums=periods.total(found),
        chart=_chart(found, period=period, kept=kept),
        lines=periods.lines(found, period=period, most=len(found)),
        waits=waits(user=user, bot_id=bot.id if bot else None, now=now, any_trade=False),
    )


def _chart(found: list[Profit], *, period: str, kept: Mapping[str, str]) -> Chart:
    """Its table is the page's own list of periods."""
    return Chart(
        source=reverse("dashboard:chart-periods") + asked.address(kept, {"period": period}),
        label=f"Profit per {periods.KINDS[period].lower()}, after fees, of the last {len(found)}",
    )


def points(*, user: User, query: Mapping[str, str], now: datetime) -> list[dict[str, str]]:
    """For the drawing script, ascending, in one currency: that of the bot, else the person's. Nothing when nothing was closed."""
    bot = asked.bot(query, bot_queries.of(owner=user.id))
    period = periods.known(query.get("period", ""))
    unit = bot.market.quote_id if bot else user.reporting_currency
    found = [one for one in periods.of(user=user, bot=bot, period=period, now=now) if one.currency == unit]
    first = next((number for number, one in enumerate(found) if one.trades), None)
    return [] if first is None else [_point(one, period) for one in found[min(first, max(0, len(found) - FEWEST)) :]]


def _point(one: Profit, period: str) -> dict[str, str]:
    """`label` is what the pointer reads out."""
    net = writing.spoken(writing.total(one.net, one.currency, signed=True))
    return {
        "t": stamp(curves.midnight(one.start)), "net": plain(one.net),
        "label": f"{periods.title(one.start, period)}: {net}, {one.trades} closed",
    }  # fmt: skip
