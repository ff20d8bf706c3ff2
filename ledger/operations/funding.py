"""Money from and to the world, on paper: deposits and withdrawals of a wallet's free money, with audit row and equity."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from accounts.domain.decimals import plain
from accounts.domain.identity import new_id
from accounts.domain.refusals import Conflict, Malformed, Missing, Refusal
from accounts.models import User
from accounts.operations import audit
from accounts.realtime import wire
from ledger.domain import spoken
from ledger.domain.currencies import CURRENCIES
from ledger.domain.entries import CASH, WORLD, Entry, Leg
from ledger.domain.numbers import CONTEXT, check_positive, negated
from ledger.models import Book, BookKind, Mode, Wallet
from ledger.operations import booking, capital, equity, reference, wallets
from ledger.operations.booking import BookedEntry
from ledger.queries import facts, money

# More than all money there is; what a wallet is worth then fits its columns whatever the prices.
LARGEST_PAPER = Decimal(10) ** 18
RESERVED = "opening:"  # what imports call their opening balances


def deposit(
    *, wallet: UUID, asset: str, amount: Decimal, actor: str, request_id: str, now: datetime, external_id: str = ""
) -> BookedEntry:
    """Put paper money into the wallet's FREE book; what its books owe in this asset is repaid out of it first. The same
    `external_id` again answers with the entry of the first time, or refuses IDEMPOTENCY_KEY_REUSED when it asks for something
    else. Refuses AMOUNT_TOO_LARGE."""
    return _fund(
        wallet=wallet, asset=asset, amount=amount, kind="FUNDING", actor=actor, request_id=request_id, now=now,
        external_id=external_id,
    )  # fmt: skip


def deposit_at(
    *, owner: User, venue: str, mode: str, asset: str, amount: Decimal, actor: str, request_id: str, now: datetime, external_id: str
) -> BookedEntry:
    """The same at a venue where the person may have no wallet yet: it is opened with its first deposit, and none for a refused one."""
    with transaction.atomic():
        home = wallets.open_wallet(owner=owner, venue=venue, mode=mode, now=now)
        return deposit(
            wallet=home.id, asset=asset, amount=amount, actor=actor, request_id=request_id, now=now, external_id=external_id
        )


def withdraw(
    *, wallet: UUID, asset: str, amount: Decimal, actor: str, request_id: str, now: datetime, external_id: str = ""
) -> BookedEntry:
    """Take paper money out of the FREE book. Refuses INSUFFICIENT_FUNDS with what is free and what was asked, and WALLET_DEFICIT
    while a book of the wallet owes."""
    return _fund(
        wallet=wallet, asset=asset, amount=amount, kind="WITHDRAWAL", actor=actor, request_id=request_id, now=now,
        external_id=external_id,
    )  # fmt: skip


def _fund(
    *, wallet: UUID, asset: str, amount: Decimal, kind: str, actor: str, request_id: str, now: datetime, external_id: str
) -> BookedEntry:
    check_positive(amount)
    home = Wallet.objects.filter(id=wallet).first()
    if home is None:
        raise Missing("UNKNOWN_WALLET", "There is no such wallet.", wallet=wallet)
    _check(home, asset)
    if external_id.startswith(RESERVED):
        raise Malformed("IDEMPOTENCY_KEY_REFUSED", f"Keys that begin with {RESERVED} are not for movements of money.", key=external_id)
    sign = 1 if kind == "FUNDING" else -1
    with transaction.atomic():
        reference.ensure_asset(asset)
        free = Book.objects.get(wallet=home, kind=BookKind.FREE)
        owed = money.debts(wallet=home.id)
        repaid = [book for book, of in owed if of == asset and sign > 0]
        held = booking.lock({(free.id, asset), *((book, asset) for book in repaid)}, {home.id})
        if external_id and (earlier := _earlier(home, kind, asset, amount, external_id)) is not None:
            return earlier
        before = held.funds[free.id, asset]
        _allow(kind, asset=asset, amount=amount, free=before.cash, owed=owed)
        signed = amount if sign > 0 else negated(amount)
        entry = Entry(
            new_id(), home.id, kind, now, external_id, actor, "",
            (Leg(CASH, free.id, asset, signed), Leg(WORLD, free.id, asset, negated(signed))), None, free.id, home.venue,
        )  # fmt: skip
        [booked] = booking.write([entry], held, now=now)
        _repay({book: held.funds[book, asset].deficit for book in repaid}, asset=asset, amount=amount, actor=actor, now=now)
        equity.snapshot(wallets=[home.id], books=[], now=now)
        audit.record(
            person=home.owner_id,
            actor=actor,
            act="wallet.deposit" if sign > 0 else "wallet.withdraw",
            subject=f"wallet:{home.id}",
            before={"asset": asset, "free": plain(before.cash)},
            after={"asset": asset, "free": plain(held.funds[free.id, asset].cash), "amount": plain(amount)},
            reason="",
            request_id=request_id,
            now=now,
        )
        wire.publish_on_commit(person=home.owner_id, type="equity", data={"wallet": str(home.id)})
    return booked


def _allow(kind: str, *, asset: str, amount: Decimal, free: Decimal, owed: Mapping[tuple[UUID, str], Decimal]) -> None:
    """Raise what stands against it, with what is free and what was asked."""
    if kind == "WITHDRAWAL" and owed:
        raise capital.wallet_owes(owed)
    if kind == "WITHDRAWAL" and free < amount:
        raise capital.too_little_free("INSUFFICIENT_FUNDS", free=free, asked=amount, asset=asset)
    if kind == "FUNDING" and CONTEXT.add(free, amount) > LARGEST_PAPER:
        raise Refusal(
            "AMOUNT_TOO_LARGE",
            f"A paper wallet holds at most {spoken.amount(LARGEST_PAPER, asset)} free.",
            asset=asset,
            free=free,
            asked=amount,
            most=LARGEST_PAPER,
        )


def _repay(owed: Mapping[UUID, Decimal], *, asset: str, amount: Decimal, actor: str, now: datetime) -> None:
    """Hand on what came in to the books that owe, the oldest first, as far as it reaches."""
    left = amount
    for book, deficit in owed.items():
        part = min(left, deficit)
        if part > 0:
            capital.allocate(book=book, asset=asset, amount=part, actor=actor, now=now)
            left = CONTEXT.subtract(left, part)


def _earlier(wallet: Wallet, kind: str, asset: str, amount: Decimal, external_id: str) -> BookedEntry | None:
    """The entry that an earlier call with this id booked: the same answer again. Refuses the id for anything else."""
    line = facts.by_external_id(wallet.id, external_id)
    if line is None:
        return None
    leg = line.entry.legs[0]
    if (line.entry.kind, leg.asset, leg.amount.copy_abs()) != (kind, asset, amount):
        raise Conflict(
            "IDEMPOTENCY_KEY_REUSED",
            "This form or key has moved other money already: open the form again, or send a new key.",
            key=external_id,
        )
    return BookedEntry(line.entry, line.seq, ())


def _check(wallet: Wallet, asset: str) -> None:
    if wallet.mode != Mode.PAPER:
        raise Refusal("PAPER_ONLY", "Only paper wallets are funded here; live money moves at the venue.", mode=wallet.mode)
    if asset not in CURRENCIES:
        raise Malformed(
            "NOT_A_CURRENCY", "Paper wallets are funded in a currency.", asset=asset[:20], currencies=sorted(CURRENCIES)
        )
