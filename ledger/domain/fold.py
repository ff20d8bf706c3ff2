"""The one FIFO fold: entries in canonical order in, lots, matches, uncovered units and moved capital out.

Booking applies it to the open lots it loaded, verification and rebuild to the whole journal from zero. It must not know
where lots come from nor where its changes go.
"""

from __future__ import annotations

from bisect import insort
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID, uuid5

from ledger.domain.currencies import CURRENCIES
from ledger.domain.entries import BUY, CASH, Entry, FillFacts, sort_key
from ledger.domain.numbers import CONTEXT, ZERO, negated, product, share

Shelf = tuple[UUID, str, str]
_add = CONTEXT.add
_subtract = CONTEXT.subtract
_MOVES = frozenset({"ALLOCATION", "TRANSFER"})


@dataclass(slots=True)
class Lot:
    """An open purchase. cost_left and fee_left are what the remaining units carry; no unit cost exists."""

    id: UUID
    entry: UUID
    book: UUID
    asset: str
    currency: str
    opened_at: datetime
    tie: str
    quantity: Decimal
    remaining: Decimal
    cost_left: Decimal
    fee_left: Decimal
    cost_unknown: bool = False


class Match(NamedTuple):
    """Units of one lot consumed by one disposal."""

    entry: UUID
    n: int
    lot: UUID
    book: UUID
    asset: str
    currency: str
    client_order_id: str
    acquired_at: datetime
    sold_at: datetime
    quantity: Decimal
    cost: Decimal
    proceeds: Decimal
    entry_fee: Decimal
    exit_fee: Decimal
    net: Decimal


@dataclass(frozen=True, slots=True)
class Uncovered:
    """Units that left a book without a lot to explain them: no match, no profit."""

    entry: UUID
    book: UUID
    asset: str
    currency: str
    quantity: Decimal
    proceeds: Decimal
    fee: Decimal


class Fold:
    """Lots of some books, and what the entries applied so far changed in them."""

    def __init__(self, lots: Iterable[Lot] = ()) -> None:
        self.shelves: dict[Shelf, deque[Lot]] = {}
        self.opened: list[Lot] = []
        self.touched: dict[UUID, Lot] = {}
        self.matches: list[Match] = []
        self.uncovered: list[Uncovered] = []
        self.coins_at_cost: dict[UUID, Decimal] = {}
        for lot in sorted(lots, key=_age):
            self.shelves.setdefault((lot.book, lot.asset, lot.currency), deque()).append(lot)

    def apply(self, entry: Entry, fill: FillFacts | None = None) -> None:
        """Apply an entry that sorts after all earlier ones; `fill` replaces its facts when a FEE_FIX completed them."""
        facts = fill or entry.fill
        if facts is not None:
            self._fill(entry, facts)
        elif entry.kind in _MOVES:
            self._move(entry)

    def _fill(self, entry: Entry, fill: FillFacts) -> None:
        value = CONTEXT.multiply(fill.quantity, fill.price)
        base_fee, quote_fee, third = _fees(fill)
        matched = len(self.matches)
        if fill.side == BUY:
            units = _subtract(fill.quantity, base_fee)
            lot = Lot(
                entry.id, entry.id, entry.book, fill.base, fill.quote, entry.event_time, entry.key[1], units, units, value,
                quote_fee,
            )
            self._open(lot)
        else:
            units = _add(fill.quantity, base_fee)
            self._dispose(entry, 1, fill.base, fill.quote, units, value, quote_fee, fill.client_order_id)
        if third:
            self._pay_in_third(entry, fill, third, len(self.matches) - matched + 1)

    def _pay_in_third(self, entry: Entry, fill: FillFacts, units: Decimal, n: int) -> None:
        """A fee in a third coin disposes of that coin at its price; a rebate in one is a purchase at its price."""
        worth = product(units, fill.fee_price) if fill.fee_price is not None else ZERO
        if units > 0:
            self._dispose(entry, n, str(fill.fee_asset), fill.quote, units, worth, ZERO, "")
            return
        units, worth = negated(units), negated(worth)
        self._open(
            Lot(
                uuid5(entry.id, "rebate"), entry.id, entry.book, str(fill.fee_asset), fill.quote, entry.event_time,
                entry.key[1], units, units, worth, ZERO, cost_unknown=fill.fee_price is None,
            )
        )

    def _move(self, entry: Entry) -> None:
        """Coins that go to another book take their oldest lots with them, cost and date kept. Money has no lots."""
        gone = next((leg for leg in entry.legs if leg.account == CASH and leg.amount < 0), None)
        come = next((leg for leg in entry.legs if leg.account == CASH and leg.amount > 0), None)
        if gone is None or come is None or gone.book == come.book:
            return
        shelves = [key for key, lots in self.shelves.items() if key[0] == gone.book and key[1] == gone.asset and lots]
        left, n, carried, currency = come.amount, 0, ZERO, ""
        while left and shelves:
            oldest = min(shelves, key=lambda key: _age(self.shelves[key][0]))
            lot, currency = self.shelves[oldest][0], oldest[2]
            take = min(left, lot.remaining)
            cost, fee = self._take(lot, take)
            left, n, carried = _subtract(left, take), n + 1, _add(carried, _add(cost, fee))
            self._open(
                replace(
                    lot, id=uuid5(entry.id, str(n)), entry=entry.id, book=come.book, quantity=take, remaining=take,
                    cost_left=cost, fee_left=fee,
                )
            )
            shelves = [key for key in shelves if self.shelves[key]]
        if n and left:
            self.uncovered.append(Uncovered(entry.id, gone.book, gone.asset, currency, left, ZERO, ZERO))
        if n:
            for book, amount in ((gone.book, negated(carried)), (come.book, carried)):
                self.coins_at_cost[book] = _add(self.coins_at_cost.get(book, ZERO), amount)

    def _open(self, lot: Lot) -> None:
        shelf = self.shelves.setdefault((lot.book, lot.asset, lot.currency), deque())
        if shelf and _age(shelf[-1]) > _age(lot):
            aged = list(shelf)
            insort(aged, lot, key=_age)
            shelf.clear()
            shelf.extend(aged)
        else:
            shelf.append(lot)
        self.opened.append(lot)

    def _take(self, lot: Lot, units: Decimal) -> tuple[Decimal, Decimal]:
        """Take units from the oldest lot of its shelf: the cost and entry fee that leave with them."""
        if units == lot.remaining:
            cost, fee = lot.cost_left, lot.fee_left
            lot.remaining = lot.cost_left = lot.fee_left = ZERO
            self.shelves[(lot.book, lot.asset, lot.currency)].popleft()
        else:
            cost = share(lot.cost_left, units, lot.remaining)
            fee = share(lot.fee_left, units, lot.remaining) if lot.fee_left else ZERO
            lot.remaining = _subtract(lot.remaining, units)
            lot.cost_left = _subtract(lot.cost_left, cost)
            lot.fee_left = _subtract(lot.fee_left, fee)
        self.touched[lot.id] = lot
        return cost, fee

    def _dispose(
        self, entry: Entry, n: int, asset: str, currency: str, units: Decimal, proceeds: Decimal, exit_fee: Decimal,
        client_order_id: str,
    ) -> None:
        shelf = self.shelves.get((entry.book, asset, currency))
        while units and shelf:
            lot = shelf[0]
            opened_at, lot_id = lot.opened_at, lot.id
            if units <= lot.remaining:
                take, earned, paid = units, proceeds, exit_fee
            else:
                take = lot.remaining
                earned = share(proceeds, take, units)
                paid = share(exit_fee, take, units) if exit_fee else ZERO
            cost, fee = self._take(lot, take)
            net = _subtract(_subtract(earned, cost), _add(fee, paid))
            self.matches.append(
                Match(
                    entry.id, n, lot_id, entry.book, asset, currency, client_order_id, opened_at, entry.event_time, take,
                    cost, earned, fee, paid, net,
                )
            )
            n += 1
            units = _subtract(units, take)
            proceeds = _subtract(proceeds, earned)
            exit_fee = _subtract(exit_fee, paid)
        if units:
            self.uncovered.append(Uncovered(entry.id, entry.book, asset, currency, units, proceeds, exit_fee))


