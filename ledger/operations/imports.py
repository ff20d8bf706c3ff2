"""A person's trades from a file into the `external` book: trades that no order of ours explains.

All of the file is read and judged first; what would leave a sale uncovered is refused as a whole unless asked for. Money comes from
anywhere: what was paid and never told to come in is booked, and the book owes it. Booked through the one way in, in one transaction per
file: an import that was cut off has booked nothing. It must not guess a price.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from accounts.domain.decimals import plain
from accounts.domain.identity import new_id
from accounts.domain.refusals import Conflict, Refusal
from accounts.models import User
from accounts.operations import audit
from ledger.domain import cover, told
from ledger.domain.currencies import CURRENCIES
from ledger.domain.entries import ADJUSTMENT, Entry, legs_found, legs_of_fill, trade_key
from ledger.domain.numbers import ONE, ZERO, check_positive, product, scale
from ledger.domain.told import Told
from ledger.models import Book, BookKind, Market, Wallet
from ledger.operations import booking, equity, fills, reference, retold, wallets
from ledger.operations.fills import FillReport, Status
from ledger.queries import facts, money
from ledger.queries import fills as booked_fills

CHUNK = 50_000  # at a time within the one transaction: what memory holds beside the file
ACTOR = "system:import_fills"
_JUST_BEFORE = timedelta(microseconds=1)
_NOWHERE = UUID(int=0)  # a draft is judged before there is a wallet


class NotCovered(Refusal):
    """The file sells coins that it never bought; nothing was booked. `missing`: the opening balances that would cover it, and the money
    that it paid."""

    def __init__(self, *, read: int, missing: Mapping[str, Decimal]) -> None:
        told = ", ".join(f"{plain(amount)} {asset}" for asset, amount in _coins(missing).items())
        super().__init__("NOT_COVERED", f"Nothing was booked: the file disposes of coins that it never bought: {told}.", **missing)
        self.read = read
        self.missing = dict(missing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Whose fills they are, where they happened, and in which file they stand."""

    owner: User
    venue: str
    mode: str
    file: str


@dataclass(slots=True, kw_only=True)
class Imported:
    """What became of the fills of a file. unexplained and fee_pending count fills of this file as the ledger has them now;
    missing is the smallest opening balance that would cover every instant, in coins and in money; owed what the book lacks now; opened
    the opening balances that this import has booked."""

    wallet: UUID
    mode: str
    read: int
    booked: int = 0
    duplicates: int = 0
    conflicts: int = 0
    unexplained: int = 0
    fee_pending: int = 0
    missing: dict[str, Decimal] = field(default_factory=dict)
    owed: dict[str, Decimal] = field(default_factory=dict)
    opened: dict[str, Decimal] = field(default_factory=dict)


def book(
    rows: Sequence[Told], *, source: Source, openings: Mapping[str, Decimal], partial: bool, now: datetime,
    progress: Callable[[str], None],
) -> Imported:  # fmt: skip
    """Book the fills of a file after the opening balances, all of it in one transaction. Raises NotCovered (unless `partial`), Malformed
    for an opening balance that the ledger cannot hold, Conflict for one that stands there with another amount or an order that is there in
    another form; then nothing was booked.

    Markets and assets that nobody knew are made before: others may need the same new ones, and would wait for the whole file."""
    present = Wallet.objects.filter(owner=source.owner, venue=source.venue, mode=source.mode).first()
    if present is not None:
        rows = retold.under_known_ids(rows, wallet=present.id)
    ordered = sorted(rows, key=lambda row: (row.executed_at, row.symbol, trade_key(row.trade_id)))
    for asset, amount in openings.items():
        check_positive(amount)
        told.check_size(f"opening balance of {asset}", amount)
    missing, fresh = _missing(ordered, wallet=present, source=source, openings=openings)
    if fresh and _coins(missing) and not partial:
        raise NotCovered(read=len(rows), missing=missing)
    markets = _known_markets(ordered, source=source, openings=openings, now=now)
    with transaction.atomic():
        wallet, external, opened = _prepare(ordered, source=source, openings=openings, now=now)
        answer = Imported(wallet=wallet.id, mode=wallet.mode, read=len(rows), missing=missing, opened=opened)
        entries: list[UUID] = []
        for start in range(0, len(ordered), CHUNK):
            part = [
                _report(row, wallet=wallet.id, book=external.id, market=markets[row.symbol], source=source)
                for row in ordered[start : start + CHUNK]
            ]
            for outcome in fills.record(part, now=now, actor=ACTOR):
                answer.booked += outcome.status is Status.BOOKED
                answer.duplicates += outcome.status is Status.DUPLICATE
                answer.conflicts += outcome.status is Status.CONFLICT
                entries.append(outcome.entry_id)
            progress(f"{min(start + CHUNK, len(ordered))}/{len(ordered)} fills, {answer.booked} booked")
        _finish(answer, entries, source=source, now=now)
    answer.owed = {asset: amount for (owing, asset), amount in money.debts(wallet=wallet.id).items() if owing == external.id}
    return answer


