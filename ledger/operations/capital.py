"""Capital of books: free money into a book and back, coins with their lots to the FREE or MANUAL book. Money moves inside the
wallet; it never appears."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from accounts.domain.identity import new_id
from accounts.domain.refusals import Missing, Refusal
from ledger.domain import spoken
from ledger.domain.entries import Entry, moved
from ledger.domain.numbers import check_positive, negated, text24
from ledger.models import Book, BookKind
from ledger.operations import booking, bulk, equity
from ledger.operations.booking import BookedEntry
from ledger.operations.reservations import Key
from ledger.queries import money

INSTANT = timedelta(microseconds=1)


def allocate(*, book: UUID, asset: str, amount: Decimal, actor: str, now: datetime) -> BookedEntry:
    """Move free money of the wallet into a book. Refuses INSUFFICIENT_FREE_FUNDS with what is free and what was asked, and
    WALLET_DEFICIT while another book of the wallet owes."""
    check_positive(amount)
    with transaction.atomic():
        books = _books_of({book})
        own, free = books.own[book], books.home(book, BookKind.FREE)
        held = booking.lock({(free.id, asset), (book, asset)}, {own.wallet_id})
        have = held.funds[free.id, asset].cash
        owed = money.debts(wallet=own.wallet_id)
        if owed and (book, asset) not in owed:
            raise wallet_owes(owed)
        if have < amount:
            raise too_little_free("INSUFFICIENT_FREE_FUNDS", free=have, asked=amount, asset=asset)
        _open([(book, asset, free.id)])
        entry = _moved(source=free, target=own, asset=asset, amount=amount, held=held, actor=actor, now=now)
        [booked] = booking.write([entry], held, now=now)
        _allocated([(book, asset, amount)])
        equity.snapshot(wallets=[], books=[book], now=now)
    return booked


def too_little_free(code: str, *, free: Decimal, asked: Decimal, asset: str) -> Refusal:
    """What to answer whoever asks for more of a wallet than it has free."""
    wanted, there, _ = spoken.short(needed=asked, had=free, asset=asset)
    return Refusal(code, f"The wallet has {there} free, less than the {wanted} asked for.", asset=asset, free=free, asked=asked)


def wallet_owes(owed: Mapping[tuple[UUID, str], Decimal]) -> Refusal:
    """What to answer whoever wants money out of a wallet that owes."""
    told = ", ".join(spoken.least(amount, asset) for (_, asset), amount in owed.items())
    return Refusal("WALLET_DEFICIT", f"The wallet owes {told}. A deposit repays that first.", owed=told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What a book is to give to the FREE or the MANUAL book of its wallet; all that is not reserved when no amount is given."""

    book: UUID
    asset: str
    amount: Decimal | None = None
    to: BookKind = BookKind.FREE


def release(
    *, book: UUID, asset: str, amount: Decimal | None = None, actor: str, now: datetime, to: BookKind = BookKind.FREE
) -> BookedEntry | None:
    """Move money or coins of a book to the FREE or the MANUAL book of its wallet; all that is not reserved when no amount is
    given, and None when that is nothing. Coins take their oldest lots with them, cost and date kept. Refuses INSUFFICIENT_FUNDS."""
    booked = release_all([Release(book=book, asset=asset, amount=amount, to=to)], actor=actor, now=now)
    return booked[0] if booked else None


def release_all(wanted: Sequence[Release], *, actor: str, now: datetime) -> list[BookedEntry]:
    """The same for many, each asset of a book once: all or none of it, in a constant number of statements -> what moved."""
    if not wanted:
        return []
    for each in wanted:
        if each.amount is not None:
            check_positive(each.amount)
    with transaction.atomic():
        books = _books_of({each.book for each in wanted})
        homes = [books.home(each.book, each.to) for each in wanted]
        keys = {(book, each.asset) for each, home in zip(wanted, homes, strict=True) for book in (home.id, each.book)}
        held = booking.lock(keys, {home.wallet_id for home in homes})
        moving = [(each, home, amount) for each, home in zip(wanted, homes, strict=True) if (amount := _amount(each, held))]
        coins = [(each, home) for each, home, _ in moving if each.to != BookKind.FREE]
        _open([(home.id, each.asset, each.book) for each, home in coins])
        entries = [
            _moved(source=books.own[each.book], target=home, asset=each.asset, amount=amount, held=held, actor=actor, now=now)
            for each, home, amount in moving
        ]
        booked = booking.write(entries, held, now=now) if entries else []
        given = [(each.book, each.asset, negated(amount)) for each, _, amount in moving]
        _allocated([*given, *((home.id, each.asset, amount) for each, home, amount in moving if each.to != BookKind.FREE)])
        equity.snapshot(wallets=[], books=sorted({each.book for each, _, _ in moving} | {home.id for _, home in coins}), now=now)
    return booked


