"""What the charts draw: equity over time, profit per day, candles of a bot. Each point carries its own words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from accounts.domain.chain import stamp
from accounts.domain.decimals import plain
from accounts.models import User
from amarktai.dashboard import writing
from amarktai.dashboard.pages import ranges
from bots.models import Bot
from ledger.domain.periods import Profit
from ledger.queries import portfolio, profits
from trading.queries import charts, worth

MOST_POINTS = 600
BAR_DAYS = 30
MODE = "PAPER"
PRICE_PLACES = 8


def equity_line(*, user: User, range_name: str, now: datetime, mode: str = "PAPER") -> list[worth.Moment]:
    """The person's equity in the reporting currency, at most MOST_POINTS."""
    return worth.of_person(user=user, mode=mode, since=ranges.since(range_name, now=now), until=None, most=MOST_POINTS)


def daily(*, user: User, now: datetime, mode: str = "PAPER") -> list[Profit]:
    """Profit of each of the last days, gaps filled with zero."""
    first = now.date() - timedelta(days=BAR_DAYS - 1)
    found = profits.of(owner=user.id, period="daily", now=now, mode=mode, frm=first)
    return [one for one in found if one.currency == user.reporting_currency]


def equity_answer(*, user: User, range_name: str, now: datetime) -> dict[str, Any]:
    """For the drawing script; `label` is what the pointer reads out. The line ends at the figure that the page shows as equity."""
    line = equity_line(user=user, range_name=range_name, now=now)
    points = [_point(one.at, one.equity, user) for one in line]
    if points and line[-1].at < now:
        points.append(_point(now, portfolio.summary(owner=user.id, now=now, mode=MODE, currency=user.reporting_currency).equity, user))
    return {"points": points}


def _point(at: datetime, value: Decimal, user: User) -> dict[str, str]:
    return {"t": stamp(at), "equity": plain(value), "label": f"{time_text(at, user)}: {money_text(value, user)}"}


def profit_answer(*, user: User, now: datetime) -> dict[str, Any]:
    found = daily(user=user, now=now)
    if not any(one.net or one.trades for one in found):
        return {"points": []}
    return {"points": [_day(one) for one in found]}


def _day(one: Profit) -> dict[str, str]:
    net = writing.spoken(writing.total(one.net, one.currency, signed=True))
    label = f"{day_text(one.start)}: {net}, {writing.counted(one.trades, 'trade')}"
    return {"t": stamp(midnight(one.start)), "net": plain(one.net), "label": label}


def candles_answer(*, bot: Bot, candles: int) -> dict[str, Any]:
    found = charts.candles(bot=bot, limit=candles)
    return {
        "price_places": _places(bot.market.price_tick),
        "candles": [{"t": bar.t, "o": bar.o, "h": bar.h, "l": bar.l, "c": bar.c} for bar in found.candles],
        "series": [{"name": line.name, "points": [{"t": p.t, "v": p.v} for p in line.points]} for line in found.series],
        "marks": [
            {"t": dot.t, "side": dot.side, "leg": dot.leg, "text": _mark(dot), "url": str(dot.order_id)} for dot in _ascending(found.marks)
        ],
    }


def time_text(at: datetime, user: User) -> str:
    return f"{writing.moment(at, zone=user.time_zone).text} {user.time_zone}"


def money_text(value: Decimal, user: User) -> str:
    return writing.spoken(writing.money(value, user.reporting_currency))


def day_text(day: date) -> str:
    return f"{day:%-d %b %Y}"


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def _mark(dot: charts.Dot) -> str:
    return "buy" if dot.side == "BUY" else f"sell, {dot.reason.replace('_', ' ').lower()}"


def _ascending(dots: Iterable[charts.Dot]) -> list[charts.Dot]:
    return sorted(dots, key=lambda dot: dot.t)


def _places(tick: Decimal) -> int:
    exponent = tick.normalize().as_tuple().exponent
    return min(PRICE_PLACES, max(0, -exponent)) if isinstance(exponent, int) else 2
