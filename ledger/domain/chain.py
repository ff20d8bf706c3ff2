"""The hash chain of a wallet's journal: sha256(previous hash, lines of the entry). Recorded time stays outside."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256

from ledger.domain.entries import Entry
from ledger.domain.numbers import text24

GENESIS = bytes(32)


@lru_cache(maxsize=8192)
def stamp(moment: datetime) -> str:
    """UTC with microseconds and a Z."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def digest(prev_hash: bytes, entry: Entry) -> bytes:
    """The hash of an entry that follows the one with `prev_hash`."""
    lines = [
        f"entry|{entry.id}|{entry.wallet}|{entry.kind}|{stamp(entry.event_time)}|{len(entry.legs)}|"
        f"{entry.reverses or ''}|{_text(entry.external_id)}|{_text(entry.actor)}|{_text(entry.reason)}"
    ]
    fill = entry.fill
    if fill is not None:
        fee = "" if fill.fee is None else text24(fill.fee)
        fee_price = "" if fill.fee_price is None else text24(fill.fee_price)
        lines.append(
            f"fill|{entry.book}|{fill.market}|{_text(fill.symbol)}|{_text(fill.trade_id)}|{fill.side}|"
            f"{text24(fill.quantity)}|{text24(fill.price)}|{fee}|{fill.fee_asset or ''}|{fee_price}|"
            f"{stamp(fill.executed_at)}|{_text(fill.client_order_id)}|{'t' if fill.bootstrap else 'f'}|"
            f"{sha256(fill.raw.encode()).hexdigest()}"
        )
    for n, leg in enumerate(entry.legs, start=1):
        lines.append(f"posting|{n}|{leg.account}|{leg.book}|{leg.asset}|{text24(leg.amount)}")
    return sha256(prev_hash + "\n".join(lines).encode()).digest()


def _text(value: str) -> str:
    """Free text with its separators escaped, so that two different entries never spell the same lines."""
    if "|" in value or "\n" in value or "\\" in value:
        return value.replace("\\", "\\\\").replace("|", "\\p").replace("\n", "\\n")
    return value
