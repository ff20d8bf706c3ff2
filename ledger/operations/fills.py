"""Fills become facts: the one idempotent way in, whether they came by push, poll, sweep or the paper matcher.

The same trade is booked once, for ever. It must not judge orders; an overfill or a sale without cover is booked as told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from django.db import transaction

from accounts.domain.identity import new_id
from accounts.domain.refusals import Malformed
from accounts.operations import alerts
from accounts.queries import sql
from accounts.queries.sql import Asked, Asking
from ledger.domain.entries import BUY, CASH, SELL, Entry, FillFacts, Leg, legs_of_fill
from ledger.domain.lots import Match
from ledger.domain.numbers import CONTEXT, LARGEST, PLACES, ZERO, check_scales, scale
from ledger.operations import booking, reservations
from ledger.operations.reservations import Key

TradeKey = tuple[UUID, str, str]

_KNOWN = """
SELECT f.wallet_id, f.symbol, f.trade_id, f.entry_id, f.side, f.quantity, f.price, f.fee, f.fee_asset_id
FROM unnest(%s::uuid[], %s::text[], %s::text[]) AS k(wallet, symbol, trade)
JOIN ledger_fill f ON f.wallet_id = k.wallet AND f.symbol = k.symbol AND f.trade_id = k.trade
"""


class Status(StrEnum):
    BOOKED = "BOOKED"
    DUPLICATE = "DUPLICATE"
    CONFLICT = "CONFLICT"


@dataclass(frozen=True, slots=True, kw_only=True)
class FillReport(FillFacts):
    """A fill as told by a venue, and the wallet and book that it belongs to."""

    wallet: UUID
    book: UUID
    venue: str


@dataclass(frozen=True, slots=True)
class FillOutcome:
    """What became of a report. entry_id is that of the booked fill, also for a duplicate and a conflict; matches are the
    lots that a booked sale consumed; refolded: the books whose matches were restated when it was booked, as it, or one told with
    it, sorted before others."""

    report: FillReport
    status: Status
    entry_id: UUID
    matches: tuple[Match, ...]
    refolded: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class _Known:
    entry: UUID
    side: str
    quantity: Decimal
    price: Decimal
    fee: Decimal | None
    fee_asset: str | None


def record(
    reports: Sequence[FillReport],
    *,
    now: datetime,
    actor: str = "system:fills",
    ending: Mapping[str, Decimal] | None = None,
) -> list[FillOutcome]:
    """Book what is new, in one transaction and a constant number of statements; answers stand in the order given.

    `ending`: client order id -> the quantity that ends the order once so much of it is booked here (0: it ends anyway). What
    is left of the reservation of an order that ends is released with its fills."""
    ending = ending or {}
    if not reports and not ending:
        return []
    for report in reports:
        check(report)
    with transaction.atomic():
        legs = {id(report): legs_of_fill(report.book, report) for report in reports}
        keys = {(leg.book, leg.asset) for part in legs.values() for leg in part if leg.account == CASH}
        keys |= reservations.keys_of(sorted(ending.keys() - {report.client_order_id for report in reports}))
        with sql.at_once() as line:  # the server locks while the entries are made
            locking = booking.locking(line, keys, {report.wallet for report in reports})
            knowing = line.ask(_knowing(reports))
            made = [_entry(report, legs[id(report)], actor=actor, venue=report.venue) for report in reports]
        held, known = locking(), knowing.value
        entries: list[Entry] = []
        outcomes: list[tuple[FillReport, Status, UUID]] = []
        for report, entry in zip(reports, made, strict=True):
            key = _key(report)
            if (earlier := known.get(key)) is not None:
                status = Status.DUPLICATE if _same(earlier, report) else Status.CONFLICT
                outcomes.append((report, status, earlier.entry))
                continue
            entries.append(entry)
            known[key] = _Known(entry.id, report.side, report.quantity, report.price, report.fee, report.fee_asset)
            outcomes.append((report, Status.BOOKED, entry.id))
        captured = reservations.capture(_spent(entries), ended=_ended(entries, ending), now=now)
        booked = booking.write(entries, held, captured=captured, now=now) if entries or captured.taken else []
        _tell_conflicts(outcomes, held, now=now)
    made_of = {line.entry.id: line for line in booked}
    return [
        FillOutcome(report, status, entry, made_of[entry].matches, made_of[entry].refolded)
        if status is Status.BOOKED else FillOutcome(report, status, entry, ())
        for report, status, entry in outcomes
    ]  # fmt: skip


def _key(report: FillReport) -> TradeKey:
    return (report.wallet, report.symbol, report.trade_id)


def _entry(report: FillReport, legs: tuple[Leg, ...], *, actor: str, venue: str) -> Entry:
    return Entry(new_id(), report.wallet, "FILL", report.executed_at, "", actor, "", legs, report, report.book, venue)


def _knowing(reports: Sequence[FillReport]) -> Asking[dict[TradeKey, _Known]]:
    told = ([report.wallet for report in reports], [report.symbol for report in reports], [report.trade_id for report in reports])
    [rows] = yield [Asked(_KNOWN, told)]
    return {(row[0], row[1], row[2]): _Known(*row[3:]) for row in rows}


def _same(known: _Known, facts: FillFacts) -> bool:
    """The same trade told again; a fee that one of the two does not know yet is no contradiction."""
    if (known.side, known.quantity, known.price) != (facts.side, facts.quantity, facts.price):
        return False
    if known.fee is None or facts.fee is None:
        return True
    return known.fee == facts.fee and (known.fee_asset == facts.fee_asset or not known.fee)


def _spent(entries: Sequence[Entry]) -> dict[str, dict[Key, Decimal]]:
    """What each order's fills took out of each balance."""
    spent: dict[str, dict[Key, Decimal]] = {}
    for entry in entries:
        if entry.fill is None or not entry.fill.client_order_id:
            continue
        of_order = spent.setdefault(entry.fill.client_order_id, {})
        for leg in entry.legs:
            if leg.account == CASH and leg.amount < 0:
                key = (leg.book, leg.asset)
                of_order[key] = CONTEXT.subtract(of_order.get(key, ZERO), leg.amount)
    return spent


