"""The one FIFO fold: entries in canonical order in, lots, matches, uncovered units and moved capital out.

Booking applies it to the open lots it loaded, verification and rebuild to the whole journal from zero. It must not know
where lots come from nor where its changes go.
"""

from __future__ import annotations

from bisect import insort
from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import replace
from decimal import Decimal
from operator import attrgetter
from uuid import UUID, uuid5

from ledger.domain.currencies import CURRENCIES
from ledger.domain.entries import (
    ADJUSTMENT,
    BETWEEN_BOOKS,
    BUY,
    CASH,
    SELL,
    WORLD,
    Entry,
    FillFacts,
    changes_money,
    coins_adopted,
)
from ledger.domain.lots import Lot, Match, Uncovered, age
from ledger.domain.numbers import CONTEXT, ZERO, negated, product, share

Shelf = tuple[UUID, str]
_KEY = attrgetter("key")
_add = CONTEXT.add
_subtract = CONTEXT.subtract


class Fold:
    """Lots of some books, and what the entries applied so far changed in them.

    A shelf holds the lots of one asset of a book by cost currency, each oldest first; a disposal takes those of its own
    currency, then the oldest of the others. `one_line`: one line of lots per asset whatever they cost, as taxes want it."""

    def __init__(self, lots: Iterable[Lot] = (), *, one_line: bool = False) -> None:
        self.shelves: dict[Shelf, dict[str, deque[Lot]]] = {}
        self.opened: list[Lot] = []
        self.touched: dict[UUID, Lot] = {}
        self.matches: list[Match] = []
        self.uncovered: list[Uncovered] = []
        self.coins_at_cost: dict[UUID, Decimal] = {}
        self._one_line = one_line
        for lot in sorted(lots, key=age):
            self._line_of(lot).append(lot)

    def apply(self, entry: Entry, fill: FillFacts | None = None) -> None:
        """Apply an entry that sorts after all earlier ones; `fill` replaces its facts when a FEE_FIX completed them."""
        facts = fill or entry.fill
        if facts is not None:
            self._fill(entry, facts)
        elif entry.kind in BETWEEN_BOOKS:
            self._move(entry)
        elif entry.kind == ADJUSTMENT:
            self._adopt(entry)

    def _fill(self, entry: Entry, fill: FillFacts) -> None:
        value = CONTEXT.multiply(fill.quantity, fill.price)
        base_fee, quote_fee, third = _fees(fill)
        matched = len(self.matches)
        if changes_money(fill):
            pass  # money into other money: no lot, and no profit in either
        elif fill.side == BUY:
            units = _subtract(fill.quantity, base_fee)
            lot = Lot(
                entry.id, entry.id, entry.book, fill.base, fill.quote, entry.event_time, entry.key[1], units, units, value,
                quote_fee,
            )
            self._open(lot)
        else:
            units = _add(fill.quantity, base_fee)
            self._dispose(entry, 1, fill.base, fill.quote, units, value, quote_fee, fill.client_order_id)
        if fill.quote not in CURRENCIES:
            self._pay_in_coins(entry, fill, value, len(self.matches) - matched + 1)
        if third:
            self._pay_in_third(entry, fill, third, len(self.matches) - matched + 1)

    def _pay_in_coins(self, entry: Entry, fill: FillFacts, value: Decimal, n: int) -> None:
        """A quote that is a coin has lots of its own: what is paid is disposed of, what comes in is bought, both at one for one."""
        fee = (fill.fee or ZERO) if fill.fee_asset == fill.quote else ZERO
        come = _subtract(value if fill.side == SELL else negated(value), fee)
        if come < 0:
            gone = negated(come)
            self._dispose(entry, n, fill.quote, fill.quote, gone, gone, ZERO, "")
        elif come > 0:
            own = uuid5(entry.id, "quote")
            self._open(Lot(own, entry.id, entry.book, fill.quote, fill.quote, entry.event_time, entry.key[1], come, come, come, ZERO))

    def _pay_in_third(self, entry: Entry, fill: FillFacts, units: Decimal, n: int) -> None:
        """A fee in a third coin disposes of that coin at its price; a rebate in one is a purchase at its price. Where money was
        changed, no match carries the fee, so the coin goes for nothing."""
        known = fill.fee_price is not None and not changes_money(fill)
        worth = product(units, fill.fee_price) if known and fill.fee_price else ZERO
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

    def _adopt(self, entry: Entry) -> None:
        """Coins that were there before us: a lot whose real cost is unknown, at the worth that the entry's WORLD leg states."""
        for coin in coins_adopted(entry):
            worth = next(leg for leg in entry.legs if leg.account == WORLD)
            self._open(
                Lot(
                    entry.id, entry.id, coin.book, coin.asset, worth.asset, entry.event_time, entry.key[1], coin.amount,
                    coin.amount, negated(worth.amount), ZERO, cost_unknown=True,
                )
            )

    def _move(self, entry: Entry) -> None:
        """Coins that go to another book take their oldest lots with them, cost and date kept. Money has no lots."""
        gone = next((leg for leg in entry.legs if leg.account == CASH and leg.amount < 0), None)
        come = next((leg for leg in entry.legs if leg.account == CASH and leg.amount > 0), None)
        if gone is None or come is None or gone.book == come.book:
            return
        left, n, carried, currency = come.amount, 0, ZERO, ""
        while left and (line := self._oldest(gone.book, gone.asset)):
            lot = line[0]
            currency, take = lot.currency, min(left, lot.remaining)
            cost, fee = self._take(line, take)
            left, n, carried = _subtract(left, take), n + 1, _add(carried, _add(cost, fee))
            self._open(
                replace(
                    lot, id=uuid5(entry.id, str(n)), entry=entry.id, book=come.book, quantity=take, remaining=take,
                    cost_left=cost, fee_left=fee,
                )
            )
        if n and left:
            self.uncovered.append(Uncovered(entry.id, gone.book, gone.asset, currency, left, ZERO, ZERO))
        if n:
            for book, amount in ((gone.book, negated(carried)), (come.book, carried)):
                self.coins_at_cost[book] = _add(self.coins_at_cost.get(book, ZERO), amount)

    def _line_of(self, lot: Lot) -> deque[Lot]:
        shelf = self.shelves.get((lot.book, lot.asset))
        if shelf is None:
            shelf = self.shelves[lot.book, lot.asset] = {}
        name = "" if self._one_line else lot.currency
        line = shelf.get(name)
        if line is None:
            line = shelf[name] = deque()
        return line

    def _oldest(self, book: UUID, asset: str) -> deque[Lot] | None:
        """The line whose first lot is the oldest of this asset."""
        lines = [line for line in self.shelves.get((book, asset), {}).values() if line]
        return min(lines, key=lambda line: age(line[0])) if lines else None

    def _open(self, lot: Lot) -> None:
        line = self._line_of(lot)
        if line and line[-1].opened_at >= lot.opened_at and age(line[-1]) > age(lot):
            aged = list(line)
            insort(aged, lot, key=age)
            line.clear()
            line.extend(aged)
        else:
            line.append(lot)
        self.opened.append(lot)

    def _take(self, line: deque[Lot], units: Decimal) -> tuple[Decimal, Decimal]:
        """Take units from the oldest lot of a line: the cost and entry fee that leave with them."""
        lot = line[0]
        if units == lot.remaining:
            cost, fee = lot.cost_left, lot.fee_left
            lot.remaining = lot.cost_left = lot.fee_left = ZERO
            line.popleft()
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
        own = self.shelves.get((entry.book, asset), {}).get(currency)
        while units and (line := own or self._oldest(entry.book, asset)):
            lot = line[0]
            if units <= lot.remaining:
                take, earned, paid, left = units, proceeds, exit_fee, ZERO
            else:
                take = lot.remaining
                earned = share(proceeds, take, units)
                paid = share(exit_fee, take, units) if exit_fee else ZERO
                left, proceeds, exit_fee = _subtract(units, take), _subtract(proceeds, earned), _subtract(exit_fee, paid)
            cost, fee = self._take(line, take)
            if lot.currency == currency:
                n = self._matched(entry, n, lot, currency, client_order_id, take, cost, earned, fee, paid)
            else:
                n = self._matched(entry, n, lot, lot.currency, "", take, cost, ZERO, fee, ZERO)
                n = self._matched(entry, n, lot, currency, "", take, ZERO, earned, ZERO, paid)
            units = left
        if units:
            self.uncovered.append(Uncovered(entry.id, entry.book, asset, currency, units, proceeds, exit_fee))

    def _matched(
        self, entry: Entry, n: int, lot: Lot, currency: str, client_order_id: str, units: Decimal, cost: Decimal, earned: Decimal,
        fee: Decimal, paid: Decimal,
    ) -> int:
        net = _subtract(_subtract(earned, cost), _add(fee, paid))
        self.matches.append(
            Match(
                entry.id, n, lot.id, entry.book, lot.asset, currency, client_order_id, lot.opened_at, entry.event_time, units,
                cost, earned, fee, paid, net,
            )
        )
        return n + 1


