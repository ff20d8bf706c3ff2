"""What a journal amounted to after each of its entries, in the order in which they arrived: money, funding, capital and realised profit
of the wallet and of its books. Pure; it must not know what was stored about it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from ledger.domain.currencies import CURRENCIES
from ledger.domain.entries import BETWEEN_BOOKS, CASH, WORLD, Entry, Leg, SortKey, coins_adopted
from ledger.domain.fold import Fold, Shelf, linked, replay, shelves_of
from ledger.domain.lots import Match
from ledger.domain.numbers import CONTEXT, ZERO

Sums = dict[tuple[UUID | None, str], Decimal]


@dataclass(slots=True)
class Held:
    """The CASH postings of a book in one asset, those of them that moved between books, and the key of the entry that sorts last."""

    newest: SortKey
    cash: Decimal = ZERO
    moved: Decimal = ZERO


class Arrivals:
    """Sums after the entries so far.

    held: by (book, asset); cash: what the wallet holds; realised: by (scope, currency), where None is the wallet and a UUID a book;
    funded: what came from the world; bought: the currencies in which a coin was ever bought; realised: net profit of the matches. An
    entry that sorts last in its books is folded at once; where one does not, its books wait for `fold_late`."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.held: dict[Shelf, Held] = {}
        self.cash: dict[str, Decimal] = defaultdict(lambda: ZERO)
        self.realised: Sums = defaultdict(lambda: ZERO)
        self.funded: dict[str, Decimal] = defaultdict(lambda: ZERO)
        self.bought: dict[str, set[str]] = defaultdict(set)
        self._last: SortKey | None = None
        self._in_order = True
        self._late: set[UUID] = set()
        self._fold = Fold()
        self._counted = 0

    def take(self, entry: Entry) -> None:
        """The next entry."""
        self.entries.append(entry)
        self._price(entry)
        if entry.reverses is not None or (self._last is not None and entry.key < self._last):
            self._in_order = False
            for shelf in shelves_of(entry):
                known = self.held.get(shelf)
                if entry.reverses is not None or (known is not None and entry.key < known.newest):
                    self._late.add(shelf[0])
        else:
            self._last = entry.key
        for leg in entry.legs:
            if leg.account == CASH:
                self._count(entry, leg)
            elif leg.account == WORLD:
                self.funded[leg.asset] = CONTEXT.subtract(self.funded[leg.asset], leg.amount)
        if not self._late or self._late.isdisjoint(leg.book for leg in entry.legs):
            self._fold.apply(entry)
            self._realise(self._fold.matches[self._counted :])
            self._counted = len(self._fold.matches)

    def whole(self) -> Fold:
        """The fold of all entries from zero. Where each sorted last when it came and none undid or completed another, it is at hand."""
        return self._fold if self._in_order else replay(self.entries)

    def capital(self, book: UUID, currency: str) -> Decimal:
        """Money and coins at their cost that moved into a book, less those that moved out."""
        known = self.held.get((book, currency))
        return CONTEXT.add(known.moved if known else ZERO, self._fold.coins_at_cost.get(book, ZERO))

    def money(self, book: UUID | None, asset: str) -> Decimal:
        """What a book, or the wallet, holds of an asset."""
        if book is None:
            return self.cash[asset]
        known = self.held.get((book, asset))
        return known.cash if known else ZERO

    def fold_late(self) -> None:
        """Fold anew the books in which an entry did not sort last, with those that their coins came from or went to: what the booking
        of that entry did."""
        if not self._late:
            return
        books = self._linked()
        fold = replay(entry for entry in self.entries if not books.isdisjoint(leg.book for leg in entry.legs))
        for book, currency in [scope for scope in self.realised if scope[0] in books]:
            net = self.realised.pop((book, currency))
            self.realised[None, currency] = CONTEXT.subtract(self.realised[None, currency], net)
        self._realise(fold.matches)
        self._fold.shelves = {shelf: lots for shelf, lots in self._fold.shelves.items() if shelf[0] not in books} | fold.shelves
        kept = {book: cost for book, cost in self._fold.coins_at_cost.items() if book not in books}
        self._fold.coins_at_cost = kept | fold.coins_at_cost
        self._late.clear()

    def _linked(self) -> set[UUID]:
        coins = [entry for entry in self.entries if entry.kind in BETWEEN_BOOKS and any(leg.asset not in CURRENCIES for leg in entry.legs)]
        return linked(self._late, [{leg.book for leg in entry.legs} for entry in coins])

    def _price(self, entry: Entry) -> None:
        fill = entry.fill
        if fill is not None:
            for coin in (fill.base, str(fill.fee_asset), fill.quote):
                self.bought[coin].add(fill.quote)
        for adopted in coins_adopted(entry):
            self.bought[adopted.asset] |= {leg.asset for leg in entry.legs if leg.account == WORLD}

    def _count(self, entry: Entry, leg: Leg) -> None:
        known = self.held.get((leg.book, leg.asset))
        if known is None:
            known = self.held[leg.book, leg.asset] = Held(entry.key)
        elif known.newest < entry.key:
            known.newest = entry.key
        known.cash = CONTEXT.add(known.cash, leg.amount)
        if entry.kind in BETWEEN_BOOKS:
            known.moved = CONTEXT.add(known.moved, leg.amount)
        self.cash[leg.asset] = CONTEXT.add(self.cash[leg.asset], leg.amount)

    def _realise(self, matches: Iterable[Match]) -> None:
        for match in matches:
            for scope in (None, match.book):
                self.realised[scope, match.currency] = CONTEXT.add(self.realised[scope, match.currency], match.net)
