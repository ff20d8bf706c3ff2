"""The one writer of the journal. Whatever becomes a fact of money passes through `book`: locks, chain, postings, lots,
balances and buckets in a constant number of statements, whatever the number of entries.

It must not judge whether money may move; facts are booked even when they overdraw.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from accounts.operations import alerts
from accounts.queries import sql
from ledger.domain import spoken
from ledger.domain.currencies import CURRENCIES
from ledger.domain.entries import CASH, Entry, sort_key, unbalanced
from ledger.domain.fold import Fold, moves_lots
from ledger.domain.lots import Match, Uncovered
from ledger.domain.numbers import CONTEXT, ZERO, negated
from ledger.operations import journaling, projecting, refold
from ledger.operations.reservations import (
    NOTHING,
    Captured,
    Funds,
    Head,
    Key,
    Newest,
    locking_funds,
    locking_wallets,
    making_funds,
    storing_funds,
)

MOST_TOLD = 20  # alerts of one kind per booking: a whole history that is not covered is told once


@dataclass(frozen=True, slots=True)
class BookedEntry:
    """An entry that is now a fact, with the lots it consumed; refolded: the books that were folded anew when it was booked, as something
    in them, or in a book that their coins came from or went to, sorted before others."""

    entry: Entry
    seq: int
    matches: tuple[Match, ...]
    refolded: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Locked:
    """Balance rows and wallets that this transaction holds."""

    funds: dict[Key, Funds]
    wallets: dict[UUID, Head]


def keys_of(entries: Sequence[Entry]) -> set[Key]:
    """The balances that these entries move."""
    return {(leg.book, leg.asset) for entry in entries for leg in entry.legs if leg.account == CASH}


def lock(keys: set[Key], wallets: set[UUID]) -> Locked:
    """Balances first, then wallets by id: the one lock order of money."""
    with sql.at_once() as line:
        held = locking(line, keys, wallets)
    return held()


def locking(line: sql.Line, keys: set[Key], wallets: set[UUID]) -> Callable[[], Locked]:
    """The same, asked among other statements: what is held can be told once they have been answered."""
    line.ask(making_funds(keys))
    funds = line.ask(locking_funds(keys))
    heads = line.ask(locking_wallets(wallets))
    return lambda: Locked(funds.value, heads.value)


def book(entries: Sequence[Entry], *, now: datetime) -> list[BookedEntry]:
    """Book entries of any wallets and books, all or none, and answer in the order given."""
    if not entries:
        return []
    with transaction.atomic():
        return write(entries, lock(keys_of(entries), {entry.wallet for entry in entries}), now=now)


def write(entries: Sequence[Entry], held: Locked, *, captured: Captured = NOTHING, now: datetime) -> list[BookedEntry]:
    """Book under locks that the caller holds; `captured` is what left the reservations."""
    for entry in entries:
        if entry.fill is None and (asset := unbalanced(entry.legs)):
            raise ValueError(f"the legs of a {entry.kind} entry do not sum to zero in {asset}")
    ordered = sorted(entries, key=sort_key)
    late = refold.late_books(ordered, held.funds)
    fold = Fold(projecting.open_lots(_shelves(ordered, late)))
    with sql.at_once() as line:  # the server stores reservations and balances while the balances are counted and the lots folded
        if captured.taken:
            line.ask(captured.storing())
        after, short = _moved(ordered, held, captured.fell)
        if after:
            line.ask(storing_funds(after))
        for entry in ordered:
            if entry.book not in late:
                fold.apply(entry)
    numbers = journaling.write(ordered, held.wallets, now=now)
    _tell_short(short, ordered, held, after, now=now)
    held.funds.update(after)
    projecting.store(fold)
    folds = (fold, refold.rebuild(late, now=now))
    _tell_uncovered(ordered, [row for one in folds for row in one.uncovered], held, now=now)
    of_entry: dict[UUID, list[Match]] = {}
    for one in folds:
        for match in one.matches:
            of_entry.setdefault(match.entry, []).append(match)
    refolded = frozenset(late)
    return [BookedEntry(entry, numbers[entry.id], tuple(of_entry.get(entry.id, ())), refolded) for entry in entries]


def _tell_uncovered(entries: Sequence[Entry], uncovered: Sequence[Uncovered], held: Locked, *, now: datetime) -> None:
    """What these entries took out of a book that no lot explains: no profit is shown for it, and its owner hears of it."""
    fresh = {entry.id: held.wallets[entry.wallet].owner for entry in entries}
    new = [row for row in uncovered if row.entry in fresh]
    notices = [
        alerts.Notice(
            person=fresh[row.entry],
            severity="CRITICAL",
            code="FILL_UNEXPLAINED",
            sentence=f"{spoken.amount(row.quantity, row.asset)} left a book that no purchase explains; no profit is shown for them.",
            data={"entry": row.entry, "book": row.book, "asset": row.asset, "quantity": row.quantity},
            dedup_key=str(row.entry),
        )
        for row in new[:MOST_TOLD]
    ]
    if len(new) > MOST_TOLD:
        notices.append(
            alerts.Notice(
                person=fresh[new[0].entry],
                severity="CRITICAL",
                code="FILLS_UNEXPLAINED",
                sentence=f"{len(new) - MOST_TOLD} more fills of this import or recovery are not explained by a purchase.",
                data={"book": new[0].book, "fills": len(new) - MOST_TOLD},
                dedup_key=str(new[0].entry),
            )
        )
    alerts.raise_alerts(notices=notices, now=now)


def _shelves(entries: Sequence[Entry], late: set[UUID]) -> set[tuple[UUID, str]]:
    """The (book, asset) pairs whose open lots these entries may consume."""
    wanted: set[tuple[UUID, str]] = set()
    for entry in entries:
        if entry.book in late:
            continue
        fill = entry.fill
        if fill is None:
            if moves_lots(entry):
                wanted |= {(leg.book, leg.asset) for leg in entry.legs if leg.account == CASH}
            continue
        if fill.side == "SELL":
            wanted.add((entry.book, fill.base))
        if fill.quote not in CURRENCIES:
            wanted.add((entry.book, fill.quote))
        if fill.fee_asset and fill.fee_asset not in (fill.base, fill.quote):
            wanted.add((entry.book, fill.fee_asset))
    return wanted


def _moved(entries: Sequence[Entry], held: Locked, captured: Mapping[Key, Decimal]) -> tuple[dict[Key, Funds], list[Key]]:
    """The balances after these entries, and those that are short by more than before."""
    moves: dict[Key, tuple[Decimal, Newest | None]] = {}
    for entry in entries:
        for leg in entry.legs:
            if leg.account == CASH:
                key = (leg.book, leg.asset)
                known = moves.get(key)
                moves[key] = (CONTEXT.add(known[0], leg.amount) if known else leg.amount, entry.key)
    for key in captured.keys() - moves.keys():
        moves[key] = (ZERO, None)
    after: dict[Key, Funds] = {}
    short: list[Key] = []
    for key, (moved, newest) in moves.items():
        before, part = held.funds[key], captured.get(key)
        row = before.after(moved=moved, held=negated(part) if part else ZERO, newest=newest)
        after[key] = row
        if row.deficit > before.deficit:
            short.append(key)
    return after, short


def _tell_short(
    short: Sequence[Key], entries: Sequence[Entry], held: Locked, after: Mapping[Key, Funds], *, now: datetime
) -> None:
    if short:
        owners = {leg.book: held.wallets[entry.wallet].owner for entry in entries for leg in entry.legs}
        alerts.raise_alerts(
            notices=[
                alerts.Notice(
                    person=owners[book],
                    severity="CRITICAL",
                    code="WALLET_DEFICIT",
                    sentence=f"More {asset} left a book than it had; new orders wait until it is covered.",
                    data={"book": book, "asset": asset, "deficit": after[book, asset].deficit},
                    dedup_key=f"{book}:{asset}",
                )
                for book, asset in short
            ],
            now=now,
        )
