"""What a layout is: the columns by which an export of a venue is known, and how one of its rows becomes our fields. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from accounts.domain.decimals import plain
from accounts.domain.refusals import Malformed
from ledger.domain.layouts import cells
from ledger.domain.numbers import ZERO

_SHOWN = 40
_ZONED = re.compile(r"(?P<name>.+?) ?\((?P<note>UTC(?:[+-][0-9]{1,2}(?::?[0-9]{2})?)?)\)")
_PRICED = re.compile(r"(?P<note>[A-Z]{3}) (?P<name>Spot Price at Transaction|Subtotal|Total \(.+\)|Fees.*)")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a sheet: its number, its cells by the name that the layout gives their column, and the rows that tell of the same
    trade."""

    line: int
    cells: Mapping[str, str]
    beside: tuple[Row, ...] = ()

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def get(self, column: str) -> str:
        """The cell, '' where the file has no such column."""
        return self.cells.get(column, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What holds for all rows of a sheet. notes: what a header says of a column, (UTC+8) or a currency; zone: that of times that
    say none, as the person states it; symbols: pair without separator -> the symbols that are written so at this venue."""

    venue: str
    mode: str
    notes: Mapping[str, str] = field(default_factory=dict)
    semicolons: bool = False
    zone: str | None = None
    symbols: Mapping[str, frozenset[str]] = field(default_factory=dict)
    assets: frozenset[str] = frozenset()

    def number(self, row: Row, column: str) -> Decimal:
        return cells.number(column, row[column], semicolons=self.semicolons)

    def money(self, row: Row, column: str) -> Decimal:
        """An amount whatever side it is on: reports sign what leaves."""
        return abs(cells.money(column, row[column], semicolons=self.semicolons))

    def at(self, row: Row, column: str) -> str:
        note = self.notes.get(column)
        return cells.moment(row[column], zone_of=cells.zone(note) if note else self.zone, column=column)

    def pair(self, text: str) -> str:
        return cells.split_pair(text, symbols=self.symbols, assets=self.assets)


Fields = dict[str, str]
Tell = Callable[[Row, Sheet], Fields]


def _all(rows: Iterable[Row]) -> Iterator[Row]:
    yield from rows


def _trade(row: Row, sheet: Sheet) -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """An export of a venue ('' any venue). A name in `needs` may be written A|B: the column is called A here, whichever of the two the
    file has. `may`: columns that say nothing about the fill. `kind` names a row that is no trade, and is '' for one; `gather` puts the
    rows of one trade together; `tell` gives our fields. Unless it `states_ids`, an empty trade id says that the venue told none."""

    name: str
    venue: str
    needs: tuple[str, ...]
    may: tuple[str, ...] = ()
    tell: Tell
    kind: Callable[[Row, Sheet], str] = _trade
    gather: Callable[[Iterable[Row]], Iterable[Row]] = _all
    states_ids: bool = False

    def named(self, names: Sequence[str]) -> dict[str, str]:
        """Column of the file -> its name here, for those that the layout knows."""
        aliases = {alias: need.split("|")[0] for need in self.needs for alias in need.split("|")}
        return {name: aliases.get(name, name) for name in names if name in aliases or name in self.may}

    def lacks(self, names: Sequence[str]) -> list[str]:
        return [need.split("|")[0] for need in self.needs if not set(need.split("|")) & set(names)]

    def ignores(self, names: Sequence[str]) -> list[str]:
        known = self.named(names)
        return [name for name in names if name not in known]


def noted(name: str) -> tuple[str, str]:
    """(column, what its header says of it): 'Filled Time(UTC+08:00)' -> ('Filled Time', 'UTC+08:00')."""
    found = _ZONED.fullmatch(name) or _PRICED.fullmatch(name)
    return (found["name"], found["note"]) if found else (name, "")


def side(text: str) -> str:
    """BUY or SELL, however a venue spells it; told.read refuses the rest."""
    return text.strip().upper()


def fields(
    *, symbol: str, side: str, quantity: Decimal, price: Decimal, fee: Decimal | None, fee_asset: str, at: str, trade_id: str = "",
    order: str = "",
) -> Fields:  # fmt: skip
    """Our fields of one fill. A fee of None is one that the file does not tell; `order` helps to make an id where none is told."""
    return {
        "symbol": symbol,
        "side": side,
        "quantity": plain(quantity),
        "price": plain(price),
        "fee": "" if fee is None else plain(fee),
        "fee_asset": fee_asset if fee else "",
        "executed_at": at,
        "trade_id": trade_id,
        "order": order,
    }


def check_untaxed(row: Row, sheet: Sheet, column: str) -> None:
    """Refuse a line with a tax on the trade: it left the account, and the ledger has no place for it beside the fee."""
    if row.get(column) not in ("", "--", "-") and sheet.number(row, column) != ZERO:
        raise Malformed("TAX_UNKNOWN", f"its column {column!r} says {row[column][:_SHOWN]!r}; a tax beside the fee cannot be booked yet")
