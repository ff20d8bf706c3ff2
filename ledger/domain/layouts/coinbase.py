"""Coinbase: the fills report of Coinbase Pro and Advanced, and the "Transaction history" report in the four forms it has had.

Fills: portfolio, trade id, product, side, created at, size, size unit, price, fee, total, price/fee/total unit; times end in Z.
Transaction history: some lines of preamble, then [ID,] Timestamp, Transaction Type, Asset, Quantity Transacted, [Spot] Price Currency, ...,
Notes; times end in Z or UTC. Its prices are rounded, so what was paid is taken and the price reckoned. A trade of Advanced on a market in
another currency than the report's says so only in its Notes: "Bought 0.035 SOL for 6.6899 EUR on SOL-EUR at 190 EUR/SOL".
"""

from __future__ import annotations

import re
from decimal import Decimal

from accounts.domain.decimals import plain
from accounts.domain.refusals import Malformed
from ledger.domain.layouts import cells
from ledger.domain.layouts.layout import Fields, Layout, Row, Sheet, fields, side
from ledger.domain.numbers import CONTEXT, ZERO

_SHARE_SLACK = Decimal("0.001")  # of the value; fees are 0 to 0.012 of it

_SIDES = {
    "Buy": "BUY", "Sell": "SELL", "Advanced Trade Buy": "BUY", "Advanced Trade Sell": "SELL", "Advance Trade Buy": "BUY",
    "Advance Trade Sell": "SELL",
}  # fmt: skip
_ON_MARKET = re.compile(r"(?:Bought|Sold) [0-9.,]+ \S+ for (?P<total>\S+) \S+ on (?P<product>\S+) at (?P<price>\S+) (?P<unit>[^/\s]+)/\S+")
_TOTAL, _FEES, _CURRENCY = "Total (inclusive of fees and/or spread)", "Fees and/or Spread", "Price Currency"
_AMOUNTS = (
    "Timestamp", "Transaction Type", "Asset", "Quantity Transacted", "Subtotal", f"{_TOTAL}|Total (inclusive of fees)",
    f"{_FEES}|Fees", "Notes",
)  # fmt: skip


def _fill(row: Row, sheet: Sheet) -> Fields:
    quantity, price, fee = sheet.number(row, "size"), sheet.number(row, "price"), sheet.number(row, "fee")
    told, unit = side(row["side"]), row["price/fee/total unit"]
    cells.check_paid(CONTEXT.multiply(quantity, price), fee, sheet.money(row, "total"), buying=told == "BUY")
    symbol = cells.pair(row["product"], between="-")
    if symbol != f"{row['size unit']}/{unit}":
        units = f"{row['size unit'][:20]} and {unit[:20]}"
        raise Malformed("BAD_SYMBOL", f"its product {row['product'][:40]!r} does not match its units {units}")
    return fields(
        symbol=symbol, side=told, quantity=quantity, price=price, fee=fee, fee_asset=unit, at=sheet.at(row, "created at"),
        trade_id=row["trade id"],
    )  # fmt: skip


def _kind(row: Row, sheet: Sheet) -> str:
    return "" if row["Transaction Type"] in _SIDES else row["Transaction Type"] or "row without a type"


def _trade(row: Row, sheet: Sheet) -> Fields:
    told = _SIDES[row["Transaction Type"]]
    quantity = sheet.money(row, "Quantity Transacted")
    quote, price, fee = _paid(row, sheet, quantity, told)
    return fields(
        symbol=f"{row['Asset']}/{quote}", side=told, quantity=quantity, price=price, fee=fee, fee_asset=quote,
        at=sheet.at(row, "Timestamp"), trade_id=row.get("ID"),
    )  # fmt: skip


def _paid(row: Row, sheet: Sheet, quantity: Decimal, told: str) -> tuple[str, Decimal, Decimal]:
    """(quote, price, fee) of a trade. Subtotal, fees and total are in the currency of the report."""
    value, fee, total = (sheet.money(row, column) for column in ("Subtotal", _FEES, _TOTAL))
    cells.check_paid(value, fee, total, buying=told == "BUY")
    currency = row.get(_CURRENCY) or sheet.notes.get("Subtotal", "")
    if not row["Transaction Type"].startswith("Adv"):
        return currency, cells.price_of(quantity, value), fee
    market = _market(row)
    if market["unit"] == currency:
        return currency, cells.price_of(quantity, value), fee
    return _in_other_money(market, quantity, told, share=cells.price_of(value, fee) if value else ZERO)


def _market(row: Row) -> re.Match[str]:
    found = _ON_MARKET.fullmatch(row["Notes"].strip())
    if found is None or found["product"] != f"{row['Asset']}-{found['unit']}":
        raise Malformed("NOTES_UNKNOWN", f"its Notes {row['Notes'][:80]!r} do not say on which market it was traded, and at what price")
    return found


def _in_other_money(market: re.Match[str], quantity: Decimal, told: str, *, share: Decimal) -> tuple[str, Decimal, Decimal]:
    """The same on a market of other money than the report's: out of the Notes, whose total holds the fee. Their price may be cut short,
    and the fee would take up the difference: its share of the value must be that of the report."""
    price, total = (cells.number(name, market[name], grouped=True) for name in ("price", "total"))
    value = CONTEXT.multiply(quantity, price)
    fee = CONTEXT.subtract(total, value) if told == "BUY" else CONTEXT.subtract(value, total)
    if not value or abs(CONTEXT.subtract(CONTEXT.divide(fee, value), share)) > _SHARE_SLACK:
        raise Malformed("NOTES_UNKNOWN", f"its Notes leave a fee of {plain(fee)} {market['unit']}, another share than the report says")
    return market["unit"], price, fee


LAYOUTS = (
    Layout(
        name="Coinbase fills", venue="coinbase", tell=_fill,
        needs=("trade id", "product", "side", "created at", "size", "size unit", "price", "fee", "total", "price/fee/total unit"),
        may=("portfolio",),
    ),
    Layout(
        name="Coinbase transaction history", venue="coinbase", tell=_trade, kind=_kind,
        needs=(*_AMOUNTS, f"{_CURRENCY}|Spot Price Currency", "Price at Transaction|Spot Price at Transaction"),
        may=("ID", "Sender Address", "Recipient Address"),
    ),
    Layout(
        name="Coinbase transaction history before 2022", venue="coinbase", tell=_trade, kind=_kind,
        needs=(*_AMOUNTS, "Spot Price at Transaction"),
    ),
)  # fmt: skip