def _fees(fill: FillFacts) -> tuple[Decimal, Decimal, Decimal]:
    """(fee in base units, fee in quote currency, units of a third coin). The quote part includes the third at its price;
    an unknown fee counts nothing yet and is completed by a FEE_FIX."""
    fee, asset = fill.fee, fill.fee_asset
    if not fee or asset is None:
        return ZERO, ZERO, ZERO
    if asset == fill.quote:
        return ZERO, fee, ZERO
    if asset == fill.base:
        return fee, ZERO, ZERO
    worth = product(fee, fill.fee_price) if fill.fee_price is not None else ZERO
    return ZERO, worth, ZERO if asset in CURRENCIES else fee


def moves_lots(entry: Entry) -> bool:
    """Whether an entry other than a fill may change lots: those that move between books, and corrections."""
    if entry.kind in BETWEEN_BOOKS:
        return len({leg.book for leg in entry.legs}) > 1
    return entry.reverses is not None or bool(coins_adopted(entry))


def shelves_of(entry: Entry) -> set[Shelf]:
    """The (book, asset) pairs whose lots an entry may change."""
    fill = entry.fill
    if fill is None:
        return {(leg.book, leg.asset) for leg in entry.legs if leg.account == CASH} if moves_lots(entry) else set()
    touched = {(entry.book, fill.base)}
    if fill.quote not in CURRENCIES:
        touched.add((entry.book, fill.quote))
    if fill.fee and fill.fee_asset and fill.fee_asset not in (fill.base, fill.quote):
        touched.add((entry.book, fill.fee_asset))
    return touched


