"""Capital of books: free money into a book and back, coins with their lots to the FREE or MANUAL book. Money moves inside the
wallet; it never appears."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from accounts.domain.decimals import plain
from accounts.domain.identity import new_id
from accounts.domain.refusals import Missing, Refusal
from ledger.domain.entries import Entry, moved
from ledger.domain.numbers import check_positive, negated, text24
from ledger.models import Book, BookKind
from ledger.operations import booking, bulk, equity
from ledger.operations.booking import BookedEntry

INSTANT = timedelta(microseconds=1)


def allocate(*, book: UUID, asset: str, amount: Decimal, actor: str, now: datetime) -> BookedEntry:
    """Move free money of the wallet into a book. Refuses INSUFFICIENT_FREE_FUNDS with what is free and what was asked."""
    check_positive(amount)
    with transaction.atomic():
        own, free = _own_and(BookKind.FREE, book)
        held = booking.lock({(free.id, asset), (book, asset)}, {own.wallet_id})
        have = held.funds[free.id, asset].cash
        if have < amount:
            raise Refusal(
                "INSUFFICIENT_FREE_FUNDS",
                f"The wallet has {plain(have)} {asset} free, less than the {plain(amount)} asked for.",
                asset=asset,
                free=have,
                asked=amount,
            )
        _open(book, asset, source=free.id)
        booked = _move(source=free, target=own, asset=asset, amount=amount, held=held, actor=actor, now=now)
        _allocated(book, asset, amount)
        equity.snapshot(wallets=[], books=[book], now=now)
    return booked


def release(
    *, book: UUID, asset: str, amount: Decimal | None = None, actor: str, now: datetime, to: BookKind = BookKind.FREE
) -> BookedEntry | None:
    """Move money or coins of a book to the FREE or the MANUAL book of its wallet; all that is not reserved when no amount is
    given, and None when that is nothing. Coins take their oldest lots with them, cost and date kept. Refuses INSUFFICIENT_FUNDS."""
    if amount is not None:
        check_positive(amount)
    with transaction.atomic():
        own, home = _own_and(to, book)
        held = booking.lock({(home.id, asset), (book, asset)}, {own.wallet_id})
        have = held.funds[book, asset].cash
        wanted = have if amount is None else amount
        if have < wanted:
            raise Refusal(
                "INSUFFICIENT_FUNDS",
                f"The book has {plain(have)} {asset} to give, less than the {plain(wanted)} asked for.",
                asset=asset,
                available=have,
                asked=wanted,
            )
        if not wanted:
            return None
        if to != BookKind.FREE:
            _open(home.id, asset, source=book)
        booked = _move(source=own, target=home, asset=asset, amount=wanted, held=held, actor=actor, now=now)
        _allocated(book, asset, negated(wanted))
        if to != BookKind.FREE:
            _allocated(home.id, asset, wanted)
        equity.snapshot(wallets=[], books=[book] if to == BookKind.FREE else [book, home.id], now=now)
    return booked


def _own_and(kind: BookKind, book: UUID) -> tuple[Book, Book]:
    """The book and the one of this kind in its wallet."""
    own = Book.objects.filter(id=book).first()
    if own is None:
        raise Missing("UNKNOWN_BOOK", "There is no such book.", book=book)
    return own, Book.objects.get(wallet=own.wallet_id, kind=kind)


def _move(
    *, source: Book, target: Book, asset: str, amount: Decimal, held: booking.Locked, actor: str, now: datetime
) -> BookedEntry:
    entry = Entry(
        new_id(), source.wallet_id, "ALLOCATION", _after(held, now), "", actor, "", moved(source.id, target.id, asset, amount), None,
        source.id, held.wallets[source.wallet_id].venue,
    )  # fmt: skip
    [booked] = booking.write([entry], held, captured={}, now=now)
    return booked


def _after(held: booking.Locked, now: datetime) -> datetime:
    """Now, or just after the newest entry of these balances: what moves on was there before, though a fill of the same moment
    sorts behind an ALLOCATION."""
    newest = [funds.newest[0] for funds in held.funds.values() if funds.newest is not None]
    return max([now, *(at + INSTANT for at in newest if at >= now)])


def _open(book: UUID, asset: str, *, source: UUID) -> None:
    """The book's allocation row, made by its first capital in the asset of that capital; coins count at cost, in the currency
    that they were bought with."""
    bulk.run(
        "INSERT INTO ledger_allocation (book_id, asset_id, amount, coins_at_cost) SELECT %s, coalesce((SELECT currency_id "
        "FROM ledger_lot WHERE book_id = %s AND asset_id = %s AND remaining > 0 ORDER BY opened_at, id LIMIT 1), %s), 0, 0 "
        "ON CONFLICT (book_id) DO NOTHING",
        book,
        source,
        asset,
        asset,
    )


def _allocated(book: UUID, asset: str, amount: Decimal) -> None:
    """Count money into the book's allocation; the fold counts coins."""
    bulk.run(
        "UPDATE ledger_allocation SET amount = amount + %s::numeric WHERE book_id = %s AND asset_id = %s",
        text24(amount),
        book,
        asset,
    )
