"""Lot matches read back: what closing orders earned, and the rows of a tax report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection


@dataclass(frozen=True, slots=True)
class Matched:
    """All lots that one order consumed, summed. acquired_at is the oldest purchase, sold_at the last sale."""

    quantity: Decimal
    cost: Decimal
    proceeds: Decimal
    entry_fee: Decimal
    exit_fee: Decimal
    net: Decimal
    acquired_at: datetime
    sold_at: datetime


def of_orders(client_order_ids: Sequence[str]) -> dict[str, Matched]:
    """What each of these orders consumed, in one statement; an order without a match is absent."""
    if not client_order_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT client_order_id, sum(quantity), sum(cost), sum(proceeds), sum(entry_fee), sum(exit_fee), sum(net), "
            "min(acquired_at), max(sold_at) FROM ledger_lotmatch WHERE client_order_id = ANY(%s) AND client_order_id <> '' "
            "GROUP BY client_order_id",
            [list(client_order_ids)],
        )
        return {row[0]: Matched(*row[1:]) for row in cursor.fetchall()}
