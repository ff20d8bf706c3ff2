"""What a person is worth in each mode, in the reporting currency with the rates used, by venue; and that two sums agree on it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial, reduce

from accounts.models import User
from amarktai.dashboard import writing
from amarktai.dashboard.shapes.portfolio import Equation, PartLine, Portfolio, RateLine
from ledger.domain.numbers import CONTEXT, ZERO
from ledger.queries import portfolio, worth
from ledger.queries.money import WalletOf
from ledger.queries.portfolio import Part, Position, Rate, Summary
from ledger.queries.worth import Worth

MODES = ("PAPER", "LIVE")


def build(*, user: User, wallets: Sequence[WalletOf], now: datetime) -> tuple[Portfolio, ...]:
    """One per mode that the person has a wallet in, for modes are never added up; that of paper for who has none."""
    modes = [mode for mode in MODES if any(wallet.mode == mode for wallet in wallets)] or MODES[:1]
    return tuple(_of_mode(mode, user=user, wallets=[one for one in wallets if one.mode == mode], now=now) for mode in modes)


def _of_mode(mode: str, *, user: User, wallets: Sequence[WalletOf], now: datetime) -> Portfolio:
    total = portfolio.summary(owner=user.id, now=now, mode=mode, currency=user.reporting_currency)
    unit = total.currency
    names = {wallet.id: f"{wallet.venue} {wallet.mode}" for wallet in wallets}
    return Portfolio(
        mode=mode,
        equity=writing.total(total.equity, unit),
        cash=writing.total(total.cash, unit),
        allocated=writing.total(total.allocated, unit),
        reserved=writing.total(total.reserved, unit),
        realised=writing.total(total.realised_profit, unit, signed=True),
        unrealised=writing.total(total.unrealised_profit, unit, signed=True),
        fees=writing.total(total.fees, unit),
        currency=unit,
        missing=", ".join(total.unvalued),
        stale=", ".join(total.stale),
        rates=_rates(total, user=user, now=now),
        parts=_parts(total),
        equations=tuple(_equation(one, names[one.wallet]) for one in worth.of(wallets=list(names)) if _matters(one)),
    )


def _rates(total: Summary, *, user: User, now: datetime) -> tuple[RateLine, ...]:
    """The rates of other currencies, then the prices of what is held; those without an age are missing."""
    lines = [_rate(rate, total.currency, user=user, now=now) for rate in total.rates if rate.asset != total.currency]
    return (*lines, *(_price(held, user=user, now=now) for held in total.positions))


def _rate(rate: Rate, unit: str, *, user: User, now: datetime) -> RateLine:
    return RateLine(
        pair=f"1 {rate.asset}",
        value=f"{writing.price(rate.rate)} {unit}" if rate.rate is not None else "no market tells",
        source=rate.source or writing.NONE,
        at=writing.moment(rate.as_of, zone=user.time_zone, now=now) if rate.as_of else None,
        stale=rate.stale,
    )


def _price(held: Position, *, user: User, now: datetime) -> RateLine:
    return RateLine(
        pair=f"1 {held.asset}",
        value=f"{writing.price(held.mark)} {held.currency}" if held.mark is not None else "no price is known",
        source=held.venue,
        at=writing.moment(held.mark_as_of, zone=user.time_zone, now=now) if held.mark_as_of else None,
        stale=held.stale,
    )


def _parts(total: Summary) -> tuple[PartLine, ...]:
    """The venues, where there are several."""
    return tuple(_part(part, total.currency) for part in total.by_venue) if len(total.by_venue) > 1 else ()


def _part(part: Part, unit: str) -> PartLine:
    return PartLine(
        name=part.name,
        equity=writing.total(part.equity, unit),
        cash=writing.total(part.cash, unit),
        allocated=writing.total(part.allocated, unit),
        reserved=writing.total(part.reserved, unit),
        realised=writing.total(part.realised_profit, unit, signed=True),
        unrealised=writing.total(part.unrealised_profit, unit, signed=True),
        fees=writing.total(part.fees, unit),
    )


def _matters(one: Worth) -> bool:
    return bool(one.equity or one.net_funding or one.realised or one.unmarked)


def _equation(one: Worth, name: str) -> Equation:
    """What is there, and what was put in and earned: the ledger has both, and they must be one figure. What has no price is worth
    nothing on the one side; on the other its cost stands by itself, for it is no loss that anybody knows of."""
    held = _sum(each.value for each in one.holdings.values())
    unpriced = _sum(each.spent for each in one.holdings.values() if each.mark is None)
    known = CONTEXT.add(one.unrealised, unpriced)
    spent = CONTEXT.minus(unpriced)
    parts = (one.net_funding, one.realised, known, *((spent,) if unpriced else ()))
    places = writing.places_for((one.cash, held, one.equity), (*parts, one.equity_by_profit))
    shown = partial(writing.amount, unit=one.currency, places=places)
    return Equation(
        name=name,
        there=(("Cash", shown(one.cash)), ("Positions at their prices", shown(held))),
        there_sum=shown(one.equity),
        earned=(
            ("Put in, less taken out", shown(one.net_funding)),
            ("Realised, after fees", shown(one.realised, signed=True)),
            ("Unrealised", shown(known, signed=True)),
            *((("Cost of what has no price", shown(spent)),) if unpriced else ()),
        ),
        earned_sum=shown(one.equity_by_profit),
        agree=one.equity == one.equity_by_profit,
        missing=", ".join(one.unmarked),
    )


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return reduce(CONTEXT.add, amounts, ZERO)
