"""The journal as plain values, spelled as it is hashed, so that an outsider can recompute every chain from it alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from accounts.domain.chain import stamp
from ledger.domain.entries import FillFacts
from ledger.domain.numbers import text24
from ledger.models import Wallet
from ledger.queries import facts
from ledger.queries.facts import Line

HOW = """hash = sha256(prev_hash bytes + lines joined by a newline, UTF-8); the first prev_hash is 32 zero bytes.
entry|id|wallet|kind|event_time|number of postings|reverses|external_id|actor|reason
fill|book|market|symbol|trade_id|side|quantity|price|fee|fee_asset|fee_price|executed_at|client_order_id|bootstrap t or f|sha256(raw) in hex
posting|n|account|book|asset|amount
The fill line is there for entries with a fill; postings follow by n. What is null is empty. In symbol, trade_id, external_id, actor,
reason and client_order_id a backslash is written \\\\, a bar \\p, a newline \\n."""


def head(wallet: Wallet) -> dict[str, Any]:
    """Whose journal it is and where its chain ends."""
    return {
        "wallet": str(wallet.id),
        "owner": wallet.owner.username,
        "venue": wallet.venue,
        "mode": wallet.mode,
        "entries": wallet.entries,
        "head": bytes(wallet.head).hex(),
    }


def journal(wallet: UUID) -> Iterator[dict[str, Any]]:
    """Every entry of a wallet in the order of its chain."""
    return (_entry(line) for line in facts.journal_of_wallet(wallet))


def flat(entry: Mapping[str, Any], wallet: Wallet) -> Iterator[dict[str, Any]]:
    """An entry as rows of a sheet, one per posting; what its wallet, the entry and its fill say is repeated."""
    fill = {f"fill_{name}": value for name, value in (entry["fill"] or {}).items()}
    own = {name: value for name, value in entry.items() if name not in ("fill", "postings")}
    for posting in entry["postings"]:
        yield {"venue": wallet.venue, "mode": wallet.mode, **own, **fill, **posting}


def _entry(line: Line) -> dict[str, Any]:
    entry = line.entry
    return {
        "wallet": str(entry.wallet),
        "seq": line.seq,
        "id": str(entry.id),
        "kind": entry.kind,
        "event_time": stamp(entry.event_time),
        "reverses": str(entry.reverses) if entry.reverses else None,
        "external_id": entry.external_id,
        "actor": entry.actor,
        "reason": entry.reason,
        "prev_hash": line.prev_hash.hex(),
        "hash": line.hash.hex(),
        "fill": _fill(entry.book, entry.fill) if entry.fill else None,
        "postings": [
            {"n": n, "account": leg.account, "book": str(leg.book), "asset": leg.asset, "amount": text24(leg.amount)}
            for n, leg in enumerate(entry.legs, start=1)
        ],
    }


def _fill(book: UUID, fill: FillFacts) -> dict[str, Any]:
    return {
        "book": str(book),
        "market": str(fill.market),
        "symbol": fill.symbol,
        "trade_id": fill.trade_id,
        "side": fill.side,
        "quantity": text24(fill.quantity),
        "price": text24(fill.price),
        "fee": None if fill.fee is None else text24(fill.fee),
        "fee_asset": fill.fee_asset,
        "fee_price": None if fill.fee_price is None else text24(fill.fee_price),
        "executed_at": stamp(fill.executed_at),
        "client_order_id": fill.client_order_id,
        "bootstrap": fill.bootstrap,
        "raw": fill.raw,
    }
