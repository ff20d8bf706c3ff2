"""Proof of the ledger: chain, postings and every projection against a fold from zero; `rebuild` writes projections anew.

It never writes facts: a journal that does not hold is reported, not mended.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import transaction

from accounts.operations import audit
from ledger.domain import expected
from ledger.domain.arrivals import Arrivals
from ledger.domain.chain import GENESIS, digest
from ledger.domain.currencies import CURRENCIES
from ledger.domain.entries import CASH, Entry, unbalanced
from ledger.domain.expected import BucketKey, Difference, Pair, RawBalances, compare, compare_lines
from ledger.domain.fold import Fold, replay
from ledger.domain.numbers import CONTEXT, ZERO, text24
from ledger.domain.points import first_wrong, first_wrong_level
from ledger.models import Wallet
from ledger.operations import bulk, projecting
from ledger.operations.reservations import Funds, lock_funds, lock_wallets, store_funds
from ledger.queries import facts, frozen, stored
from ledger.queries.facts import Line
from ledger.queries.stored import Stored

CHECKS = (
    "chain", "postings", "balances", "lots", "matches", "uncovered", "buckets", "allocations", "reservations", "positions",
    "equity",
)  # fmt: skip

SWEEP = 250_000  # entries of wallets that are read together
SMALL = 50_000  # entries that are not worth a sweep of their own
T = TypeVar("T")


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
        self.checks.setdefault(check, True)
        if difference is not None:
            self.ok = self.checks[check] = False
            self.first_difference = self.first_difference or difference


def merged(parts: Iterable[Verdict]) -> Verdict:
    """The verdict on all wallets: the first difference is that of the first wallet that has one. The digest does not depend on their
    order."""
    whole, digests = Verdict(), list[bytes]()
    for part in parts:
        whole.ok = whole.ok and part.ok
        whole.wallets += part.wallets
        whole.entries += part.entries
        whole.fills += part.fills
        whole.checks = {check: whole.checks.get(check, True) and holds for check, holds in part.checks.items()}
        whole.first_difference = whole.first_difference or part.first_difference
        digests.append(bytes.fromhex(part.digest))
    whole.digest = sha256(b"".join(sorted(digests))).hexdigest()
    return whole


def verify(*, wallet: UUID | None = None, rebuild: bool = False, now: datetime | None = None) -> Verdict:
    """Check one wallet or all, without the trades that are told from them."""
    parts = groups() if wallet is None else [[wallet]]
    return merged(verdict for part in parts for verdict in of_wallets(part, rebuild=rebuild, now=now))


def groups(*, shares: int = 1) -> list[list[UUID]]:
    """All wallets in the order of their ids, those together whose entries are read in one sweep over the tables; at least so many shares
    of like size, unless they would be small."""
    rows = list(Wallet.objects.order_by("id").values_list("id", "entries"))
    most = min(SWEEP, max(SMALL, -(-sum(entries for _, entries in rows) // shares)))
    groups, room = list[list[UUID]](), 0
    for wallet, entries in rows:
        if entries > room:
            groups.append([])
            room = most
        if not groups:
            groups.append([])
        groups[-1].append(wallet)
        room -= entries
    return groups


def of_wallets(wallets: Sequence[UUID], *, rebuild: bool = False, now: datetime | None = None) -> Iterator[Verdict]:
    """Check these wallets, given in the order of their ids, in one snapshot -> a verdict for each. With `rebuild` (which needs `now`
    for its audit rows) the projections are dropped and written from the journal first, and checked after."""
    if rebuild:
        if now is None:
            raise ValueError("a rebuild leaves an audit row: say when")
        for wallet in wallets:
            _rebuild(wallet, now=now)
    with frozen.snapshot():
        journal = Sorted(facts.journal_of_wallets(wallets))
        lots, matches = Sorted(stored.lots(wallets)), Sorted(stored.matches(wallets))
        for wallet, known in stored.of(wallets).items():
            verdict = Verdict(wallets=1)
            rows = (journal.of(wallet), lots.of(wallet), matches.of(wallet))
            verdict.digest = _verify(wallet, known, *rows, verdict=verdict).hex()
            yield verdict


class Sorted(Generic[T]):
    """Rows that come in the order of wallets, handed out wallet by wallet."""

    def __init__(self, rows: Iterator[tuple[UUID, T]]) -> None:
        self._rows = rows
        self._next = next(rows, None)

    def of(self, wallet: UUID) -> Iterator[T]:
        """The rows of the next wallet that is asked for; there may be none."""
        while self._next is not None and self._next[0] == wallet:
            row = self._next[1]
            self._next = next(self._rows, None)
            yield row


def _verify(
    wallet: UUID, known: Stored, facts_told: Iterator[Line], lots: Iterator[str], matches: Iterator[str], *, verdict: Verdict
) -> bytes:
    so_far, lines = Arrivals(), list[str]()
    labels = {str(book): label for book, label in known.labels.items()}
    journal = _journal(wallet, known, facts_told, verdict, labels, lines)
    currencies = dict(known.allocations.keys())
    equity = first_wrong(journal, known.points, capital=currencies, so_far=so_far) or first_wrong_level(known.points)
    for entry in journal:
        so_far.take(entry)
    fold = so_far.whole()
    raw: RawBalances = {pair: (held.cash, held.newest) for pair, held in so_far.held.items()}
    sums = expected.buckets(fold.matches)
    capital = {
        pair: (so_far.held[pair].moved if pair in so_far.held else ZERO, fold.coins_at_cost.get(pair[0], ZERO))
        for pair in known.allocations
    }
    verdict.found("balances", compare("ledger_balance", stored.BALANCE, known.balances, _balances(known, raw)))
    verdict.found("lots", compare_lines("ledger_lot", 1, stored.LOT, lots, expected.lot_lines(fold.opened)))
    verdict.found("matches", compare_lines("ledger_lotmatch", 2, stored.MATCH, matches, expected.match_lines(fold.matches)))
    verdict.found("uncovered", compare("ledger_uncovered", stored.UNCOVERED, known.uncovered, _uncovered(fold)))
    verdict.found("buckets", compare("ledger_profitbucket", stored.BUCKET, known.buckets, _buckets(sums)))
    verdict.found("allocations", compare("ledger_allocation", stored.ALLOCATION, known.allocations, capital))
    verdict.found("reservations", _reservations(known, so_far.entries))
    verdict.found("positions", _positions(raw, fold))
    verdict.found("equity", equity)
    return expected.content(lines, sums, labels)


def _journal(
    wallet: UUID, known: Stored, told: Iterator[Line], verdict: Verdict, labels: Mapping[str, str], lines: list[str]
) -> Iterator[Entry]:
    """The entries of a wallet, its chain and postings checked on the way; what each adds to the digest goes to `lines`."""
    head, count = GENESIS, 0
    for line in told:
        entry, key = line.entry, f"{wallet} {line.seq}"
        count += 1
        if line.seq != count:
            verdict.found("chain", Difference("ledger_journalentry", key, "seq", str(line.seq), str(count)))
        if line.prev_hash != head:
            verdict.found("chain", Difference("ledger_journalentry", key, "prev_hash", line.prev_hash.hex(), head.hex()))
        own = digest(line.prev_hash, entry, line.spelling)
        if line.hash != own:
            verdict.found("chain", Difference("ledger_journalentry", key, "hash", line.hash.hex(), own.hex()))
        if len(entry.legs) != line.postings_count:
            counts = (str(len(entry.legs)), str(line.postings_count))
            verdict.found("postings", Difference("ledger_posting", key, "count", *counts))
        if asset := unbalanced(entry.legs):
            verdict.found("postings", Difference("ledger_posting", key, f"sum of {asset}", "not zero", "0"))
        head = line.hash
        verdict.fills += entry.fill is not None
        lines.append(expected.told_of(entry, line.spelling, labels))
        yield entry
    verdict.entries += count
    if (known.entries, known.head) != (count, head):
        heads = (f"{known.entries} {known.head.hex()}", f"{count} {head.hex()}")
        verdict.found("chain", Difference("ledger_wallet", str(wallet), "entries, head", *heads))


def _funds(held: Mapping[Pair, Decimal], raw: RawBalances) -> dict[Pair, Funds]:
    empty = Funds(ZERO, ZERO, ZERO)
    funds = {pair: empty.after(moved=total, held=held.get(pair, ZERO), newest=newest) for pair, (total, newest) in raw.items()}
    return funds | {pair: empty.after(held=amount) for pair, amount in held.items() if pair not in funds}


def _balances(known: Stored, raw: RawBalances) -> stored.Rows:
    rows: stored.Rows = {
        pair: (row.cash, row.reserved, row.deficit, *(row.newest or (None, "")))
        for pair, row in _funds(known.reserved, raw).items()
    }
    untouched = (ZERO, ZERO, ZERO, None, "")
    return rows | {pair: untouched for pair in known.balances if pair not in rows}


def _uncovered(fold: Fold) -> stored.Rows:
    return {(row.entry, row.asset): tuple(getattr(row, _short(name)) for name in stored.UNCOVERED) for row in fold.uncovered}


def _short(column: str) -> str:
    return column.removesuffix("_id") if column != "client_order_id" else column


def _buckets(sums: Mapping[BucketKey, tuple[Decimal, Decimal, int]]) -> stored.Rows:
    return {key: (gross, fees, number, CONTEXT.subtract(gross, fees)) for key, (gross, fees, number) in sums.items()}


def _reservations(known: Stored, entries: Sequence[Entry]) -> Difference | None:
    """No reservation gave more than the fills of its order spent."""
    told = known.captured
    spent: dict[tuple[str, UUID, str], Decimal] = {}
    for entry in entries:
        if entry.fill is not None and entry.fill.client_order_id in told:
            for leg in entry.legs:
                if leg.account == CASH and leg.amount < 0:
                    key = (entry.fill.client_order_id, leg.book, leg.asset)
                    spent[key] = CONTEXT.subtract(spent.get(key, ZERO), leg.amount)
    for client, (book, asset, captured) in sorted(told.items()):
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
        pairs = list(stored.of([wallet])[wallet].balances)
        lock_funds(pairs)
        head = lock_wallets([wallet])[wallet]
        known = stored.of([wallet])[wallet]
        entries = [line.entry for line in facts.journal_of_wallet(wallet)]
        fold = replay(entries)
        projecting.drop(list(known.labels))
        projecting.store(fold)
        right = _funds(known.reserved, expected.raw_balances(entries))
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
