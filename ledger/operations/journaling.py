"""Facts into the journal: sequence numbers, the hash chain, and COPY into entries, fills and postings.

It must not judge entries nor touch projections; the wallets are locked by the caller.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
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


class _Link(NamedTuple):
    """An entry at its place in the chain of its wallet."""

    entry: Entry
    spelling: Spelling
    seq: int
    before: bytes
    after: bytes


def write(entries: Sequence[Entry], heads: Mapping[UUID, Head], *, now: datetime) -> dict[UUID, int]:
    """Write entries in this order behind the heads of their wallets, and move the heads; the number of each entry in its journal."""
    links: list[_Link] = []
    recorded = stamp(now)

    def lines() -> Iterator[str]:  # while the server stores the ones before
        for link in _chained(entries, heads):
            links.append(link)
            yield _line(link, recorded)

    bulk.copy("ledger_journalentry", _ENTRY, lines())
    bulk.copy("ledger_fill", _FILL, _fills(links))
    bulk.copy("ledger_posting", _POSTING, _postings(links))
    newest = {link.entry.wallet: link for link in links}
    bulk.run(
        "UPDATE ledger_wallet w SET entries = k.entries, head = k.head "
        "FROM unnest(%s::uuid[], %s::bigint[], %s::bytea[]) AS k(id, entries, head) WHERE w.id = k.id",
        list(newest),
        [link.seq for link in newest.values()],
        [f"\\x{link.after.hex()}" for link in newest.values()],
    )
    return {link.entry.id: link.seq for link in links}


def _chained(entries: Sequence[Entry], heads: Mapping[UUID, Head]) -> Iterator[_Link]:
    """Each entry behind the one before it in its wallet."""
    position = {wallet: (head.entries, head.hash) for wallet, head in heads.items()}
    for entry in entries:
        seq, before = position[entry.wallet]
        spelling = spell(entry)
        after = digest(before, entry, spelling)
        position[entry.wallet] = (seq + 1, after)
        yield _Link(entry, spelling, seq + 1, before, after)


def _line(link: _Link, recorded: str) -> str:
    entry, spelling, seq, before, after = link
    return (
        f"{spelling.id}\t{spelling.wallet}\t{seq}\t{entry.kind}\t{spelling.at}\t{recorded}\t{escaped(entry.external_id)}\t"
        f"{len(entry.legs)}\t{entry.reverses or NULL}\t{escaped(entry.actor)}\t{escaped(entry.reason)}\t"
        f"\\\\x{before.hex()}\t\\\\x{after.hex()}"
    )


def _fills(links: Sequence[_Link]) -> Iterator[str]:
    for entry, spelling, *_ in links:
        fill = entry.fill
        if fill is not None:
            yield (
                f"{spelling.id}\t{spelling.wallet}\t{spelling.book}\t{spelling.market}\t{escaped(fill.symbol)}\t"
                f"{escaped(fill.trade_id)}\t{fill.side}\t{spelling.quantity}\t{spelling.price}\t{spelling.fee or NULL}\t"
                f"{fill.fee_asset or NULL}\t{spelling.fee_price or NULL}\t{stamp(fill.executed_at)}\t{escaped(fill.client_order_id)}\t"
                f"{'t' if fill.bootstrap else 'f'}\t{escaped(fill.raw)}"
            )


def _postings(links: Sequence[_Link]) -> Iterator[str]:
    for entry, spelling, *_ in links:
        for n, (leg, book, amount) in enumerate(zip(entry.legs, spelling.books, spelling.amounts, strict=True), start=1):
            yield f"{spelling.id}\t{n}\t{leg.account}\t{book}\t{leg.asset}\t{amount}"
