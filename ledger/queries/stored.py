"""Projections and claims of wallets as they are stored, to be compared with what the journal says."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from accounts.queries import sql
from ledger.domain.expected import Pair
from ledger.domain.nav import Level
from ledger.domain.points import Point

Rows = dict[Any, tuple[Any, ...]]

BALANCE = ("cash", "reserved", "deficit", "newest_at", "newest_tie")
LOT = (
    "entry_id", "book_id", "asset_id", "currency_id", "opened_at", "quantity", "remaining", "cost_left", "fee_left", "cost_unknown", "tie",
)  # fmt: skip
MATCH = (
    "lot_id", "book_id", "asset_id", "currency_id", "acquired_at", "sold_at", "quantity", "cost", "proceeds", "entry_fee", "exit_fee",
    "net", "client_order_id",
)  # fmt: skip
UNCOVERED = ("book_id", "currency_id", "quantity", "proceeds", "fee")
BUCKET = ("gross", "fees", "matches", "net")
ALLOCATION = ("amount", "coins_at_cost")


@dataclass(frozen=True, slots=True)
class Stored:
    """What is stored of one wallet besides its lots and matches.

    labels: a name for each book that does not depend on its id; reserved: what live reservations still hold, by (book, asset);
    captured: what reservations say that their orders spent, client order id -> (book, asset, captured); points: in the order in which
    `ledger.domain.points` reads them."""

    entries: int
    head: bytes
    labels: dict[UUID, str] = field(default_factory=dict)
    balances: Rows = field(default_factory=dict)
    uncovered: Rows = field(default_factory=dict)
    buckets: Rows = field(default_factory=dict)
    allocations: Rows = field(default_factory=dict)
    reserved: dict[Pair, Decimal] = field(default_factory=dict)
    captured: dict[str, tuple[UUID, str, Decimal]] = field(default_factory=dict)
    points: list[Point] = field(default_factory=list)


def of(wallets: Sequence[UUID]) -> dict[UUID, Stored]:
    """What is stored of each, in a constant number of statements."""
    asked = list(wallets)
    heads = sql.fetch("SELECT id, entries, head FROM ledger_wallet WHERE id = ANY(%s::uuid[]) ORDER BY id", asked)
    found = {wallet: Stored(entries, bytes(head)) for wallet, entries, head in heads}
    for wallet, book, kind, label in sql.fetch(_BOOKS, asked):
        found[wallet].labels[book] = f"{kind} {label}"
    for wallet, key, row in _keyed("ledger_balance", ("book_id", "asset_id"), BALANCE, asked):
        found[wallet].balances[key] = row
    for wallet, key, row in _keyed("ledger_uncovered", ("entry_id", "asset_id"), UNCOVERED, asked):
        found[wallet].uncovered[key] = row
    for wallet, key, row in _keyed("ledger_profitbucket", ("book_id", "currency_id", "day"), BUCKET, asked):
        found[wallet].buckets[key] = row
    for wallet, key, row in _keyed("ledger_allocation", ("book_id", "asset_id"), ALLOCATION, asked):
        found[wallet].allocations[key] = row
    for wallet, book, asset, held in sql.fetch(_RESERVED, asked):
        found[wallet].reserved[book, asset] = held
    for wallet, client, book, asset, amount in sql.fetch(_CAPTURED, asked):
        found[wallet].captured[client] = (book, asset, amount)
    for told in sql.fetch(_POINTS, asked):
        found[told[0]].points.append(_point(told[1:]))
    return found


def lots(wallets: Sequence[UUID]) -> Iterator[tuple[UUID, str]]:
    """Rows as texts by wallet, in the order of the wallets' ids, their columns parted by tabs: what there are many of is not read as
    values, only compared. In a transaction."""
    return _lines("ledger_lot", ("id", *LOT), wallets)


def matches(wallets: Sequence[UUID]) -> Iterator[tuple[UUID, str]]:
    """Likewise."""
    return _lines("ledger_lotmatch", ("entry_id", "n", *MATCH), wallets)


_BOOKS = "SELECT wallet_id, id, kind, label FROM ledger_book WHERE wallet_id = ANY(%s::uuid[])"
_RESERVED = """
SELECT b.wallet_id, r.book_id, r.asset_id, sum(r.amount - r.captured - r.released) FROM ledger_reservation r
JOIN ledger_book b ON b.id = r.book_id WHERE r.live AND b.wallet_id = ANY(%s::uuid[]) GROUP BY 1, 2, 3
"""
_CAPTURED = """
SELECT b.wallet_id, r.client_order_id, r.book_id, r.asset_id, r.captured FROM ledger_reservation r
JOIN ledger_book b ON b.id = r.book_id WHERE r.captured > 0 AND b.wallet_id = ANY(%s::uuid[])
"""
_POINTS = """
SELECT wallet_id, id, book_id, currency_id, seq, at, cash, equity, net_funding, realised, unrealised, units, nav, peak, deepest,
    holdings::text
FROM ledger_equitypoint WHERE wallet_id = ANY(%s::uuid[]) ORDER BY seq, book_id NULLS FIRST, at, id
"""


def _point(row: Sequence[Any]) -> Point:
    one, book, currency, seq, at, cash, equity, funding, realised, unrealised, units, nav, peak, deepest, held = row
    return Point(
        one, book, currency, seq, at, cash, equity, funding, realised, unrealised, Level(units, nav, peak, deepest),
        {asset: (Decimal(u), Decimal(m)) for asset, u, m, _ in json.loads(held)},
    )  # fmt: skip


def _keyed(
    table: str, key: tuple[str, ...], columns: tuple[str, ...], wallets: list[UUID]
) -> Iterator[tuple[UUID, tuple[Any, ...], tuple[Any, ...]]]:
    names, end = ", ".join(f"x.{name}" for name in (*key, *columns)), len(key) + 1
    rows = sql.fetch(f"SELECT b.wallet_id, {names} {_of_wallets(table)}", wallets)
    return ((row[0], row[1:end], row[end:]) for row in rows)


def _lines(table: str, columns: tuple[str, ...], wallets: Sequence[UUID]) -> Iterator[tuple[UUID, str]]:
    names = ", ".join(f"x.{name}" for name in columns)
    rows = sql.stream(f"SELECT b.wallet_id, concat_ws(E'\\t', {names}) {_of_wallets(table)} ORDER BY 1", list(wallets))
    return ((row[0], row[1]) for row in rows)


def _of_wallets(table: str) -> str:
    return f"FROM {table} x JOIN ledger_book b ON b.id = x.book_id WHERE b.wallet_id = ANY(%s::uuid[])"
