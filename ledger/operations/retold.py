"""Trades that a wallet has already and a file tells under other ids: venues export one trade in several forms. It must not book."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from accounts.domain.refusals import Conflict
from ledger.domain import told
from ledger.domain.told import Told
from ledger.queries import fills


def under_known_ids(rows: Sequence[Told], *, wallet: UUID) -> list[Told]:
    """The fills of a file. Where the wallet has a fill that is alike to the second, and one of the two has an id of the venue while the
    other was given one here, it is the same: it goes by the id that is known. As many as are alike, so that equal fills stay as many as
    they are. Raises Conflict TOLD_OTHERWISE for an order that is there fill by fill and told as a whole, or the other way round."""
    stored = fills.told_of_wallet(wallet)
    known = {(row.symbol, row.trade_id) for row in stored}
    _check_forms(rows, {trade for _, trade in known})
    alike: dict[tuple[object, ...], list[str]] = {}
    for one in stored:
        alike.setdefault((*one.alike, _made_here(one.trade_id)), []).append(one.trade_id)
    found: list[Told] = []
    for row in rows:
        others = alike.get(_other_sort(row), []) if (row.symbol, row.trade_id) not in known else []
        found.append(replace(row, trade_id=others.pop(0)) if others else row)
    return found


def _made_here(trade_id: str) -> bool:
    return bool(told.order_of(trade_id))


def _other_sort(row: Told) -> tuple[object, ...]:
    at = row.executed_at.replace(microsecond=0)
    return (row.symbol, row.side, row.quantity, row.price, at, not _made_here(row.trade_id))


def _check_forms(rows: Sequence[Told], known: set[str]) -> None:
    """Exports hold both forms side by side, and both would count."""
    split = {told.order_of(trade) for trade in known}
    for row in rows:
        whole = row.trade_id == row.order
        if row.order and row.order in (split if whole else known):
            sentence = f"Nothing was booked. Line {row.line}: the order {row.order!r} was imported from the export's other form"
            raise Conflict("TOLD_OTHERWISE", f"{sentence}, one row per {'fill' if whole else 'order'}.")
