"""What closing orders realised: the lots they consumed, summed per client order id."""

from __future__ import annotations

from collections.abc import Sequence

from accounts.queries import sql
from ledger.domain.lots import Matched


def of_orders(client_order_ids: Sequence[str]) -> dict[str, Matched]:
    """Sums per order; an order without a match is missing."""
    rows = sql.fetch(
        "SELECT m.client_order_id, sum(m.quantity), sum(m.cost), sum(m.proceeds), sum(m.entry_fee), sum(m.exit_fee), sum(m.net), "
        "min(m.acquired_at), max(m.sold_at), coalesce(bool_or(f.bootstrap), false) FROM ledger_lotmatch m "
        "JOIN ledger_lot l ON l.id = m.lot_id LEFT JOIN ledger_fill f ON f.entry_id = l.entry_id "
        "WHERE m.client_order_id = ANY(%s) GROUP BY m.client_order_id",
        list(client_order_ids),
    )
    return {row[0]: Matched(*row[1:]) for row in rows}
