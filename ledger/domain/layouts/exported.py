"""What `export_ledger` writes: a sheet with one row per posting, or JSON with one entry per line. Importing it again changes nothing.

Taken are the fills of the wallet at the venue and in the mode of the import; other entries, and other wallets', are named as such.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from accounts.domain.decimals import plain
from accounts.domain.formulas import guarded, unguarded
from accounts.domain.refusals import Malformed
from ledger.domain.layouts import cells
from ledger.domain.layouts.layout import Fields, Layout, Row, Sheet

BEGINS = '{"how": '
_JOURNAL = ', "journal": ['
_TEXTS = ("symbol", "side", "fee_asset", "executed_at", "trade_id")
_AMOUNTS = ("quantity", "price", "fee", "fee_price")


def unfolded(lines: Iterable[tuple[int, str]]) -> Iterator[Row]:
    """The entries of an export as JSON as rows of the sheet that it could have been."""
    wallet: dict[str, str] = {}
    for line, text in lines:
        head, journal, _ = text.partition(_JOURNAL)
        try:
            if journal:
                wallet = _texts(_object(head + "}"), ("venue", "mode"))
            elif not text.startswith(BEGINS):
                yield Row(line, {**wallet, **_flat(_object(text))})
        except (ValueError, AttributeError, RecursionError):
            raise Malformed("NOT_AN_OBJECT", "it is not an entry as export_ledger writes it", line=line) from None


def _object(text: str) -> Any:
    found, _ = json.JSONDecoder(parse_float=str, parse_int=str).raw_decode(text)
    return found


def _texts(found: dict[str, Any], names: Sequence[str]) -> dict[str, str]:
    return {name: "" if found.get(name) is None else str(found[name]) for name in names}


def _flat(entry: dict[str, Any]) -> dict[str, str]:
    fill = entry.get("fill") or {}
    told = {**{name: guarded(text) for name, text in _texts(fill, _TEXTS).items()}, **_texts(fill, _AMOUNTS)}
    return {**_texts(entry, ("id", "kind")), **{f"fill_{name}": text for name, text in told.items()}}


def _once(rows: Iterable[Row]) -> Iterator[Row]:
    """One row per entry: the sheet repeats what the entry says on each of its postings."""
    seen: set[str] = set()
    for row in rows:
        if row["id"] not in seen:
            seen.add(row["id"])
            yield row


def _kind(row: Row, sheet: Sheet) -> str:
    if row["kind"] != "FILL":
        return row["kind"]
    own = (row.get("venue"), row.get("mode")) == (sheet.venue, sheet.mode)
    return "" if own else f"FILL of the {row.get('mode')} wallet at {row.get('venue')}"


def _fill(row: Row, sheet: Sheet) -> Fields:
    told = {name: unguarded(row.get(f"fill_{name}")) for name in _TEXTS}
    for name in _AMOUNTS:  # spelled with all 24 places, as they are hashed
        text = row.get(f"fill_{name}")
        told[name] = plain(cells.number(name, text)) if text else ""
    return told


LAYOUTS = (
    Layout(
        name="export_ledger", venue="", tell=_fill, kind=_kind, gather=_once, states_ids=True,
        needs=("venue", "mode", "id", "kind", *(f"fill_{name}" for name in (*_TEXTS, *_AMOUNTS))),
        may=("wallet", "seq", "event_time", "reverses", "external_id", "actor", "reason", "prev_hash", "hash", "fill_book", "fill_market",
             "fill_client_order_id", "fill_bootstrap", "fill_raw", "n", "account", "book", "asset", "amount"),
    ),
)  # fmt: skip