def _coins(amounts: Mapping[str, Decimal]) -> dict[str, Decimal]:
    return {asset: amount for asset, amount in amounts.items() if asset not in CURRENCIES}


def _report(row: Told, *, wallet: UUID, book: UUID, market: UUID, source: Source) -> FillReport:
    raw = {
        "file": source.file, "line": row.line, "symbol": row.symbol, "side": row.side, "quantity": str(row.quantity),
        "price": str(row.price), "fee": None if row.fee is None else str(row.fee), "fee_asset": row.fee_asset,
        "fee_price": None if row.fee_price is None else str(row.fee_price), "executed_at": row.executed_at.isoformat(),
        "trade_id": row.trade_id,
    }  # fmt: skip
    return FillReport(
        wallet=wallet, book=book, venue=source.venue, market=market, symbol=row.symbol, base=row.base, quote=row.quote,
        trade_id=row.trade_id, side=row.side, quantity=row.quantity, price=row.price, fee=row.fee, fee_asset=row.fee_asset,
        fee_price=row.fee_price, executed_at=row.executed_at, raw=json.dumps(raw),
    )  # fmt: skip


def _missing(
    rows: Sequence[Told], *, wallet: Wallet | None, source: Source, openings: Mapping[str, Decimal]
) -> tuple[dict[str, Decimal], bool]:
    """What the external book would lack with these fills, those that it has already, and the opening balances; and whether one of them
    is new."""
    known = booked_fills.trades_of_wallet(wallet.id) if wallet else set()
    external = Book.objects.filter(wallet=wallet, kind=BookKind.EXTERNAL).first() if wallet else None
    entries = [line.entry for line in facts.journal_of_books([external.id])] if external else []
    book = external.id if external else _NOWHERE
    present, before = {entry.external_id for entry in entries}, len(entries)
    for row in rows:
        if (row.symbol, row.trade_id) not in known:
            known.add((row.symbol, row.trade_id))
            report = _report(row, wallet=_NOWHERE, book=_NOWHERE, market=_NOWHERE, source=source)
            legs = legs_of_fill(book, report)
            entries.append(Entry(new_id(), book, "FILL", report.executed_at, "", "", "", legs, report, book, source.venue))
    fresh = len(entries) > before
    openings = {asset: amount for asset, amount in openings.items() if _name(asset) not in present}
    entries += _openings(openings, rows, wallet=book, book=book, source=source)
    return cover.missing(entries, book=book), fresh


def _openings(
    openings: Mapping[str, Decimal], reports: Sequence[Told], *, wallet: UUID, book: UUID, source: Source
) -> list[Entry]:
    """What was there before the first fill. Coins are adopted at the first price that the file states for them."""
    at = min(report.executed_at for report in reports) - _JUST_BEFORE
    return [
        Entry(
            new_id(), wallet, ADJUSTMENT, at, _name(asset), ACTOR, f"opening balance, told with {source.file}"[:200],
            legs_found(book, asset, amount, _worth(asset, amount, reports)), None, book, source.venue,
        )
        for asset, amount in sorted(openings.items())
    ]  # fmt: skip


