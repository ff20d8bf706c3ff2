"""Fills as a file tells them: the fields of one line, read strictly. It must not know files, rows or markets."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256

from accounts.domain.decimals import parse_amount, plain
from accounts.domain.refusals import Malformed
from ledger.domain.numbers import CONTEXT, PLACES, ZERO, product, scale

REQUIRED = ("symbol", "side", "quantity", "price", "fee", "fee_asset", "executed_at", "trade_id")
OPTIONAL = ("fee_price",)
COLUMNS = (*REQUIRED, *OPTIONAL)
FIRST_BLOCK = datetime(2009, 1, 3, tzinfo=UTC)  # no coin changed hands before the first one was made
MOST_TRADE_ID = 80
LARGEST_TOLD = Decimal(10) ** 24  # more than there is of any coin; millions of such fills still fit their columns
_ASSET = re.compile(r"[A-Z0-9]{1,20}", re.ASCII)
_SYMBOL = re.compile(r"([A-Z0-9]{1,20})/([A-Z0-9]{1,20})", re.ASCII)
_ORDER = re.compile(r"[!-9;-~]{1,40}")
_MADE = re.compile(r"(?P<order>[!-9;-~]{1,40}):[0-9a-f]{24}:[0-9]+")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Told:
    """One fill of a file, and the line where it stands. fee None: the venue has not said it yet. order: the venue's id of its order,
    where the file tells it."""

    line: int
    symbol: str
    base: str
    quote: str
    side: str
    quantity: Decimal
    price: Decimal
    fee: Decimal | None
    fee_asset: str | None
    fee_price: Decimal | None
    executed_at: datetime
    trade_id: str
    order: str = ""


def check_columns(names: Sequence[str]) -> None:
    """Refuse a header or object that lacks a column, has one twice, or has one that nobody asked for."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Malformed("COLUMN_TWICE", f"the column {twice[0][:40]!r} stands there twice")
    lacking = [name for name in REQUIRED if name not in names]
    if lacking:
        raise Malformed("COLUMN_MISSING", f"the column {lacking[0]!r} is missing; the columns are {', '.join(COLUMNS)}")
    unknown = [name for name in names if name not in COLUMNS]
    if unknown:
        raise Malformed("COLUMN_UNKNOWN", f"the column {unknown[0][:40]!r} is not taken; the columns are {', '.join(COLUMNS)}")


def read(fields: Mapping[str, str], *, line: int, now: datetime) -> Told:
    """The fill of one line. Raises Malformed with a sentence about the first field that is wrong."""
    names = _SYMBOL.fullmatch(fields["symbol"])
    if names is None or names[1] == names[2]:
        raise Malformed("BAD_SYMBOL", f"the symbol {fields['symbol'][:40]!r} is not BASE/QUOTE in capitals, such as BTC/USDT")
    side = fields["side"].upper()
    if side not in ("BUY", "SELL"):
        raise Malformed("SIDE_UNKNOWN", f"the side {fields['side'][:20]!r} is neither BUY nor SELL")
    trade_id = fields["trade_id"]
    if not trade_id or len(trade_id) > MOST_TRADE_ID or not trade_id.isprintable():
        raise Malformed("TRADE_ID_UNUSABLE", f"the trade id has 1 to {MOST_TRADE_ID} printable characters")
    fee = _amount("fee", fields["fee"], signed=True) if fields["fee"] else None
    fee_price = fields.get("fee_price", "")
    quantity, price = _amount("quantity", fields["quantity"]), _amount("price", fields["price"])
    for name, amount in (("quantity", quantity), ("value", CONTEXT.multiply(quantity, price)), ("fee", fee or ZERO)):
        check_size(name, amount)
    if scale(quantity) + scale(price) > PLACES:
        raise Malformed("TOO_MANY_DIGITS", f"the quantity and the price have together more than {PLACES} digits behind the point")
    row = Told(
        line=line,
        symbol=fields["symbol"],
        base=names[1],
        quote=names[2],
        side=side,
        quantity=quantity,
        price=price,
        fee=fee,
        fee_asset=_fee_asset(fields["fee_asset"], fee),
        fee_price=_amount("fee price", fee_price) if fee_price else None,
        executed_at=moment(fields["executed_at"], now=now),
        trade_id=trade_id,
    )
    _check_fee(row)
    return row


