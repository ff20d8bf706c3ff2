"""Linking a person's net asset value from one valuation to the next, so that funding is neither profit nor loss."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal

from trading.domain.requests import Nav

PLACES = Decimal(1).scaleb(-24)
EXACT = Context(prec=120, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class Linked:
    """Levels of a person in one mode, with the equity and net funding that the next link starts from."""

    equity: Decimal
    funding: Decimal
    nav: Nav
    day: date | None


START = Linked(Decimal(0), Decimal(0), Nav(Decimal(1), Decimal(1), Decimal(1), Decimal(1)), None)


def link(before: Linked, *, equity: Decimal, funding: Decimal, today: date) -> Linked:
    """The levels after a valuation: money that came or went since then moves the base, not the nav."""
    base = before.equity + funding - before.funding
    now = before.nav.now
    if before.equity > 0 and base > 0:
        now = EXACT.divide(EXACT.multiply(now, equity), base).quantize(PLACES, context=EXACT)
    day = before.nav.day if before.day == today else before.nav.now
    same_week = before.day is not None and before.day.isocalendar()[:2] == today.isocalendar()[:2]
    week = before.nav.week if same_week else before.nav.now
    return Linked(equity, funding, Nav(now, max(before.nav.peak, now), day, week), today)
