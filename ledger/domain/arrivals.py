"""What a journal amounted to after each of its entries, in the order in which they arrived: money, funding, capital and realised profit
of the wallet and of its books. Pure; it must not know what was stored about it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID

from ledger.domain.currencies import CURRENCIES
from ledger.domain.entries import BETWEEN_BOOKS, CASH, WORLD, Entry, SortKey, coins_adopted
from ledger.domain.fold import Fold, Shelf, linked, replay, shelves_of
from ledger.domain.lots import Match
from ledger.domain.numbers import CONTEXT, ZERO

Sums = dict[tuple[UUID | None, str], Decimal]


class Arrivals:
    """Sums by (scope, asset) after the entries so far; the scope None is the wallet, a UUID one of its books.

    cash: CASH postings; funded: what came from the world; bought: the currencies in which a coin was ever bought; realised: net profit
    of the matches. An entry that sorts last in its books is folded at once; where one does not, its books wait for `fold_late`."""

    def __init__(self) -> None:
        self.cash: Sums = defaultdict(lambda: ZERO)
        self.realised: Sums = defaultdict(lambda: ZERO)
        self.funded: dict[str, Decimal] = defaultdict(lambda: ZERO)
        self.bought: dict[str, set[str]] = defaultdict(set)
        self._moved: Sums = defaultdict(lambda: ZERO)
        self._entries: list[Entry] = []
        self._newest: dict[Shelf, SortKey] = {}
        self._late: set[UUID] = set()
        self._fold = Fold()

    def take(self, entry: Entry) -> None:
        """The next entry."""
        self._entries.append(entry)
        self._price(entry)
        for shelf in shelves_of(entry):
            if entry.reverses is not None or entry.key < self._newest.get(shelf, entry.key):
                self._late.add(shelf[0])
        for leg in entry.legs:
            if leg.account == CASH:
                self._count(entry, leg.book, leg.asset, leg.amount)
            elif leg.account == WORLD:
                self.funded[leg.asset] = CONTEXT.subtract(self.funded[leg.asset], leg.amount)
        if not self._late or self._late.isdisjoint(leg.book for leg in entry.legs):
            self._fold.apply(entry)
            self._realise(self._fold.matches)
            for told in (self._fold.matches, self._fold.opened, self._fold.touched, self._fold.uncovered):
                told.clear()

    def capital(self, book: UUID, currency: str) -> Decimal:
        """Money and coins at their cost that moved into a book, less those that moved out."""
        return CONTEXT.add(self._moved[book, currency], self._fold.coins_at_cost.get(book, ZERO))

    def fold_late(self) -> None:
        """Fold anew the books in which an entry did not sort last, with those that their coins came from or went to: what the booking
        of that entry did."""
        if not self._late:
            return
        books = self._linked()
        fold = replay(entry for entry in self._entries if not books.isdisjoint(leg.book for leg in entry.legs))
        for book, currency in [scope for scope in self.realised if scope[0] in books]:
            net = self.realised.pop((book, currency))
            self.realised[None, currency] = CONTEXT.subtract(self.realised[None, currency], net)
        self._realise(fold.matches)
        self._fold.shelves = {shelf: lots for shelf, lots in self._fold.shelves.items() if shelf[0] not in books} | fold.shelves
        kept = {book: cost for book, cost in self._fold.coins_at_cost.items() if book not in books}
        self._fold.coins_at_cost = kept | fold.coins_at_cost
        self._late.clear()

    def _linked(self) -> set[UUID]:
        coins = [entry for entry in self._entries if entry.kind in BETWEEN_BOOKS and any(leg.asset not in CURRENCIES for leg in entry.legs)]
        return linked(self._late, [{leg.book for leg in entry.legs} for entry in coins])

    def _price(self, entry: Entry) -> None:
        fill = entry.fill
        if fill is not None:
            for coin in (fill.base, str(fill.fee_asset), fill.quote):
                self.bought[coin].add(fill.quote)
        for adopted in coins_adopted(entry):
            self.bought[adopted.asset] |= {leg.asset for leg in entry.legs if leg.account == WORLD}

    def _count(self, entry: Entry, book: UUID, asset: str, amount: Decimal) -> None:
        for scope in (None, book):
            self.cash[scope, asset] = CONTEXT.add(self.cash[scope, asset], amount)
        if entry.kind in BETWEEN_BOOKS:
            self._moved[book, asset] = CONTEXT.add(self._moved[book, asset], amount)
        self._newest[book, asset] = max(self._newest.get((book, asset), entry.key), entry.key)

    def _realise(self, matches: Iterable[Match]) -> None:
        for match in matches:
            for scope in (None, match.book):
                self.realised[scope, match.currency] = CONTEXT.add(self.realised[scope, match.currency], match.net)
