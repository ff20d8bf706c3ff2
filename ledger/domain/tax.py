"""Disposals of a person: the one FIFO fold over all books together, one line of lots per coin. Pure; rates are handed in.

It must not choose rates: a gain across two currencies has a figure only where a stored rate gives one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from ledger.domain.currencies import CURRENCIES
from ledger.domain.entries import Entry
from ledger.domain.fold import Fold, replay
from ledger.domain.lots import Lot, Match
from ledger.domain.numbers import CONTEXT, ZERO, product

RateAt = Callable[[str, datetime], Decimal | None]


@dataclass(frozen=True, slots=True)
class Disposal:
    """Units of one purchase that were sold, spent or paid as a fee. cost and entry_fee are in cost_currency, proceeds and exit_fee
    in proceeds_currency; gross and net in `currency`, None where a rate is missing. The rates turn both sides into it."""

    entry: UUID
    asset: str
    quantity: Decimal
    acquired_at: datetime
    sold_at: datetime
    cost: Decimal
    entry_fee: Decimal
    cost_currency: str
    proceeds: Decimal
    exit_fee: Decimal
    proceeds_currency: str
    cost_unknown: bool
    currency: str = ""
    gross: Decimal | None = None
    net: Decimal | None = None
    cost_rate: Decimal | None = None
    proceeds_rate: Decimal | None = None

    @property
    def holding_days(self) -> int:
        """Whole days between purchase and disposal."""
        return (self.sold_at - self.acquired_at).days

    @property
    def rate_missing(self) -> bool:
        return self.net is None


@dataclass(frozen=True, slots=True)
class Total:
    """What disposals with a figure sum to in one currency."""

    gross: Decimal
    fees: Decimal
    net: Decimal
    disposals: int


@dataclass(frozen=True, slots=True)
class Side:
    """One way to count the same trades in one currency: realised + what open lots cost - what uncovered units brought is the
    same however lots were chosen."""

    net: Decimal
    open_cost: Decimal
    uncovered: Decimal

    @property
    def cash(self) -> Decimal:
        """The money that trading brought."""
        return CONTEXT.add(CONTEXT.subtract(self.net, self.open_cost), self.uncovered)


def fold_of(entries: Iterable[Entry], *, person: UUID) -> Fold:
    """The fold of a person: every book is theirs, and a coin is a coin whatever it cost."""
    return replay([_homed(entry, person) for entry in entries], one_line=True)


def _homed(entry: Entry, person: UUID) -> Entry:
    return replace(entry, book=person, legs=tuple(leg._replace(book=person) for leg in entry.legs))


def disposals(state: Fold) -> list[Disposal]:
    """One per lot and disposal, by time; the two matches of a disposal across currencies are one."""
    lots = {lot.id: lot for lot in state.opened}
    found: list[Disposal] = []
    for match in state.matches:
        lot = lots[match.lot]
        if match.currency == lot.currency:
            found.append(_disposal(match, lot))
        else:
            found[-1] = replace(
                found[-1], proceeds=match.proceeds, exit_fee=match.exit_fee, proceeds_currency=match.currency
            )
    return sorted(found, key=lambda one: one.sold_at)


def _disposal(match: Match, lot: Lot) -> Disposal:
    return Disposal(
        entry=match.entry, asset=match.asset, quantity=match.quantity, acquired_at=match.acquired_at, sold_at=match.sold_at,
        cost=match.cost, entry_fee=match.entry_fee, cost_currency=match.currency, proceeds=match.proceeds, exit_fee=match.exit_fee,
        proceeds_currency=match.currency, cost_unknown=lot.cost_unknown,
    )  # fmt: skip


def stated(one: Disposal, *, reporting: str, rate_at: RateAt) -> Disposal:
    """The disposal with its gain: in its own currency when cost and proceeds are the same money, else in the reporting
    currency at the rates of both days."""
    if one.cost_currency == one.proceeds_currency and one.cost_currency in CURRENCIES:
        gross = CONTEXT.subtract(one.proceeds, one.cost)
        net = CONTEXT.subtract(gross, CONTEXT.add(one.entry_fee, one.exit_fee))
        return replace(one, currency=one.cost_currency, gross=gross, net=net)
    paid_at, earned_at = rate_at(one.cost_currency, one.acquired_at), rate_at(one.proceeds_currency, one.sold_at)
    if paid_at is None or earned_at is None:
        return replace(one, currency=reporting, cost_rate=paid_at, proceeds_rate=earned_at)
    gross = CONTEXT.subtract(product(one.proceeds, earned_at), product(one.cost, paid_at))
    fees = CONTEXT.add(product(one.entry_fee, paid_at), product(one.exit_fee, earned_at))
    return replace(
        one, currency=reporting, gross=gross, net=CONTEXT.subtract(gross, fees), cost_rate=paid_at, proceeds_rate=earned_at
    )


def totals(rows: Sequence[Disposal]) -> dict[str, Total]:
    """Sums per currency, to the last digit; currencies are never added up."""
    sums: dict[str, Total] = {}
    for row in rows:
        if row.gross is None or row.net is None:
            continue
        have = sums.get(row.currency, Total(ZERO, ZERO, ZERO, 0))
        gross, net = CONTEXT.add(have.gross, row.gross), CONTEXT.add(have.net, row.net)
        sums[row.currency] = Total(gross, CONTEXT.subtract(gross, net), net, have.disposals + 1)
    return dict(sorted(sums.items()))


def sides(state: Fold) -> dict[str, Side]:
    """The three figures of a fold per currency."""
    parts: dict[str, list[Decimal]] = {}

    def count(currency: str, place: int, amount: Decimal) -> None:
        row = parts.setdefault(currency, [ZERO, ZERO, ZERO])
        row[place] = CONTEXT.add(row[place], amount)

    for match in state.matches:
        count(match.currency, 0, match.net)
    for lot in state.opened:
        count(lot.currency, 1, CONTEXT.add(lot.cost_left, lot.fee_left))
    for row in state.uncovered:
        count(row.currency, 2, CONTEXT.subtract(row.proceeds, row.fee))
    return {currency: Side(*amounts) for currency, amounts in sorted(parts.items())}