def linked(books: Iterable[UUID], moves: Collection[set[UUID]]) -> set[UUID]:
    """These books and those that their lots came from or went to, however many moves away; moves: the books of each."""
    found = set(books)
    while more := {book for between in moves if between & found for book in between} - found:
        found |= more
    return found


def replay(entries: Iterable[Entry], *, one_line: bool = False) -> Fold:
    """The fold of a whole journal from zero. Reversed entries and their reversals are skipped; a FEE_FIX takes effect at
    its fill."""
    ordered = sorted(entries, key=_KEY)
    state = Fold(one_line=one_line)
    naming = [entry for entry in ordered if entry.reverses is not None or entry.kind == "REVERSAL"]
    if not naming:
        for entry in ordered:
            state.apply(entry)
        return state
    undone = [entry for entry in naming if entry.kind == "REVERSAL"]
    dropped = {entry.reverses for entry in undone} | {entry.id for entry in undone}
    fixes = {entry.reverses: entry for entry in naming if entry.kind == "FEE_FIX" and entry.id not in dropped}
    for entry in ordered:
        if entry.id not in dropped:
            fix = fixes.get(entry.id)
            state.apply(entry, _completed(entry.fill, fix) if fix and entry.fill else None)
    return state


def _completed(fill: FillFacts, fix: Entry) -> FillFacts:
    paid = next(leg for leg in fix.legs if leg.account == "FEES")
    return replace(fill, fee=paid.amount, fee_asset=paid.asset)
