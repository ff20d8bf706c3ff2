"""Projections and claims of one wallet as they are stored, keyed for comparison with what the journal says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from accounts.queries import sql
from ledger.domain.nav import Level
from ledger.domain.points import Point

Rows = dict[Any, tuple[Any, ...]]

BALANCE = ("cash", "reserved", "deficit", "newest_at", "newest_tie")
LOT = (
    "entry_id", "book_id", "asset_id", "currency_id", "opened_at", "tie", "quantity", "remaining", "cost_left", "fee_left",
    "cost_unknown",
)  # fmt: skip
MATCH = (
    "lot_id", "book_id", "asset_id", "currency_id", "client_order_id", "acquired_at", "sold_at", "quantity", "cost",
    "proceeds", "entry_fee", "exit_fee", "net",
)  # fmt: skip
UNCOVERED = ("book_id", "currency_id", "quantity", "proceeds", "fee")
BUCKET = ("gross", "fees", "matches", "net")
ALLOCATION = ("amount", "coins_at_cost")


def balances(wallet: UUID) -> Rows:
    return _keyed("ledger_balance", ("book_id", "asset_id"), BALANCE, wallet)


def lots(wallet: UUID) -> Rows:
    return _keyed("ledger_lot", ("id",), LOT, wallet)


def matches(wallet: UUID) -> Rows:
    return _keyed("ledger_lotmatch", ("entry_id", "n"), MATCH, wallet)


def uncovered(wallet: UUID) -> Rows:
    return _keyed("ledger_uncovered", ("entry_id", "asset_id"), UNCOVERED, wallet)


def buckets(wallet: UUID) -> Rows:
    return _keyed("ledger_profitbucket", ("book_id", "currency_id", "day"), BUCKET, wallet)


def allocations(wallet: UUID) -> Rows:
    return _keyed("ledger_allocation", ("book_id", "asset_id"), ALLOCATION, wallet)


def reserved(wallet: UUID) -> Mapping[tuple[UUID, str], Decimal]:
    """What live reservations still hold, per (book, asset)."""
    return {(row[0], row[1]): row[2] for row in sql.fetch(
        "SELECT r.book_id, r.asset_id, sum(r.amount - r.captured - r.released) FROM ledger_reservation r "
        "JOIN ledger_book b ON b.id = r.book_id WHERE r.live AND b.wallet_id = %s GROUP BY 1, 2", wallet)}


def captured(wallet: UUID) -> dict[str, tuple[UUID, str, Decimal]]:
    """What reservations say that their orders spent: client order id -> (book, asset, captured)."""
    return {row[0]: row[1:] for row in sql.fetch(
        "SELECT r.client_order_id, r.book_id, r.asset_id, r.captured FROM ledger_reservation r "
        "JOIN ledger_book b ON b.id = r.book_id WHERE r.captured > 0 AND b.wallet_id = %s", wallet)}


def points(wallet: UUID) -> list[Point]:
    """The equity points of a wallet and its books, in the order in which `ledger.domain.points` reads them."""
    rows = sql.fetch(
        "SELECT id, book_id, currency_id, seq, at, cash, equity, net_funding, realised, unrealised, units, nav, peak, deepest, "
        "holdings::text "
        "FROM ledger_equitypoint WHERE wallet_id = %s ORDER BY seq, book_id NULLS FIRST, at, id", wallet)
    return [
        Point(
            one, book, currency, seq, at, cash, equity, funding, realised, unrealised, Level(units, nav, peak, deepest),
            {asset: (Decimal(u), Decimal(m)) for asset, u, m, _ in json.loads(held)},
        )
        for one, book, currency, seq, at, cash, equity, funding, realised, unrealised, units, nav, peak, deepest, held in rows
    ]


def labels(wallet: UUID) -> dict[UUID, str]:
    """A name for each book that does not depend on its id."""
    return {row[0]: f"{row[1]} {row[2]}" for row in sql.fetch(
        "SELECT id, kind, label FROM ledger_book WHERE wallet_id = %s", wallet)}


def _keyed(table: str, key: tuple[str, ...], columns: tuple[str, ...], wallet: UUID) -> Rows:
    names = ", ".join(f"x.{name}" for name in (*key, *columns))
    rows = sql.fetch(f"SELECT {names} FROM {table} x JOIN ledger_book b ON b.id = x.book_id WHERE b.wallet_id = %s", wallet)  # noqa: S608 - names of this file
    width = len(key)
    return {(row[:width] if width > 1 else row[0]): row[width:] for row in rows}