def _age(lot: Lot) -> tuple[datetime, str, UUID]:
    return (lot.opened_at, lot.tie, lot.id)


def _fees(fill: FillFacts) -> tuple[Decimal, Decimal, Decimal]:
    """(fee in base units, fee in quote currency, units of a third coin). The quote part includes the third at its price;
    an unknown fee counts nothing yet and is completed by a FEE_FIX."""
    fee = fill.fee
    if not fee or fill.fee_asset is None:
        return ZERO, ZERO, ZERO
    if fill.fee_asset == fill.base:
        return fee, ZERO, ZERO
    if fill.fee_asset == fill.quote:
        return ZERO, fee, ZERO
    worth = product(fee, fill.fee_price) if fill.fee_price is not None else ZERO
    return ZERO, worth, ZERO if fill.fee_asset in CURRENCIES else fee


def fee_pending(fill: FillFacts) -> bool:
    """Whether the fill's profit is provisional: its fee, or the price of its third fee asset, is not known yet."""
    if fill.fee is None:
        return True
    return bool(fill.fee) and fill.fee_asset not in (fill.base, fill.quote) and fill.fee_price is None


def moves_lots(entry: Entry) -> bool:
    """Whether an entry other than a fill may change lots: those that move between books, and corrections."""
    return (entry.kind in _MOVES and len({leg.book for leg in entry.legs}) > 1) or entry.reverses is not None


def replay(entries: Iterable[Entry]) -> Fold:
    """The fold of a whole journal from zero. Reversed entries and their reversals are skipped; a FEE_FIX takes effect at
    its fill."""
    ordered = sorted(entries, key=sort_key)
    dropped = {entry.reverses for entry in ordered if entry.kind == "REVERSAL"}
    dropped |= {entry.id for entry in ordered if entry.kind == "REVERSAL"}
    fixes = {entry.reverses: entry for entry in ordered if entry.kind == "FEE_FIX" and entry.id not in dropped}
    state = Fold()
    for entry in ordered:
        if entry.id not in dropped:
            fix = fixes.get(entry.id)
            state.apply(entry, _completed(entry.fill, fix) if fix and entry.fill else None)
    return state


def _completed(fill: FillFacts, fix: Entry) -> FillFacts:
    paid = next(leg for leg in fix.legs if leg.account == "FEES")
    return replace(fill, fee=paid.amount, fee_asset=paid.asset)
