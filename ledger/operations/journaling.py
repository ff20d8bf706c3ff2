"""Facts into the journal: sequence numbers, the hash chain, and COPY into entries, fills and postings.

It must not judge entries nor touch projections; the wallets are locked by the caller.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from accounts.domain.chain import stamp
from ledger.domain.chain import Spelling, digest, spell
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


def write(entries: Sequence[Entry], heads: dict[UUID, Head], *, now: datetime) -> dict[UUID, int]:
    """Write entries in this order behind the heads of their wallets, and move the heads; the number of each entry in its journal."""
    position = {wallet: (head.entries, head.hash) for wallet, head in heads.items()}
    numbers: dict[UUID, int] = {}
    spelled: list[tuple[Entry, Spelling]] = []
    bulk.copy("ledger_journalentry", _ENTRY, _journal(entries, position, numbers, spelled, recorded=stamp(now)))
    bulk.copy("ledger_fill", _FILL, _fills(spelled))
    bulk.copy("ledger_posting", _POSTING, _postings(spelled))
    bulk.run(
        "UPDATE ledger_wallet w SET entries = k.entries, head = k.head "
        "FROM unnest(%s::uuid[], %s::bigint[], %s::bytea[]) AS k(id, entries, head) WHERE w.id = k.id",
        list(position),
        [seq for seq, _ in position.values()],
        [f"\\x{head.hex()}" for _, head in position.values()],
    )
    return numbers


def _journal(
    entries: Sequence[Entry], position: dict[UUID, tuple[int, bytes]], numbers: dict[UUID, int], spelled: list[tuple[Entry, Spelling]],
    *, recorded: str,
) -> Iterator[str]:
    """The lines of the journal. Each moves its wallet's position, counts its entry and keeps how it is spelled."""
    for entry in entries:
        seq, before = position[entry.wallet]
        spelling = spell(entry)
        after = digest(before, entry, spelling)
        position[entry.wallet] = (seq + 1, after)
        numbers[entry.id] = seq + 1
        spelled.append((entry, spelling))
        yield (
            f"{spelling.id}\t{spelling.wallet}\t{seq + 1}\t{entry.kind}\t{spelling.at}\t{recorded}\t{escaped(entry.external_id)}\t"
            f"{len(entry.legs)}\t{entry.reverses or NULL}\t{escaped(entry.actor)}\t{escaped(entry.reason)}\t"
            f"\\\\x{before.hex()}\t\\\\x{after.hex()}"
        )


def _fills(spelled: Sequence[tuple[Entry, Spelling]]) -> Iterator[str]:
    for entry, spelling in spelled:
        fill = entry.fill
        if fill is not None:
            yield (
                f"{spelling.id}\t{spelling.wallet}\t{spelling.book}\t{spelling.market}\t{escaped(fill.symbol)}\t"
                f"{escaped(fill.trade_id)}\t{fill.side}\t{spelling.quantity}\t{spelling.price}\t{spelling.fee or NULL}\t"
                f"{fill.fee_asset or NULL}\t{spelling.fee_price or NULL}\t{stamp(fill.executed_at)}\t{escaped(fill.client_order_id)}\t"
                f"{'t' if fill.bootstrap else 'f'}\t{escaped(fill.raw)}"
            )


def _postings(spelled: Sequence[tuple[Entry, Spelling]]) -> Iterator[str]:
    for entry, spelling in spelled:
        for n, (leg, book, amount) in enumerate(zip(entry.legs, spelling.books, spelling.amounts, strict=True), start=1):
            yield f"{spelling.id}\t{n}\t{leg.account}\t{book}\t{leg.asset}\t{amount}"
