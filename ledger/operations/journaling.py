"""Facts into the journal: sequence numbers, the hash chain, and COPY into entries, fills and postings.

It must not judge entries nor touch projections; the wallets are locked by the caller.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.domain.chain import stamp
from ledger.domain.chain import digest, spell
from ledger.domain.entries import Entry
from ledger.operations import bulk
from ledger.operations.bulk import NULL, escaped
from ledger.operations.reservations import Head

_ENTRY = (
    "id", "wallet_id", "seq", "kind", "event_time", "recorded_at", "external_id", "postings_count", "reverses_id", "actor",
    "reason", "prev_hash", "hash",
)  # fmt: skip
_FILL = (
    "entry_id", "wallet_id", "book_id", "market_id", "symbol", "trade_id", "side", "quantity", "price", "fee", "fee_asset_id",
    "fee_price", "executed_at", "client_order_id", "bootstrap", "raw",
)  # fmt: skip
_POSTING = ("entry_id", "n", "leg_account", "book_id", "asset_id", "amount")


@dataclass(frozen=True, slots=True)
class Spelled:
    """Entries ready for the tables: lines of each, where each wallet's journal then stands, and the sequence number of each entry."""

    journal: list[str]
    fills: list[str]
    postings: list[str]
    heads: dict[UUID, tuple[int, bytes]]
    numbers: dict[UUID, int]


def spell_out(entries: Sequence[Entry], heads: dict[UUID, Head], *, now: datetime) -> Spelled:
    """Entries in this order behind the heads of their wallets. Pure: nothing is written yet."""
    position = {wallet: (head.entries, head.hash) for wallet, head in heads.items()}
    recorded = stamp(now)
    journal: list[str] = []
    fills: list[str] = []
    postings: list[str] = []
    numbers: dict[UUID, int] = {}
    for entry in entries:
        seq, before = position[entry.wallet]
        spelling = spell(entry)
        after = digest(before, entry, spelling)
        position[entry.wallet] = (seq + 1, after)
        numbers[entry.id] = seq + 1
        key = spelling.id
        journal.append(
            f"{key}\t{spelling.wallet}\t{seq + 1}\t{entry.kind}\t{spelling.at}\t{recorded}\t{escaped(entry.external_id)}\t"
            f"{len(entry.legs)}\t{entry.reverses or NULL}\t{escaped(entry.actor)}\t{escaped(entry.reason)}\t"
            f"\\\\x{before.hex()}\t\\\\x{after.hex()}"
        )
        fill = entry.fill
        if fill is not None:
            fills.append(
                f"{key}\t{spelling.wallet}\t{spelling.book}\t{spelling.market}\t{escaped(fill.symbol)}\t{escaped(fill.trade_id)}\t"
                f"{fill.side}\t{spelling.quantity}\t{spelling.price}\t{spelling.fee or NULL}\t{fill.fee_asset or NULL}\t"
                f"{spelling.fee_price or NULL}\t{stamp(fill.executed_at)}\t{escaped(fill.client_order_id)}\t"
                f"{'t' if fill.bootstrap else 'f'}\t{escaped(fill.raw)}"
            )
        for n, (leg, book, amount) in enumerate(zip(entry.legs, spelling.books, spelling.amounts, strict=True), start=1):
            postings.append(f"{key}\t{n}\t{leg.account}\t{book}\t{leg.asset}\t{amount}")
    return Spelled(journal, fills, postings, position, numbers)


def write(spelled: Spelled) -> None:
    """Write the entries and move the heads."""
    bulk.copy("ledger_journalentry", _ENTRY, spelled.journal)
    bulk.copy("ledger_fill", _FILL, spelled.fills)
    bulk.copy("ledger_posting", _POSTING, spelled.postings)
    bulk.run(
        "UPDATE ledger_wallet w SET entries = k.entries, head = k.head "
        "FROM unnest(%s::uuid[], %s::bigint[], %s::bytea[]) AS k(id, entries, head) WHERE w.id = k.id",
        list(spelled.heads),
        [seq for seq, _ in spelled.heads.values()],
        [f"\\x{head.hex()}" for _, head in spelled.heads.values()],
    )
