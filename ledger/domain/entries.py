"""Entries as values: what is booked, its legs, and the canonical order. They must not know rows or sequence numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from ledger.domain.currencies import CURRENCIES
from ledger.domain.numbers import CONTEXT, ZERO, negated, product

CASH, WORLD, TRADE, FEES = "CASH", "WORLD", "TRADE", "FEES"
BUY, SELL = "BUY", "SELL"
ADJUSTMENT = "ADJUSTMENT"
BETWEEN_BOOKS = frozenset({"ALLOCATION", "TRANSFER"})  # kinds of entries
_RANK = {"FUNDING": 0, "TRANSFER": 1, "ALLOCATION": 2}
_OTHERS = 4

SortKey = tuple[datetime, str]


class Leg(NamedTuple):
    """A signed amount of an asset on a leg account of a book."""

    account: str
    book: UUID
    asset: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class FillFacts:
    """What the venue said about one fill. fee keeps its sign (a rebate is negative) and is None until known;
    fee_price is the price of a third fee asset in the quote asset."""

    market: UUID
    symbol: str
    base: str
    quote: str
    trade_id: str
    side: str
    quantity: Decimal
    price: Decimal
    fee: Decimal | None
    fee_asset: str | None
    fee_price: Decimal | None
    executed_at: datetime
    client_order_id: str = ""
    bootstrap: bool = False
    raw: str = "{}"


@dataclass(frozen=True, slots=True)
class Entry:
    """A line for the journal of a wallet. `book` is the one that the event belongs to; a FEE_FIX and a REVERSAL name
    their entry in `reverses`. `key` is its place in the canonical order, which does not depend on arrival."""

    id: UUID
    wallet: UUID
    kind: str
    event_time: datetime
    external_id: str
    actor: str
    reason: str
    legs: tuple[Leg, ...]
    fill: FillFacts | None
    book: UUID
    venue: str
    reverses: UUID | None = None
    key: SortKey = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", (self.event_time, _tie(self)))


def trade_key(trade_id: str) -> str:
    """A text whose plain order is the order of trade ids: all-digit ids as numbers and first, others by their bytes."""
    if trade_id.isascii() and trade_id.isdigit():
        digits = trade_id.lstrip("0")
        return f"0{len(digits):02d}{digits} {trade_id}"
    return f"1{trade_id}"


def sort_key(entry: Entry) -> SortKey:
    """The canonical order of entries: event time, kind, venue, symbol, trade id, then external id or the entry's own."""
    return entry.key


def _tie(entry: Entry) -> str:
    """The order at one instant as one text. Its parts are separated by a blank, which sorts before all that venues and
    symbols are written with."""
    fill = entry.fill
    if fill is not None:
        return f"3 {entry.venue} {fill.symbol} {trade_key(fill.trade_id)}"
    return f"{_RANK.get(entry.kind, _OTHERS)} {entry.venue}   {entry.external_id or entry.id}"


def changes_money(fill: FillFacts) -> bool:
    """Whether a fill trades one currency for another: money has no lots on either side."""
    return fill.base in CURRENCIES and fill.quote in CURRENCIES


def coins_adopted(entry: Entry) -> list[Leg]:
    """The coins that an ADJUSTMENT found in a book."""
    if entry.kind != ADJUSTMENT or entry.reverses is not None:
        return []
    return [leg for leg in entry.legs if leg.account == CASH and leg.amount > 0 and leg.asset not in CURRENCIES]


def legs_found(book: UUID, asset: str, amount: Decimal, worth: tuple[str, Decimal] | None = None) -> tuple[Leg, ...]:
    """The legs of money or coins that were there before us. `worth` of coins, (currency, amount), makes it read: the world
    gave so much money, which was traded for them. Without it they are worth themselves."""
    if worth is None:
        return (Leg(CASH, book, asset, amount), Leg(WORLD, book, asset, negated(amount)))
    currency, value = worth
    return (
        Leg(CASH, book, asset, amount),
        Leg(TRADE, book, asset, negated(amount)),
        Leg(WORLD, book, currency, negated(value)),
        Leg(TRADE, book, currency, value),
    )


def legs_of_fill(book: UUID, fill: FillFacts) -> tuple[Leg, ...]:
    """The postings of a fill. Buy 0.1 BTC at 20000, fee 2 USDT: CASH +0.1 BTC, TRADE -0.1 BTC, CASH -2002 USDT,
    TRADE +2000 USDT, FEES +2 USDT. They sum to zero per asset. Money changed into other money leaves one currency for
    the world and enters the other from it, so that each currency adds up by itself."""
    sign = 1 if fill.side == BUY else -1
    base = fill.quantity if sign == 1 else negated(fill.quantity)
    value = CONTEXT.multiply(fill.quantity, fill.price)
    quote = negated(value) if sign == 1 else value
    fee = fill.fee or ZERO
    base_cash, quote_cash = base, quote
    if fee and fill.fee_asset == fill.base:
        base_cash = CONTEXT.subtract(base, fee)
    elif fee and fill.fee_asset == fill.quote:
        quote_cash = CONTEXT.subtract(quote, fee)
    far, cost = (WORLD, WORLD) if changes_money(fill) else (TRADE, FEES)
    legs = [
        Leg(CASH, book, fill.base, base_cash),
        Leg(far, book, fill.base, negated(base)),
        Leg(CASH, book, fill.quote, quote_cash),
        Leg(far, book, fill.quote, negated(quote)),
    ]
    if fee and fill.fee_asset:
        if fill.fee_asset in (fill.base, fill.quote):
            legs.append(Leg(cost, book, fill.fee_asset, fee))
        else:
            legs += _paid_in_third(book, fill, fee)
    return tuple(leg for leg in legs if leg.amount)


def _paid_in_third(book: UUID, fill: FillFacts, fee: Decimal) -> list[Leg]:
    """A fee in a third coin is that coin's expense. One in a third currency is changed into the quote, where it is the expense."""
    asset = str(fill.fee_asset)
    if asset not in CURRENCIES:
        return [Leg(CASH, book, asset, negated(fee)), Leg(FEES, book, asset, fee)]
    legs = [Leg(CASH, book, asset, negated(fee)), Leg(WORLD, book, asset, fee)]
    if fill.fee_price is not None and not changes_money(fill):
        worth = product(fee, fill.fee_price)
        legs += [Leg(WORLD, book, fill.quote, negated(worth)), Leg(FEES, book, fill.quote, worth)]
    return legs


def moved(source: UUID, target: UUID, asset: str, amount: Decimal) -> tuple[Leg, Leg]:
    """The legs of a move between two books of a wallet."""
    return (Leg(CASH, source, asset, negated(amount)), Leg(CASH, target, asset, amount))


def unbalanced(legs: Sequence[Leg]) -> str | None:
    """The first asset whose legs do not sum to zero."""
    sums: dict[str, Decimal] = {}
    for _, _, asset, amount in legs:
        known = sums.get(asset)
        sums[asset] = amount if known is None else CONTEXT.add(known, amount)
    return next((asset for asset, total in sorted(sums.items()) if total), None)
