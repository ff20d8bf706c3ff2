"""Binance: the export "Trade History" of spot orders (Orders > Spot Order > Trade History > Export), in the two forms it has had.

Since 2021: `Date(UTC)` (of late `Time`, years with two digits, the zone only in the file's name), Pair, Side, Price, Executed, Amount,
Fee, amounts with their asset glued on: "BTCUSDT","BUY","43000","0.5BTC","21500USDT","0.0005BTC". Before: `Date(UTC)`, Market, Type,
Price, Amount, Total, Fee, Fee Coin with bare numbers. Neither states a trade id.
"""

from __future__ import annotations

from ledger.domain.layouts import cells
from ledger.domain.layouts.layout import Fields, Layout, Row, Sheet, fields, side


def _glued(row: Row, sheet: Sheet) -> Fields:
    base, executed, quote, amount = cells.split_glued(row["Pair"], row["Executed"], row["Amount"])
    fee, fee_asset = cells.split_fee(row["Fee"], sides=(base, quote))
    quantity, total = (
        cells.number(name, text, semicolons=sheet.semicolons) for name, text in (("Executed", executed), ("Amount", amount))
    )
    price = sheet.number(row, "Price")
    cells.check_total(quantity, price, total)
    return fields(
        symbol=f"{base}/{quote}", side=side(row["Side"]), quantity=quantity, price=price,
        fee=cells.number("Fee", fee, semicolons=sheet.semicolons), fee_asset=fee_asset, at=sheet.at(row, "Date"),
    )  # fmt: skip


def _bare(row: Row, sheet: Sheet) -> Fields:
    quantity, price = sheet.number(row, "Amount"), sheet.number(row, "Price")
    cells.check_total(quantity, price, sheet.number(row, "Total"))
    return fields(
        symbol=sheet.pair(row["Market"]), side=side(row["Type"]), quantity=quantity, price=price,
        fee=sheet.number(row, "Fee"), fee_asset=row["Fee Coin"], at=sheet.at(row, "Date"),
    )  # fmt: skip


LAYOUTS = (
    Layout(
        name="Binance spot trade history", venue="binance", tell=_glued,
        needs=("Date|Time", "Pair", "Side", "Price", "Executed", "Amount", "Fee"),
    ),
    Layout(
        name="Binance spot trade history before 2021", venue="binance", tell=_bare,
        needs=("Date|Time", "Market", "Type", "Price", "Amount", "Total", "Fee", "Fee Coin"),
    ),
)  # fmt: skip
