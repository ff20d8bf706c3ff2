"""Whether equity points are what the journal said at their place in it. Pure: verification reads the rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby, islice
from uuid import UUID

from accounts.domain.chain import stamp
from ledger.domain.arrivals import Arrivals
from ledger.domain.currencies import CURRENCIES
from ledger.domain.entries import Entry
from ledger.domain.expected import Difference
from ledger.domain.nav import FIRST, Level, risen
from ledger.domain.numbers import CONTEXT, ZERO, product, text24

TABLE = "ledger_equitypoint"


@dataclass(frozen=True, slots=True)
class Point:
    """A stored point of a wallet (book None) or a book, after the wallet's entry number `seq`. holdings: asset -> (units, mark)."""

    id: UUID
    book: UUID | None
    currency: str
    seq: int
    at: datetime
    cash: Decimal
    equity: Decimal
    net_funding: Decimal
    realised: Decimal
    unrealised: Decimal
    level: Level
    holdings: dict[str, tuple[Decimal, Decimal]]


def first_wrong(
    entries: Iterator[Entry], points: Sequence[Point], *, capital: Mapping[UUID, str], so_far: Arrivals
) -> Difference | None:
    """The first point whose cash, units, equity, net funding, realised or unrealised profit is not what the entries before it come to.
    Unrealised is what the others leave of the equity: at the marks that the point names, which no journal knows.

    `entries` in the order of the chain, `points` ascending by seq, then book and time; capital: the currency in which a book's is
    counted. `so_far` has taken the entries that were needed."""
    for (seq, book, _), group in groupby(points, key=lambda point: (point.seq, point.book, point.at)):
        for entry in islice(entries, max(0, seq - len(so_far.entries))):
            so_far.take(entry)
        so_far.fold_late()
        told = list(group)
        for point in told:
            for difference in _compared(point, so_far, capital):
                return difference
        for difference in _units_compared(told, book, so_far):
            return difference
    return None


def first_wrong_level(points: Iterable[Point]) -> Difference | None:
    """The first point whose units, nav, peak or deepest fall does not follow from the point before it, both as stored. A point follows
    the one that was the newest of its scope when it was written: seq and then the id, which is made in time order, tell when."""
    newest: dict[tuple[UUID | None, str], Point] = {}
    for point in sorted(points, key=lambda point: (point.seq, point.id)):
        scope = (point.book, point.currency)
        before = newest.get(scope)
        told = risen(
            before.level if before else FIRST, equity=point.equity,
            flow=CONTEXT.subtract(point.net_funding, before.net_funding if before else ZERO),
        )  # fmt: skip
        for column in ("units", "nav", "peak", "deepest"):
            for difference in _differs(point, column, getattr(point.level, column), getattr(told, column)):
                return difference
        if before is None or (point.at, point.id) > (before.at, before.id):
            newest[scope] = point
    return None


def _compared(point: Point, so_far: Arrivals, capital: Mapping[UUID, str]) -> Iterator[Difference]:
    """What is wrong with one point by itself."""
    book, currency = point.book, point.currency
    equity = point.cash
    for held, mark in point.holdings.values():
        equity = CONTEXT.add(equity, product(held, mark))
    if book is None:
        funding = so_far.funded[currency]
    else:
        funding = so_far.capital(book, currency) if capital.get(book) == currency else ZERO
    realised = so_far.realised[book, currency]
    money = so_far.money(book, currency) if currency in CURRENCIES else ZERO  # coins are holdings, not cash
    yield from _differs(point, "cash", point.cash, money)
    yield from _differs(point, "equity", point.equity, equity)
    yield from _differs(point, "net_funding", point.net_funding, funding)
    yield from _differs(point, "realised", point.realised, realised)
    yield from _differs(point, "unrealised", point.unrealised, CONTEXT.subtract(equity, CONTEXT.add(funding, realised)))


def _units_compared(points: Sequence[Point], book: UUID | None, so_far: Arrivals) -> Iterator[Difference]:
    """What is wrong with the points of one moment together: one per currency (or the same told twice), which share an asset's units."""
    last = {point.currency: point for point in points}
    units: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for point in last.values():
        for asset, (held, _) in point.holdings.items():
            units[asset] = CONTEXT.add(units[asset], held)
    for asset, total in units.items():
        # A currency in which a holding has no price has no point: then its units are not told here.
        if asset not in CURRENCIES and so_far.bought[asset] <= last.keys():
            yield from _differs(points[0], f"units of {asset}", total, so_far.money(book, asset))


def _differs(point: Point, column: str, stored: Decimal, expected: Decimal) -> Iterator[Difference]:
    if stored != expected:
        key = f"{point.id} of {f'book {point.book}' if point.book else 'the wallet'} in {point.currency} at {stamp(point.at)}"
        yield Difference(TABLE, key, column, text24(stored), text24(expected))
