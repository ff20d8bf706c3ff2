"""Closing orders beside what was told of them, and their trades held against the matches that they are the sums of. Never writes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from accounts.domain.chain import stamp
from accounts.queries import sql
from ledger.domain.expected import Difference
from ledger.domain.numbers import text24
from ledger.queries import matches
from trading.domain import placed, round_trips
from trading.domain.placed import Placed
from trading.domain.round_trips import Figures

_ORDER = ", ".join(f"o.{name}" for name in placed.COLUMNS)
_TOLD = "coalesce(r.reason, ''), t.id, " + ", ".join(f"t.{name}" for name in Figures.__slots__)
_BESIDE = "LEFT JOIN trading_rejectedtrade r ON r.order_id = o.id LEFT JOIN trading_trade t ON t.order_id = o.id"

_OF_ORDERS = f"""
SELECT o.id, {_TOLD} FROM unnest(%s::uuid[]) AS o(id) {_BESIDE} WHERE t.id IS NOT NULL OR r.order_id IS NOT NULL
"""  # noqa: S608 - names of columns
_OF_FILLS = "SELECT x.id FROM ledger_fill f JOIN trading_order x ON x.client_order_id = f.client_order_id WHERE f.{which}"
_OF_BOOKS = _OF_FILLS.format(which="book_id = ANY(%s::uuid[])")
_OF_TRADES = """
SELECT x.id FROM ledger_wallet w JOIN trading_trade t ON t.owner_id = w.owner_id
JOIN trading_order x ON x.id = t.order_id AND x.wallet_id = w.id WHERE w.id = %s
"""
_OF_WALLET = " UNION ".join((_OF_FILLS.format(which="wallet_id = %s"), _OF_TRADES))
_CLOSING = f"""
SELECT {_ORDER}, {_TOLD} FROM trading_order o {_BESIDE}
WHERE o.id IN ({{orders}}) AND (o.leg = 'EXIT' AND o.ending IS NOT NULL AND o.filled_quantity > 0 OR t.id IS NOT NULL) ORDER BY o.id
"""  # noqa: S608 - names of columns


@dataclass(frozen=True, slots=True)
class Told:
    """A closing order and what stands of it: a trade with its figures, or why it could not be one, or both where it was first the one
    and then the other."""

    order: Placed
    exception: str = ""
    trade: UUID | None = None
    figures: Figures | None = None


def of_orders(orders: Sequence[Placed]) -> dict[UUID, Told]:
    """The same orders by id, in one statement."""
    if not orders:
        return {}
    stands = {order: row for order, *row in sql.fetch(_OF_ORDERS, [order.id for order in orders])}
    return {order.id: _told(order, stands[order.id]) if order.id in stands else Told(order) for order in orders}


def of_books(books: Collection[UUID]) -> dict[UUID, Told]:
    """The closing orders with fills in these books that are final, by id, in one statement that looks at no other book."""
    return _closing(_OF_BOOKS, list(books)) if books else {}


def of_wallet(wallet: UUID) -> dict[UUID, Told]:
    """Those of a wallet, and whatever else is said to be a trade in it."""
    return _closing(_OF_WALLET, wallet, wallet)


def first_unlike(*, wallet: UUID) -> Difference | None:
    """The first trade of a wallet that is not the sum of its matches, or closing order whose matches make a trade that is not there."""
    told = of_wallet(wallet)
    found = matches.of_orders([each.order.client_order_id for each in told.values()])
    for each in told.values():
        match = found.get(each.order.client_order_id)
        right = None if match is None or not each.order.closes or round_trips.flaw_of(match) else round_trips.figures(match)
        if right != each.figures:
            return _difference(each, right)
    return None


def _difference(told: Told, right: Figures | None) -> Difference:
    stored, whose = told.figures, f"bot {told.order.bot}" if told.order.bot else "no bot"
    if stored is not None and right is not None:
        name = round_trips.first_unlike(stored, right)
        return Difference("trading_trade", _key(told, stored, whose), name, str(getattr(stored, name)), str(getattr(right, name)))
    rows = tuple(None if row is None else f"profit_loss {text24(row.profit_loss)}" for row in (stored, right))
    return Difference("trading_trade", _key(told, stored or right, whose), "row", *rows)


def _key(told: Told, figures: Figures | None, whose: str) -> str:
    at = f" at {stamp(figures.closed_at)}" if figures else ""
    return f"{told.trade or f'of order {told.order.id}'} of {whose}{at}"


def _closing(orders: str, *parameters: Any) -> dict[UUID, Told]:
    width = len(placed.COLUMNS)
    rows = sql.fetch(_CLOSING.format(orders=orders), *parameters)
    return {row[0]: _told(Placed(*row[:width]), row[width:]) for row in rows}


def _told(order: Placed, row: Sequence[Any]) -> Told:
    exception, trade, *stored = row
    return Told(order, exception, trade, None if trade is None else Figures(*stored))