def _name(asset: str) -> str:
    return f"opening:{asset}"


def _worth(asset: str, amount: Decimal, reports: Iterable[Told]) -> tuple[str, Decimal] | None:
    """The coins at the price of the first fill that trades them for money; None when no fill does."""
    if asset in CURRENCIES:
        return None
    first = next((report for report in reports if report.base == asset and report.quote in CURRENCIES), None)
    worth = product(amount, first.price) if first else ZERO
    return (first.quote, worth) if first and worth else None


@transaction.atomic
def _known_markets(
    rows: Sequence[Told], *, source: Source, openings: Mapping[str, Decimal], now: datetime
) -> dict[str, UUID]:
    reference.ensure_assets({row.fee_asset for row in rows if row.fee_asset} | openings.keys())
    return _markets(rows, venue=source.venue, now=now)


def _prepare(
    rows: Sequence[Told], *, source: Source, openings: Mapping[str, Decimal], now: datetime
) -> tuple[Wallet, Book, dict[str, Decimal]]:
    """Wallet, book and the opening balances that are new; those that are there are taken as they are."""
    wallet = wallets.open_wallet(owner=source.owner, venue=source.venue, mode=source.mode, now=now, actor=ACTOR)
    external = wallets.open_book(wallet=wallet.id, kind=BookKind.EXTERNAL, label="external", now=now)
    fresh: dict[str, Decimal] = {}
    for asset, amount in openings.items():
        line = facts.by_external_id(wallet.id, _name(asset))
        if line is None:
            fresh[asset] = amount
        elif line.entry.legs[0].amount != amount:
            stands = line.entry.legs[0].amount
            raise Conflict(
                "OPENING_STANDS", f"The opening balance of {asset} stands in the journal as {plain(stands)}.", stands=stands, given=amount
            )
    booking.book(_openings(fresh, rows, wallet=wallet.id, book=external.id, source=source), now=now)
    return wallet, external, fresh


def _markets(rows: Sequence[Told], *, venue: str, now: datetime) -> dict[str, UUID]:
    """The markets of the fills. One that we do not know is made as fine as its fills and inactive: nobody trades there
    before its real rules are fetched."""
    known = dict(Market.objects.filter(venue=venue, symbol__in={row.symbol for row in rows}).values_list("symbol", "id"))
    unknown: dict[str, list[Told]] = {}
    for row in rows:
        if row.symbol not in known:
            unknown.setdefault(row.symbol, []).append(row)
    for symbol, new in unknown.items():
        price_tick, amount_step = (ONE.scaleb(-max(scale(amount) for amount in amounts)) for amounts in (
            [row.price for row in new], [row.quantity for row in new]))  # fmt: skip
        rules = reference.Rules(
            base=new[0].base, quote=new[0].quote, price_tick=price_tick, amount_step=amount_step, quote_step=price_tick,
            taker_fee=Decimal(0), maker_fee=Decimal(0), active=False,
        )  # fmt: skip
        known[symbol] = reference.ensure_market(venue=venue, symbol=symbol, rules=rules, now=now).id
    return known


def _finish(answer: Imported, entries: Sequence[UUID], *, source: Source, now: datetime) -> None:
    left = booked_fills.open_of(entries)
    answer.unexplained, answer.fee_pending = left.unexplained, left.fee_pending
    if not (answer.booked or answer.opened):
        return
    equity.snapshot(wallets=[answer.wallet], books=[], now=now)
    audit.record(
        person=source.owner.id,
        actor=ACTOR,
        act="fills.import",
        subject=f"wallet:{answer.wallet}",
        before={},
        after={
            "file": source.file, "read": answer.read, "booked": answer.booked, "conflicts": answer.conflicts, "opened": answer.opened,
        },
        reason="",
        request_id="",
        now=now,
    )
