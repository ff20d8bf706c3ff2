"""KuCoin: "Filled Orders" of its data export (one row per order, or per fill when order splitting is shown), the same of its trading
bots, and the "Trade History" sheet of its first years (tradeCreatedAt).

The zone stands in the header of the time, as the person chose it for the export: `Filled Time(UTC+08:00)`. Sheets of the first years and
some bundles name none. Rows of orders state the order's id, which is taken; rows of fills share it, so an id is made of each.
"""

from __future__ import annotations

from accounts.domain.decimals import plain
from ledger.domain.layouts import cells
from ledger.domain.layouts.layout import Fields, Layout, Row, Sheet, check_untaxed, fields, side
from ledger.domain.numbers import ZERO

_EMPTY = "No matching records found."
_BESIDE = ("UID", "Account Type", "Order Type", "Filled Volume (USDT)", "Tax", "Maker/Taker", "Account Mode")


def _fill(row: Row, sheet: Sheet) -> Fields:
    check_untaxed(row, sheet, "Tax")
    quantity, price = sheet.number(row, "Filled Amount"), sheet.number(row, "Avg. Filled Price")
    cells.check_total(quantity, price, sheet.number(row, "Filled Volume"))
    return fields(
        symbol=cells.pair(row["Symbol"], between="-"), side=side(row["Side"]), quantity=quantity, price=price,
        fee=sheet.number(row, "Fee"), fee_asset=row["Fee Currency"], at=sheet.at(row, "Filled Time"),
        order=row["Order ID"],
    )  # fmt: skip


def _order(row: Row, sheet: Sheet) -> Fields:
    """The price of an order with several fills is cut to a few digits; what was paid in all is exact."""
    told = _fill(row, sheet)
    price = cells.price_of(sheet.number(row, "Filled Amount"), sheet.number(row, "Filled Volume"))
    return {**told, "price": plain(price), "trade_id": row["Order ID"]}


def _unfilled(row: Row, sheet: Sheet) -> str:
    if _EMPTY in row.cells.values():
        return _EMPTY
    return "order without a fill" if row["Filled Amount"] and sheet.number(row, "Filled Amount") == ZERO else ""


def _first_years(row: Row, sheet: Sheet) -> Fields:
    quantity, price = sheet.number(row, "size"), sheet.number(row, "price")
    cells.check_total(quantity, price, sheet.number(row, "funds"))
    return fields(
        symbol=cells.pair(row["symbol"], between="-"), side=side(row["side"]), quantity=quantity, price=price,
        fee=sheet.number(row, "fee"), fee_asset=row["feeCurrency"], at=sheet.at(row, "tradeCreatedAt"),
        order=row["orderId"],
    )  # fmt: skip


LAYOUTS = (
    Layout(
        name="KuCoin spot filled orders", venue="kucoin", tell=_order, kind=_unfilled,
        needs=("Order ID", "Order Time", "Symbol", "Side", "Order Price", "Order Amount", "Avg. Filled Price", "Filled Amount",
               "Filled Volume", "Filled Time", "Fee", "Fee Currency", "Status"),
        may=_BESIDE,
    ),
    Layout(
        name="KuCoin spot filled orders, order splitting shown", venue="kucoin", tell=_fill, kind=_unfilled,
        needs=("Order ID", "Symbol", "Side", "Avg. Filled Price|Filled Price", "Filled Amount", "Filled Volume",
               "Filled Time|Time Filled", "Fee", "Fee Currency"),
        may=_BESIDE,
    ),
    Layout(
        name="KuCoin trade history of its first years", venue="kucoin", tell=_first_years,
        needs=("tradeCreatedAt", "orderId", "symbol", "side", "price", "size", "funds", "fee", "feeCurrency"),
        may=("liquidity", "orderType", ""),
    ),
)  # fmt: skip
