"""Realised profit by day, week and month: the newest first as a table, ascending for the drawing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import reduce

from accounts.models import User
from amarktai.dashboard import writing
from amarktai.dashboard.pages import asked
from amarktai.dashboard.shapes.parts import Choice
from amarktai.dashboard.shapes.profits import PeriodLine, PeriodSum
from bots.models import Bot
from ledger.domain.numbers import CONTEXT, ZERO
from ledger.domain.periods import DAILY, MONTHLY, WEEKLY, Profit, start_of
from ledger.queries import profits

MODE = "PAPER"
KINDS = {DAILY: "Day", WEEKLY: "Week", MONTHLY: "Month"}
BACK = {DAILY: timedelta(days=59), WEEKLY: timedelta(weeks=25), MONTHLY: timedelta(days=365 + 28)}


def known(name: str) -> str:
    """One of the three periods; days for any other word."""
    return name if name in KINDS else DAILY


def of(*, user: User, bot: Bot | None, period: str, now: datetime) -> list[Profit]:
    """Ascending, gaps filled with zero: the last 60 days, 26 weeks or 14 months, in the currencies that earned something."""
    return profits.of(
        owner=user.id, period=period, now=now, mode=MODE, book=bot.book_id if bot else None,
        frm=start_of((now - BACK[period]).date(), period),
    )  # fmt: skip


def tabs(period: str, *, name: str, others: Mapping[str, str]) -> tuple[Choice, ...]:
    """Day, week, month, as links that keep the rest of the address."""
    return tuple(
        Choice(value=kind, label=label, url=asked.address(others, {name: kind}), chosen=kind == period) for kind, label in KINDS.items()
    )


def lines(found: list[Profit], *, period: str, most: int) -> tuple[PeriodLine, ...]:
    """The newest first, from the first period in which something was closed."""
    first = next((number for number, one in enumerate(found) if one.trades), len(found))
    return tuple(_line(one, period) for one in reversed(found[first:][-most:]))


def total(found: list[Profit]) -> tuple[PeriodSum, ...]:
    """Sums of the periods given, one per currency."""
    units = sorted({one.currency for one in found if one.trades})
    return tuple(_sum([one for one in found if one.currency == unit], unit) for unit in units)


def title(start: date, period: str) -> str:
    if period == MONTHLY:
        return f"{start:%B %Y}"
    return f"{start:%-d %b %Y}" if period == DAILY else f"week of {start:%-d %b %Y}"


def _line(one: Profit, period: str) -> PeriodLine:
    return PeriodLine(
        title=title(one.start, period),
        gross=writing.total(one.gross, one.currency, signed=True),
        fees=writing.total(one.fees, one.currency),
        net=writing.total(one.net, one.currency, signed=True),
        trades=f"{one.trades:,}",
    )


def _sum(found: list[Profit], unit: str) -> PeriodSum:
    def added(part: Callable[[Profit], Decimal]) -> Decimal:
        return reduce(CONTEXT.add, map(part, found), ZERO)

    busy = [one for one in found if one.trades]
    return PeriodSum(
        currency=unit,
        net=writing.total(added(lambda one: one.net), unit, signed=True),
        gross=writing.total(added(lambda one: one.gross), unit, signed=True),
        fees=writing.total(added(lambda one: one.fees), unit),
        trades=f"{sum(one.trades for one in found):,}",
        best=_line(max(busy, key=lambda one: one.net), DAILY).net,
        worst=_line(min(busy, key=lambda one: one.net), DAILY).net,
        won=f"{sum(one.net > 0 for one in busy)} of {len(busy)}",
    )
