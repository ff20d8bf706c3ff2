"""Linking a person's net asset value from one valuation to the next, so that funding is neither profit nor loss."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ledger.domain.numbers import share
from trading.domain.requests import Nav


@dataclass(frozen=True, slots=True)
class Linked:
    """Levels of a person in one mode, with the equity and net funding that the next link starts from."""

    equity: Decimal
    funding: Decimal
    nav: Nav
    day: date | None


def as_of(nav: Nav, *, day: date | None, today: date) -> Nav:
    """Levels stored on `day` as they count `today`: those of a day or a week gone by start again from the present value."""
    same_week = day is not None and day.isocalendar()[:2] == today.isocalendar()[:2]
    return Nav(nav.now, nav.peak, nav.day if day == today else nav.now, nav.week if same_week else nav.now)


def link(before: Linked, *, equity: Decimal, funding: Decimal, today: date) -> Linked:
    """The levels after a valuation: money that came or went since then moves the base, not the nav."""
    levels = as_of(before.nav, day=before.day, today=today)
    base = before.equity + funding - before.funding
    now = levels.now
    if before.equity > 0 and base > 0:
        now = share(now, equity, base)
    return Linked(equity, funding, Nav(now, max(levels.peak, now), levels.day, levels.week), today)