def _amount(wanted: Release, held: booking.Locked) -> Decimal:
    """How much of it moves: what was asked for, or all that is there."""
    have = held.funds[wanted.book, wanted.asset].cash
    if wanted.amount is not None and have < wanted.amount:
        asked, there, _ = spoken.short(needed=wanted.amount, had=have, asset=wanted.asset)
        raise Refusal(
            "INSUFFICIENT_FUNDS",
            f"The book has {there} to give, less than the {asked} asked for.",
            asset=wanted.asset,
            available=have,
            asked=wanted.amount,
        )
    return have if wanted.amount is None else wanted.amount


@dataclass(frozen=True, slots=True)
class _Books:
    """Books by id, and the FREE and MANUAL ones of their wallets."""

    own: dict[UUID, Book]
    homes: dict[tuple[UUID, str], Book]

    def home(self, book: UUID, kind: BookKind) -> Book:
        return self.homes[self.own[book].wallet_id, kind]


def _books_of(ids: set[UUID]) -> _Books:
    own = {book.id: book for book in Book.objects.filter(id__in=ids)}
    for book in ids - own.keys():
        raise Missing("UNKNOWN_BOOK", "There is no such book.", book=book)
    homes = Book.objects.filter(wallet__in={book.wallet_id for book in own.values()}, kind__in=[BookKind.FREE, BookKind.MANUAL])
    return _Books(own, {(book.wallet_id, book.kind): book for book in homes})


def _moved(
    *, source: Book, target: Book, asset: str, amount: Decimal, held: booking.Locked, actor: str, now: datetime
) -> Entry:
    return Entry(
        new_id(), source.wallet_id, "ALLOCATION", _after(held, {(source.id, asset), (target.id, asset)}, now), "", actor, "",
        moved(source.id, target.id, asset, amount), None, source.id, held.wallets[source.wallet_id].venue,
    )  # fmt: skip


def _after(held: booking.Locked, keys: set[Key], now: datetime) -> datetime:
    """Now, or just after the newest entry of these balances: what moves on was there before, though a fill of the same moment
    sorts behind an ALLOCATION."""
    newest = [funds.newest[0] for key in keys if (funds := held.funds[key]).newest is not None]
    return max([now, *(at + INSTANT for at in newest if at >= now)])


def _open(books: Sequence[tuple[UUID, str, UUID]]) -> None:
    """Allocation rows of (book, asset, source): made by the first capital in the asset of that capital; coins count at cost, in the
    currency that they were bought with."""
    if not books:
        return
    bulk.run(
        "INSERT INTO ledger_allocation (book_id, asset_id, amount, coins_at_cost) SELECT DISTINCT ON (k.book) k.book, "
        "coalesce((SELECT currency_id FROM ledger_lot WHERE book_id = k.source AND asset_id = k.asset AND remaining > 0 "
        "ORDER BY opened_at, id LIMIT 1), k.asset), 0, 0 "
        "FROM unnest(%s::uuid[], %s::text[], %s::uuid[]) WITH ORDINALITY AS k(book, asset, source, n) ORDER BY k.book, k.n "
        "ON CONFLICT (book_id) DO NOTHING",
        [book for book, _, _ in books],
        [asset for _, asset, _ in books],
        [source for _, _, source in books],
    )


def _allocated(moved: Sequence[tuple[UUID, str, Decimal]]) -> None:
    """Count money into the allocations of books; the fold counts coins."""
    if not moved:
        return
    bulk.run(
        "UPDATE ledger_allocation a SET amount = a.amount + k.amount FROM (SELECT book, asset, sum(amount) AS amount "
        "FROM unnest(%s::uuid[], %s::text[], %s::numeric[]) AS m(book, asset, amount) GROUP BY book, asset) k "
        "WHERE a.book_id = k.book AND a.asset_id = k.asset",
        [book for book, _, _ in moved],
        [asset for _, asset, _ in moved],
        [text24(amount) for _, _, amount in moved],
    )
