"""Proof of the ledger: chain, postings and every projection against a fold from zero; `rebuild` writes projections anew.

It never writes facts: a journal that does not hold is reported, not mended.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.operations import audit
from ledger.domain import expected
from ledger.domain.chain import GENESIS, digest
from ledger.domain.currencies import CURRENCIES
from ledger.domain.entries import CASH, Entry, unbalanced
from ledger.domain.expected import Difference, Pair, RawBalances, compare
from ledger.domain.fold import Fold, replay
from ledger.domain.numbers import CONTEXT, ZERO, text24
from ledger.domain.points import first_wrong, first_wrong_level
from ledger.models import Wallet
from ledger.operations import bulk, projecting
from ledger.operations.reservations import Funds, lock_funds, lock_wallets, store_funds
from ledger.queries import facts, frozen, stored

CHECKS = (
    "chain", "postings", "balances", "lots", "matches", "uncovered", "buckets", "allocations", "reservations", "positions",
    "equity",
)  # fmt: skip


@dataclass(slots=True)
class Verdict:
    """checks says for each what holds in all wallets; digest covers content without ids and recorded times."""

    ok: bool = True
    wallets: int = 0
    entries: int = 0
    fills: int = 0
    checks: dict[str, bool] = field(default_factory=lambda: dict.fromkeys(CHECKS, True))
    first_difference: Difference | None = None
    digest: str = ""

    def found(self, check: str, difference: Difference | None) -> None:
        """Take a difference, if there is one."""
        if difference is not None:
            self.ok = self.checks[check] = False
            self.first_difference = self.first_difference or difference


def verify(*, wallet: UUID | None = None, rebuild: bool = False, now: datetime | None = None) -> Verdict:
    """Check one wallet or all. With `rebuild` (which needs `now` for its audit rows) the projections are dropped and
    written from the journal first, and checked after."""
    wallets = Wallet.objects.order_by("id").values_list("id", flat=True)
    verdict = Verdict()
    digests: list[bytes] = []
    for one in wallets if wallet is None else wallets.filter(id=wallet):
        if rebuild:
            if now is None:
                raise ValueError("a rebuild leaves an audit row: say when")
            _rebuild(one, now=now)
        with frozen.snapshot():
            digests.append(_verify(one, verdict))
        verdict.wallets += 1
    verdict.digest = sha256(b"".join(sorted(digests))).hexdigest()
    return verdict


def _verify(wallet: UUID, verdict: Verdict) -> bytes:
    entries = _journal(wallet, verdict)
    fold, raw = replay(entries), expected.raw_balances(entries)
    verdict.found("balances", compare("ledger_balance", stored.BALANCE, stored.balances(wallet), _balances(wallet, raw)))
    verdict.found("lots", compare("ledger_lot", stored.LOT, stored.lots(wallet), _lots(fold)))
    verdict.found("matches", compare("ledger_lotmatch", stored.MATCH, stored.matches(wallet), _matches(fold)))
    verdict.found("uncovered", compare("ledger_uncovered", stored.UNCOVERED, stored.uncovered(wallet), _uncovered(fold)))
    verdict.found("buckets", compare("ledger_profitbucket", stored.BUCKET, stored.buckets(wallet), _buckets(fold)))
    allocations = stored.allocations(wallet)
    verdict.found("allocations", compare("ledger_allocation", stored.ALLOCATION, allocations, _allocations(allocations, entries, fold)))
    verdict.found("reservations", _reservations(wallet, entries))
    verdict.found("positions", _positions(raw, fold))
    points = stored.points(wallet)
    verdict.found("equity", first_wrong(entries, points, capital=dict(allocations.keys())) or first_wrong_level(points))
    return expected.content(entries, fold, stored.labels(wallet))


def _journal(wallet: UUID, verdict: Verdict) -> list[Entry]:
    """The entries of a wallet, its chain and postings checked on the way."""
    entries: list[Entry] = []
    head = GENESIS
    for line in facts.journal_of_wallet(wallet):
        entry, key = line.entry, f"{wallet} {line.seq}"
        if line.seq != len(entries) + 1:
            verdict.found("chain", Difference("ledger_journalentry", key, "seq", str(line.seq), str(len(entries) + 1)))
        if line.prev_hash != head:
            verdict.found("chain", Difference("ledger_journalentry", key, "prev_hash", line.prev_hash.hex(), head.hex()))
        own = digest(line.prev_hash, entry)
        if line.hash != own:
            verdict.found("chain", Difference("ledger_journalentry", key, "hash", line.hash.hex(), own.hex()))
        if len(entry.legs) != line.postings_count:
            counts = (str(len(entry.legs)), str(line.postings_count))
            verdict.found("postings", Difference("ledger_posting", key, "count", *counts))
        if asset := unbalanced(entry.legs):
            verdict.found("postings", Difference("ledger_posting", key, f"sum of {asset}", "not zero", "0"))
        head = line.hash
        entries.append(entry)
        verdict.fills += entry.fill is not None
    verdict.entries += len(entries)
    row = Wallet.objects.get(id=wallet)
    if (row.entries, bytes(row.head)) != (len(entries), head):
        told = (f"{row.entries} {bytes(row.head).hex()}", f"{len(entries)} {head.hex()}")
        verdict.found("chain", Difference("ledger_wallet", str(wallet), "entries, head", *told))
    return entries


def _funds(wallet: UUID, raw: RawBalances) -> dict[Pair, Funds]:
    held = stored.reserved(wallet)
    empty = Funds(ZERO, ZERO, ZERO)
    funds = {pair: empty.after(moved=total, held=held.get(pair, ZERO), newest=newest) for pair, (total, newest) in raw.items()}
    return funds | {pair: empty.after(held=amount) for pair, amount in held.items() if pair not in funds}


def _balances(wallet: UUID, raw: RawBalances) -> stored.Rows:
    rows: stored.Rows = {
        pair: (row.cash, row.reserved, row.deficit, *(row.newest or (None, "")))
        for pair, row in _funds(wallet, raw).items()
    }
    untouched = (ZERO, ZERO, ZERO, None, "")
    return rows | {pair: untouched for pair in stored.balances(wallet) if pair not in rows}


def _lots(fold: Fold) -> stored.Rows:
    return {lot.id: tuple(getattr(lot, _short(name)) for name in stored.LOT) for lot in fold.opened}


def _matches(fold: Fold) -> stored.Rows:
    return {(m.entry, m.n): tuple(getattr(m, _short(name)) for name in stored.MATCH) for m in fold.matches}


def _uncovered(fold: Fold) -> stored.Rows:
    return {(row.entry, row.asset): tuple(getattr(row, _short(name)) for name in stored.UNCOVERED) for row in fold.uncovered}


def _short(column: str) -> str:
    return column.removesuffix("_id") if column != "client_order_id" else column


def _buckets(fold: Fold) -> stored.Rows:
    return {
        key: (gross, fees, number, CONTEXT.subtract(gross, fees))
        for key, (gross, fees, number) in expected.buckets(fold.matches).items()
    }


def _allocations(rows: stored.Rows, entries: Sequence[Entry], fold: Fold) -> stored.Rows:
    moved = expected.allocated(entries)
    return {(book, asset): (moved.get((book, asset), ZERO), fold.coins_at_cost.get(book, ZERO)) for book, asset in rows}


def _reservations(wallet: UUID, entries: Sequence[Entry]) -> Difference | None:
    """No reservation gave more than the fills of its order spent."""
    spent: dict[tuple[str, UUID, str], Any] = {}
    for entry in entries:
        if entry.fill is not None and entry.fill.client_order_id:
            for leg in entry.legs:
                if leg.account == CASH and leg.amount < 0:
                    key = (entry.fill.client_order_id, leg.book, leg.asset)
                    spent[key] = CONTEXT.subtract(spent.get(key, ZERO), leg.amount)
    for client, (book, asset, captured) in sorted(stored.captured(wallet).items()):
        most = spent.get((client, book, asset), ZERO)
        if captured > most:
            return Difference("ledger_reservation", client, "captured", text24(captured), f"at most {text24(most)}")
    return None


def _positions(raw: RawBalances, fold: Fold) -> Difference | None:
    """Units in the CASH postings of each traded asset equal sum(remaining) - uncovered."""
    units: dict[tuple[UUID, str], Any] = {}
    for lot in fold.opened:
        key = (lot.book, lot.asset)
        units[key] = CONTEXT.add(units.get(key, ZERO), lot.remaining)
    for row in fold.uncovered:
        key = (row.book, row.asset)
        units[key] = CONTEXT.subtract(units.get(key, ZERO), row.quantity)
    for (book, asset), held in sorted(units.items(), key=str):
        total = raw.get((book, asset), (ZERO, None))[0]
        if held != total and asset not in CURRENCIES:
            return Difference("ledger_lot", f"{book} {asset}", "position", text24(held), text24(total))
    return None


def _rebuild(wallet: UUID, *, now: datetime) -> None:
    """Projections of a wallet from its journal, in one transaction that holds its money still."""
    with transaction.atomic():
        pairs = list(stored.balances(wallet))
        lock_funds(pairs)
        head = lock_wallets([wallet])[wallet]
        entries = [line.entry for line in facts.journal_of_wallet(wallet)]
        fold = replay(entries)
        projecting.drop(list(stored.labels(wallet)))
        projecting.store(fold)
        right = _funds(wallet, expected.raw_balances(entries))
        lock_funds(right)
        store_funds({pair: Funds(ZERO, ZERO, ZERO) for pair in pairs if pair not in right} | right)
        for (book, asset), amount in expected.allocated(entries).items():
            bulk.run(
                "UPDATE ledger_allocation SET amount = %s::numeric WHERE book_id = %s AND asset_id = %s",
                text24(amount),
                book,
                asset,
            )
        audit.record(
            person=head.owner,
            actor="system:ledger",
            act="ledger.rebuild",
            subject=f"wallet:{wallet}",
            before={},
            after={"entries": len(entries)},
            reason="projections rebuilt from the journal",
            request_id="",
            now=now,
        )
