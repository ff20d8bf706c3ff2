"""Whether equity points are what the journal said at their place in it. Pure: verification reads the rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from uuid import UUID

from ledger.domain.currencies import CURRENCIES
from ledger.domain.entries import CASH, WORLD, Entry, coins_adopted
from ledger.domain.expected import Difference
from ledger.domain.nav import FIRST, Level, risen
from ledger.domain.numbers import CONTEXT, ZERO, product, text24

TABLE = "ledger_equitypoint"
Sums = dict[tuple[UUID | None, str], Decimal]


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
    level: Level
    holdings: dict[str, tuple[Decimal, Decimal]]


def first_wrong(entries: Sequence[Entry], points: Sequence[Point]) -> Difference | None:
    """The first point whose cash, units, equity or (for the wallet) net funding is not the sum of the postings before it.

    `entries` in the order of the chain, `points` ascending by seq, then book and time."""
    cash: Sums = defaultdict(lambda: ZERO)
    funded: dict[str, Decimal] = defaultdict(lambda: ZERO)
    bought: dict[str, set[str]] = defaultdict(set)
    read = 0
    for (seq, book, _), group in groupby(points, key=lambda point: (point.seq, point.book, point.at)):
        for entry in entries[read:seq]:
            _add(entry, cash, funded, bought)
        read = max(read, seq)
        told = list(group)
        for difference in _compared(told, book, cash, funded, bought):
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


def _add(entry: Entry, cash: Sums, funded: dict[str, Decimal], bought: dict[str, set[str]]) -> None:
    if entry.fill is not None:
        bought[entry.fill.base].add(entry.fill.quote)
        bought[str(entry.fill.fee_asset)].add(entry.fill.quote)
        bought[entry.fill.quote].add(entry.fill.quote)
    for coin in coins_adopted(entry):
        bought[coin.asset] |= {leg.asset for leg in entry.legs if leg.account == WORLD}
    for leg in entry.legs:
        if leg.account == CASH:
            for scope in (None, leg.book):
                cash[scope, leg.asset] = CONTEXT.add(cash[scope, leg.asset], leg.amount)
        elif leg.account == WORLD:
            funded[leg.asset] = CONTEXT.subtract(funded[leg.asset], leg.amount)


def _compared(
    points: Sequence[Point], book: UUID | None, cash: Sums, funded: dict[str, Decimal], bought: dict[str, set[str]]
) -> Iterator[Difference]:
    """What is wrong with the points of one moment: one per currency (or the same told twice), which share the units of an asset."""
    for point in points:
        worth = point.cash
        for held, mark in point.holdings.values():
            worth = CONTEXT.add(worth, product(held, mark))
        money = cash[book, point.currency] if point.currency in CURRENCIES else ZERO  # coins are holdings, not cash
        yield from _differs(point, "cash", point.cash, money)
        yield from _differs(point, "equity", point.equity, worth)
        if book is None:
            yield from _differs(point, "net_funding", point.net_funding, funded[point.currency])
    last = {point.currency: point for point in points}
    units: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for point in last.values():
        for asset, (held, _) in point.holdings.items():
            units[asset] = CONTEXT.add(units[asset], held)
    for asset, total in units.items():
        # A currency in which a holding has no price has no point: then its units are not told here.
        if asset not in CURRENCIES and bought[asset] <= last.keys():
            yield from _differs(points[0], f"units of {asset}", total, cash[book, asset])


def _differs(point: Point, column: str, stored: Decimal, expected: Decimal) -> Iterator[Difference]:
    if stored != expected:
        yield Difference(TABLE, str(point.id), column, text24(stored), text24(expected))
