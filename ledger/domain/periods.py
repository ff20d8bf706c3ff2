"""Calendar periods in UTC: days from 00:00, weeks from Monday, months from day 1. Buckets of days are summed into them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from accounts.domain.refusals import Malformed
from ledger.domain.numbers import CONTEXT, ZERO

DAILY, WEEKLY, MONTHLY = "daily", "weekly", "monthly"
PERIODS = (DAILY, WEEKLY, MONTHLY)


@dataclass(frozen=True, slots=True)
class Profit:
    """Realised profit of one period in one currency and mode. trades counts its lot matches."""

    start: date
    gross: Decimal
    fees: Decimal
    net: Decimal
    trades: int
    currency: str
    mode: str = "PAPER"


def start_of(day: date, period: str) -> date:
    """The first day of the period that this day belongs to."""
    if period == DAILY:
        return day
    if period == WEEKLY:
        return day - timedelta(days=day.weekday())
    if period == MONTHLY:
        return day.replace(day=1)
    raise Malformed("PERIOD_UNKNOWN", "The period is daily, weekly or monthly.", period=period[:40])


def starts(first: date, last: date, period: str) -> Iterator[date]:
    """The starts of all periods from the one of `first` to the one of `last`, ascending."""
    day = start_of(first, period)
    while day <= last:
        yield day
        day = start_of(day + timedelta(days={DAILY: 1, WEEKLY: 7, MONTHLY: 31}[period]), period)


def summed(
    days: Iterable[Profit], period: str, *, first: date, last: date, currency: str, mode: str = "PAPER"
) -> list[Profit]:
    """Day buckets of one currency and mode summed into periods from first to last; gaps are zero."""
    sums = {start: Profit(start, ZERO, ZERO, ZERO, 0, currency, mode) for start in starts(first, last, period)}
    for one in days:
        start = start_of(one.start, period)
        if start in sums:
            have = sums[start]
            sums[start] = Profit(
                start,
                CONTEXT.add(have.gross, one.gross),
                CONTEXT.add(have.fees, one.fees),
                CONTEXT.add(have.net, one.net),
                have.trades + one.trades,
                currency,
                mode,
            )
    return list(sums.values())