def _ended(entries: Sequence[Entry], ending: Mapping[str, Decimal]) -> list[str]:
    left = dict(ending)
    for entry in entries:
        if entry.fill is not None and entry.fill.client_order_id in left:
            left[entry.fill.client_order_id] = CONTEXT.subtract(left[entry.fill.client_order_id], entry.fill.quantity)
    return [name for name, rest in left.items() if rest <= 0]


def _tell_conflicts(
    outcomes: Sequence[tuple[FillReport, Status, UUID]], held: booking.Locked, *, now: datetime
) -> None:
    alerts.raise_alerts(
        notices=[
            alerts.Notice(
                person=held.wallets[report.wallet].owner,
                severity="CRITICAL",
                code="FILL_CONFLICT",
                sentence=f"Trade {report.trade_id} on {report.symbol} was told again with other numbers.",
                data={
                    "entry": entry,
                    "trade_id": report.trade_id,
                    "symbol": report.symbol,
                    "side": report.side,
                    "quantity": report.quantity,
                    "price": report.price,
                    "fee": report.fee,
                    "fee_asset": report.fee_asset,
                    "raw": report.raw[:2000],
                },
                dedup_key=f"{report.wallet}:{report.symbol}:{report.trade_id}",
            )
            for report, status, entry in outcomes
            if status is Status.CONFLICT
        ],
        now=now,
    )


def check(facts: FillFacts) -> None:
    """Refuse what the columns would round, cut or not hold; everything else that a venue says is a fact."""
    amounts = [facts.quantity, facts.price, *(x for x in (facts.fee, facts.fee_price) if x is not None)]
    if not all(amount.is_finite() and abs(amount) < LARGEST and scale(amount) <= PLACES for amount in amounts):
        raise Malformed("AMOUNT_TOO_LONG", "A fill's amounts have at most 32 digits before and 24 behind the point.")
    if facts.quantity <= 0 or facts.price <= 0 or (facts.fee_price is not None and facts.fee_price <= 0):
        raise Malformed("AMOUNT_NOT_POSITIVE", "Quantity and price of a fill are greater than zero.", trade_id=facts.trade_id)
    check_scales(facts.quantity, facts.price)
    if CONTEXT.multiply(facts.quantity, facts.price) >= LARGEST:
        raise Malformed("AMOUNT_TOO_LONG", "The value of a fill has at most 32 digits before the point.")
    if facts.side not in (BUY, SELL):
        raise Malformed("SIDE_UNKNOWN", "The side of a fill is BUY or SELL.", side=facts.side)
    if facts.executed_at.tzinfo is None:
        raise Malformed("TIME_WITHOUT_ZONE", "The time of a fill is UTC.", trade_id=facts.trade_id)
    if facts.fee and facts.fee_asset is None:
        raise Malformed("FEE_WITHOUT_ASSET", "A fee names its asset.", trade_id=facts.trade_id)
    if facts.fee is not None and facts.fee_asset == facts.base and abs(facts.fee) >= facts.quantity:
        raise Malformed("FEE_TOO_LARGE", "A fee in the base asset is smaller than the fill.", trade_id=facts.trade_id)
    if not facts.trade_id or len(facts.trade_id) > 80 or "\x00" in facts.trade_id + facts.raw:
        raise Malformed("TRADE_ID_UNUSABLE", "A fill has a trade id of 1 to 80 characters.", trade_id=facts.trade_id[:80])