def content(row: Told) -> str:
    """What tells one fill from another where the venue states no id: all but its fee, which one of two exports may not tell."""
    return "|".join((row.symbol, row.side, plain(row.quantity), plain(row.price), row.executed_at.isoformat(), row.order))


def identified(row: Told, *, by: str, nth: int) -> Told:
    """The fill under an id made of its order, its content (`by`) and its number among equals: the same file gives the same ids, and two
    fills that are alike stay two."""
    name = row.order if _ORDER.fullmatch(row.order) else "line"
    return replace(row, trade_id=f"{name}:{sha256(by.encode()).hexdigest()[:24]}:{nth}")


def order_of(trade_id: str) -> str:
    """The order in an id that was made here, '' in any other."""
    found = _MADE.fullmatch(trade_id)
    return found["order"] if found else ""


def _check_fee(row: Told) -> None:
    """A venue's own report is a fact whatever it says; a file that says that more was paid than was traded has slipped a column or a
    point. Nothing else would stop it: money comes from anywhere."""
    fee = row.fee or ZERO
    if row.fee_asset == row.base and abs(fee) >= row.quantity:
        traded = plain(row.quantity)
        raise Malformed("FEE_TOO_LARGE", f"the fee of {plain(fee)} {row.base} is not smaller than the {traded} that were traded")
    if row.fee_asset == row.quote:
        paid = fee
    elif row.fee_price is not None and row.fee_asset != row.base:
        paid = product(fee, row.fee_price)
    else:
        return
    value = CONTEXT.multiply(row.quantity, row.price)
    if abs(paid) > value:
        sentence = f"the fee of {plain(paid)} {row.quote} is more than the {plain(value)} that were traded"
        raise Malformed("FEE_TOO_LARGE", sentence, fee=paid, value=value)


def check_size(name: str, amount: Decimal) -> None:
    """Refuse an amount of which a whole file would no longer fit a balance."""
    if abs(amount) >= LARGEST_TOLD:
        raise Malformed("AMOUNT_TOO_LARGE", f"the {name} is {plain(LARGEST_TOLD)} or more")


def moment(text: str, *, now: datetime) -> datetime:
    """A time with its zone, not before there were coins and not after `now`."""
    if not _MOMENT.fullmatch(text):
        raise Malformed("TIME_UNUSABLE", f"the time {text[:40]!r} is not ISO 8601 with a zone, such as 2026-03-02T09:00:00Z")
    try:
        at = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Malformed("TIME_UNUSABLE", f"the time {text[:40]!r} does not exist") from None
    if at < FIRST_BLOCK:
        raise Malformed("TIME_TOO_EARLY", f"the time {text[:40]!r} is before there were coins")
    if at > now:
        raise Malformed("TIME_IN_FUTURE", f"the time {text[:40]!r} has not come yet")
    return at


def asset(text: str) -> str:
    """A code such as BTC."""
    if not _ASSET.fullmatch(text):
        raise Malformed("ASSET_UNUSABLE", f"{text[:40]!r} is not an asset code such as BTC")
    return text


def _amount(name: str, text: str, *, signed: bool = False) -> Decimal:
    try:
        return parse_amount(text, signed=signed)
    except Malformed as no:
        raise Malformed(no.code, f"the {name} {text[:40]!r} will not do: {no.sentence.rstrip('.')}") from None


def _fee_asset(text: str, fee: Decimal | None) -> str | None:
    if text:
        return asset(text)
    if fee:
        raise Malformed("FEE_WITHOUT_ASSET", "a fee names its asset")
    return None
