"""Unitised net asset value: deposits buy units at the nav before them, withdrawals redeem them, so neither looks like
profit or loss. It must not know where equity comes from."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ledger.domain.numbers import CONTEXT, ONE, ZERO, share


@dataclass(frozen=True, slots=True)
class Nav:
    """Units held, value of one unit, and the highest value so far."""

    units: Decimal
    nav: Decimal
    peak: Decimal


START = Nav(units=ZERO, nav=ONE, peak=ONE)


def advance(before: Nav, *, equity: Decimal, flow: Decimal) -> Nav:
    """The nav at a moment with this equity, when `flow` of outside money (negative: taken out) arrived just before it."""
    worth = CONTEXT.subtract(equity, flow)
    if not before.units:
        return _bought(before, equity)
    nav = share(worth, ONE, before.units)
    if nav <= 0:
        return _bought(START, equity) if flow > 0 else Nav(before.units, nav, before.peak)
    units = CONTEXT.add(before.units, share(flow, ONE, nav)) if flow else before.units
    if units <= 0 or equity <= 0:
        return Nav(ZERO, nav, max(before.peak, nav))
    now = share(equity, ONE, units)
    return Nav(units, now if flow == 0 else nav, max(before.peak, nav))


def _bought(before: Nav, equity: Decimal) -> Nav:
    """Capital that finds no units: the first buys at 1, later capital at the last nav, whoever lost all begins anew."""
    if equity <= 0:
        return Nav(ZERO, before.nav, before.peak)
    price = before.nav if before.nav > 0 else ONE
    return Nav(share(equity, ONE, price), price, max(before.peak, price))


def drawdown(state: Nav) -> Decimal:
    """Fall of the nav below its peak as a fraction: 0 at the peak, 1 when all is lost."""
    if state.peak <= 0 or state.nav >= state.peak:
        return ZERO
    return share(CONTEXT.subtract(state.peak, state.nav), ONE, state.peak)


@dataclass(frozen=True, slots=True)
class Level:
    """Where a scope stands at a point: its nav, and the deepest fall below the peak so far."""

    units: Decimal
    nav: Decimal
    peak: Decimal
    deepest: Decimal


FIRST = Level(START.units, START.nav, START.peak, ZERO)


def risen(before: Level, *, equity: Decimal, flow: Decimal) -> Level:
    """The level at a moment with this equity; `flow` as for `advance`."""
    state = advance(Nav(before.units, before.nav, before.peak), equity=equity, flow=flow)
    return Level(state.units, state.nav, state.peak, max(before.deepest, drawdown(state)))
