"""What must hold in the books whatever was killed, each as a question whose right answer is no row at all."""

from __future__ import annotations

from collections.abc import Sequence

from amarktai.tests.faults.stage import Stage
from amarktai.tests.faults.traders import Acknowledged

WORKING = "('PENDING', 'SENDING', 'OPEN', 'PARTIALLY_FILLED', 'CANCELLING', 'UNKNOWN')"
ALWAYS = {
    "an order twice": "SELECT client_order_id FROM trading_order GROUP BY 1 HAVING count(*) > 1",
    "a key with two orders": "SELECT owner_id, request_key FROM trading_order WHERE request_key <> '' GROUP BY 1, 2 HAVING count(*) > 1",
    "a fill twice": "SELECT wallet_id, symbol, trade_id FROM ledger_fill GROUP BY 1, 2, 3 HAVING count(*) > 1",
    "a fill of no order": """
        SELECT f.entry_id FROM ledger_fill f LEFT JOIN trading_order o USING (client_order_id) WHERE o.id IS NULL""",
    "an order that says what its fills do not": """
        SELECT o.id, o.filled_quantity, sum(f.quantity) FROM trading_order o LEFT JOIN ledger_fill f USING (client_order_id)
        GROUP BY o.id HAVING o.filled_quantity <> coalesce(sum(f.quantity), 0)""",
    "a trade twice": "SELECT order_id FROM trading_trade GROUP BY 1 HAVING count(*) > 1",
    "a closing order without its trade": """
        SELECT o.id FROM trading_order o LEFT JOIN trading_trade t ON t.order_id = o.id
            LEFT JOIN trading_rejectedtrade r ON r.order_id = o.id
        WHERE o.leg = 'EXIT' AND o.state IN ('FILLED', 'CANCELLED', 'EXPIRED') AND o.filled_quantity > 0
            AND t.id IS NULL AND r.order_id IS NULL""",
    "a decision without its order": """
        SELECT d.bot_id, d.candle, d.leg FROM trading_decision d
        WHERE NOT EXISTS (SELECT FROM trading_order o WHERE o.bot_id = d.bot_id AND o.candle = d.candle AND o.leg = d.leg)""",
    "money held for an order that is over": f"""
        SELECT r.client_order_id FROM ledger_reservation r LEFT JOIN trading_order o USING (client_order_id)
        WHERE r.live AND (o.id IS NULL OR o.state NOT IN {WORKING})""",
    "a working order without its money": f"""
        SELECT o.client_order_id FROM trading_order o LEFT JOIN ledger_reservation r USING (client_order_id)
        WHERE o.state IN {WORKING} AND (r.live IS NULL OR NOT r.live)""",
}
UNDER_WAY = "SELECT id, state, lease_until FROM trading_order WHERE state IN ('PENDING', 'SENDING', 'CANCELLING', 'UNKNOWN') AND updated_at < %s"


def flaws(stage: Stage) -> dict[str, list[tuple[object, ...]]]:
    """What does not hold at this moment."""
    found = {words: stage.ask(query) for words, query in ALWAYS.items()}
    return {words: rows[:5] for words, rows in found.items() if rows}


def lost(stage: Stage, promised: Sequence[Acknowledged]) -> list[Acknowledged]:
    """Orders that somebody was told of and that are not there, or are somebody else's."""
    rows = stage.ask("SELECT client_order_id, id::text, owner_id::text, request_key FROM trading_order WHERE request_key <> ''")
    stored = {row[0]: row[1:] for row in rows}
    return [one for one in promised if stored.get(one.client_order_id) != (one.order, one.person, one.key)]
