"""Luno: the statement of a wallet (Wallet > Transactions > Export), and the trades of its API as a sheet.

A statement tells the trades of one coin in words, with times in UTC and commas between thousands: "Bought 0.0119 ETH/MYR @ 17,140", and the
fee on the row behind it, "Trading fee", in the coin or in the money. The same trade stands in the statement of the money too, often without
its fee: it is taken from the coin's, and the money's row is its other leg, found by Reference (which older exports lack), time and words.
An instant trade, "Bought BTC 0.00272219 for GBP 101.00", has its fee in its price. Luno calls bitcoin XBT.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from accounts.domain.decimals import plain
from accounts.domain.refusals import Malformed
from ledger.domain.layouts import cells
from ledger.domain.layouts.layout import Fields, Layout, Row, Sheet, fields
from ledger.domain.numbers import CONTEXT, ZERO

FEE, LEG = "Trading fee", "leg of a trade that the statement of its coin tells"
_ON_MARKET = re.compile(r"(?P<side>Bought|Sold) (?P<quantity>[0-9.,]+) (?P<base>[A-Z0-9]+)/(?P<quote>[A-Z0-9]+) @ (?P<price>[0-9.,]+)")
_INSTANT = re.compile(
    r"(?P<side>Bought|Sold) (?P<base>[A-Z0-9]+) (?P<quantity>[0-9.,]+) for "
    r"(?:(?P<quote>[A-Z0-9]{3,}) |(?P<sign>[^0-9 ]{1,2}) ?)(?P<total>[0-9.,]+)"
)
_SIGNS = {"£": "GBP", "€": "EUR", "R": "ZAR", "RM": "MYR"}
_SIDES = {"Bought": "BUY", "Sold": "SELL", "BID": "BUY", "ASK": "SELL"}
_WORD = re.compile(r"[A-Za-z]+")
_MOST_DIGITS = 18


def asset(code: str) -> str:
    return "BTC" if code == "XBT" else code


def _words(row: Row) -> str:
    return row["Description"].replace("\u00a0", " ").strip()


def _told(row: Row) -> re.Match[str] | None:
    return _ON_MARKET.fullmatch(_words(row)) or _INSTANT.fullmatch(_words(row))


def _money_of(found: re.Match[str]) -> str:
    quote = found["quote"] or _SIGNS.get(found["sign"], "")
    if not quote:
        raise Malformed("ASSET_UNUSABLE", f"the sign {found['sign']!r} is of no currency that we know")
    return asset(quote)


def _of_coin(row: Row, found: re.Match[str]) -> bool:
    """Whether this is the row of the coin, not of the money that it was traded for."""
    return asset(row["Currency"]) == asset(found["base"])


def _place(row: Row) -> tuple[str, int]:
    number = row["Row"]
    return row["Wallet ID"], int(number) if number.isascii() and number.isdigit() and len(number) <= _MOST_DIGITS else 0


def _gather(rows: Iterable[Row]) -> Iterator[Row]:
    """Each trade with its fees beside it and, where the file holds both statements, with its other leg."""
    trades: list[Row] = []
    fees: dict[int, list[Row]] = {}
    of_reference: dict[tuple[str, str], int] = {}
    behind: dict[str, int] = {}  # wallet -> the trade that its next row may be the fee of
    for row in sorted(rows, key=_place):
        wallet, reference = row["Wallet ID"], row.get("Reference")
        if _told(row) is not None:
            behind[wallet] = of_reference[wallet, reference] = len(trades)
            trades.append(row)
            continue
        trade = of_reference.get((wallet, reference)) if reference else behind.get(wallet)
        if _words(row) == FEE and trade is not None:
            fees.setdefault(trade, []).append(row)
            continue
        behind.pop(wallet, None)
        yield row
    yield from _paired([replace(row, beside=tuple(fees.get(n, ()))) for n, row in enumerate(trades)])


def _paired(trades: Sequence[Row]) -> Iterator[Row]:
    """The coin's rows with the money's leg that tells the same trade, and the legs left over."""
    legs: dict[tuple[str, str, str], list[Row]] = {}
    coins: list[Row] = []
    for row in trades:
        found = _told(row)
        if found is not None and _of_coin(row, found):
            coins.append(row)
        else:
            legs.setdefault(_name(row), []).append(row)
    for row in coins:
        if same := legs.get(_name(row)):
            leg = same.pop(0)
            row = replace(row, beside=(*row.beside, leg, *leg.beside))
        yield row
    for left in legs.values():
        yield from left


def _name(row: Row) -> tuple[str, str, str]:
    """What both legs of a trade say alike."""
    return row.get("Reference"), row["Timestamp"], _words(row)


def _kind(row: Row, sheet: Sheet) -> str:
    found = _told(row)
    if found is not None:
        return "" if _of_coin(row, found) else LEG
    return " ".join(_WORD.findall(_words(row))[:2]) or "row without words"


def _trade(row: Row, sheet: Sheet) -> Fields:
    found = _told(row)
    if found is None:
        raise ValueError("only rows that tell a trade are read as one")
    quantity = cells.number("quantity", found["quantity"], grouped=True)
    instant = found.re is _INSTANT
    if instant:
        price = cells.price_of(quantity, cells.number("total", found["total"], grouped=True))
    else:
        price = cells.number("price", found["price"], grouped=True)
    legs = [beside for beside in row.beside if _words(beside) != FEE]
    _check_moved(sheet.number(row, "Balance delta"), quantity)
    for leg in legs:
        cells.check_total(quantity, price, abs(sheet.number(leg, "Balance delta")))
    fee, fee_asset = _fee([beside for beside in row.beside if _words(beside) == FEE], sheet)
    return fields(
        symbol=f"{asset(found['base'])}/{_money_of(found)}", side=_SIDES[found["side"]], quantity=quantity, price=price,
        fee=ZERO if fee is None and (instant or legs) else fee, fee_asset=fee_asset, at=sheet.at(row, "Timestamp"),
        order=row.get("Reference"),
    )  # fmt: skip


def _fee(rows: Sequence[Row], sheet: Sheet) -> tuple[Decimal | None, str]:
    """What its fee rows took: what left is a fee, what came a rebate. None when there is no such row: one leg alone does not say."""
    assets = {asset(row["Currency"]) for row in rows}
    if len(assets) > 1:
        raise Malformed("FEE_IN_TWO_ASSETS", f"its fee rows are in {' and '.join(sorted(assets))}; a fill has one fee")
    if not rows:
        return None, ""
    fee = ZERO
    for row in rows:
        fee = CONTEXT.subtract(fee, sheet.number(row, "Balance delta"))
    return fee, assets.pop()


def _check_moved(delta: Decimal, quantity: Decimal) -> None:
    """Refuse a row whose words say another amount than its balance moved by."""
    if abs(delta) != quantity:
        raise Malformed("TOTAL_DIFFERS", f"its words say {plain(quantity)}, but the balance moved by {plain(abs(delta))}")


def _of_api(row: Row, sheet: Sheet) -> Fields:
    quantity, price = sheet.number(row, "volume"), sheet.number(row, "price")
    cells.check_total(quantity, price, sheet.number(row, "counter"))
    base, _, quote = sheet.pair(row["pair"].replace("XBT", "BTC")).partition("/")
    in_base, in_quote = sheet.number(row, "fee_base"), sheet.number(row, "fee_counter")
    if in_base and in_quote:
        raise Malformed("FEE_IN_TWO_ASSETS", "it has a fee in both assets; a fill has one fee")
    return fields(
        symbol=f"{base}/{quote}", side=_SIDES.get(row["type"], row["type"]), quantity=quantity, price=price, fee=in_base or in_quote,
        fee_asset=base if in_base else quote, at=_milliseconds(row["timestamp"]), trade_id=row["sequence"],
    )  # fmt: skip


def _milliseconds(text: str) -> str:
    if not (text.isascii() and text.isdigit() and len(text) == len("1772442000000")):
        raise Malformed("TIME_UNUSABLE", f"the time {text[:40]!r} is not in milliseconds since 1970")
    seconds, rest = divmod(int(text), 1000)
    return f"{datetime.fromtimestamp(seconds, tz=UTC):%Y-%m-%dT%H:%M:%S}.{rest:03d}Z"


LAYOUTS = (
    Layout(
        name="Luno wallet statement", venue="luno", tell=_trade, kind=_kind, gather=_gather,
        needs=("Wallet ID", "Row", "Timestamp", "Description", "Currency", "Balance delta"),
        may=("Available balance delta", "Balance", "Available balance", "Cryptocurrency transaction ID", "Cryptocurrency address",
             "Value", "Value currency", "Value amount", "Reference"),
    ),
    Layout(
        name="Luno trades of its API", venue="luno", tell=_of_api,
        needs=("pair", "sequence", "type", "timestamp", "price", "volume", "base", "counter", "fee_base", "fee_counter"),
        may=("order_id", "is_buy", "client_order_id"),
    ),
)  # fmt: skip
