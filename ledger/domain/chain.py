"""The hash chain of a wallet's journal: sha256(previous hash, lines of the entry). Recorded time stays outside."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

from accounts.domain.chain import stamp
from ledger.domain.entries import Entry
from ledger.domain.numbers import text24

GENESIS = bytes(32)


class Spelling(NamedTuple):
    """The texts of an entry's ids, time and amounts: hashed and stored alike, so each is made once."""

    id: str
    wallet: str
    book: str
    market: str
    at: str
    quantity: str
    price: str
    fee: str
    fee_price: str
    books: Sequence[str]
    amounts: Sequence[str]


def spell(entry: Entry) -> Spelling:
    """The texts of one entry; what is unknown is empty."""
    own, book, at, fill = entry.book, str(entry.book), stamp(entry.event_time), entry.fill
    books = tuple([book if leg.book is own else str(leg.book) for leg in entry.legs])
    amounts = tuple([text24(leg.amount) for leg in entry.legs])
    if fill is None:
        return Spelling(str(entry.id), str(entry.wallet), book, "", at, "", "", "", "", books, amounts)
    return Spelling(
        str(entry.id),
        str(entry.wallet),
        book,
        str(fill.market),
        at,
        text24(fill.quantity),
        text24(fill.price),
        "" if fill.fee is None else text24(fill.fee),
        "" if fill.fee_price is None else text24(fill.fee_price),
        books,
        amounts,
    )


def digest(prev_hash: bytes, entry: Entry, spelling: Spelling | None = None) -> bytes:
    """The hash of an entry that follows the one with `prev_hash`."""
    spelt = spelling or spell(entry)
    text = (
        f"entry|{spelt.id}|{spelt.wallet}|{entry.kind}|{spelt.at}|{len(entry.legs)}|"
        f"{entry.reverses or ''}|{_text(entry.external_id)}|{_text(entry.actor)}|{_text(entry.reason)}"
    )
    fill = entry.fill
    if fill is not None:
        executed = spelt.at if fill.executed_at is entry.event_time else stamp(fill.executed_at)
        text += (
            f"\nfill|{spelt.book}|{spelt.market}|{_text(fill.symbol)}|{_text(fill.trade_id)}|{fill.side}|"
            f"{spelt.quantity}|{spelt.price}|{spelt.fee}|{fill.fee_asset or ''}|{spelt.fee_price}|"
            f"{executed}|{_text(fill.client_order_id)}|{'t' if fill.bootstrap else 'f'}|"
            f"{sha256(fill.raw.encode()).hexdigest()}"
        )
    for n, (leg, book, amount) in enumerate(zip(entry.legs, spelt.books, spelt.amounts, strict=True), start=1):
        text += f"\nposting|{n}|{leg.account}|{book}|{leg.asset}|{amount}"
    return sha256(prev_hash + text.encode()).digest()


def _text(value: str) -> str:
    """Free text with its separators escaped, so that two different entries never spell the same lines."""
    if "|" in value or "\n" in value or "\\" in value:
        return value.replace("\\", "\\\\").replace("|", "\\p").replace("\n", "\\n")
    return value
