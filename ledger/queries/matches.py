"""What closing orders realised: the lots they consumed, summed per client order id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from accounts.queries import sql


@dataclass(frozen=True, slots=True)
class Matched:
    """Units sold with a lot behind them: money in the quote asset, the oldest purchase and the last sale."""

    quantity: Decimal
    cost: Decimal
    proceeds: Decimal
    entry_fee: Decimal
    exit_fee: Decimal
    net: Decimal
    acquired_at: datetime
    sold_at: datetime


def of_orders(client_order_ids: Sequence[str]) -> dict[str, Matched]:
    """Sums per order; an order without a match is missing."""
    rows = sql.fetch(
        "SELECT client_order_id, sum(quantity), sum(cost), sum(proceeds), sum(entry_fee), sum(exit_fee), sum(net), "
        "min(acquired_at), max(sold_at) FROM ledger_lotmatch WHERE client_order_id = ANY(%s) GROUP BY client_order_id",
        list(client_order_ids),
    )
    return {row[0]: Matched(*row[1:]) for row in rows}
