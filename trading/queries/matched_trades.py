"""Trades beside the matches that they are the sums of: which of them say something else. Never writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.queries import sql

# The last three figures are quotients, rounded: they are held against what was divided.
_UNLIKE = """
WITH told AS (
    SELECT t.*, o.client_order_id FROM trading_trade t JOIN trading_order o ON o.id = t.order_id
    WHERE t.owner_id = (SELECT owner_id FROM ledger_wallet WHERE id = %s) AND o.wallet_id = %s
), matched AS (
    SELECT client_order_id, sum(quantity) AS amount, sum(proceeds - cost) AS gross, sum(entry_fee + exit_fee) AS fees,
        sum(net) AS profit_loss, min(acquired_at) AS opened_at, max(sold_at) AS closed_at, sum(cost) AS cost, sum(proceeds) AS proceeds
    FROM ledger_lotmatch WHERE book_id IN (SELECT id FROM ledger_book WHERE wallet_id = %s) AND client_order_id <> ''
    GROUP BY client_order_id
)
SELECT t.id, t.owner_id, t.bot_id, t.client_order_id,
    t.amount, t.gross, t.fees, t.profit_loss, t.opened_at, t.closed_at, t.entry_price, t.exit_price, t.gross_edge_bps
FROM told t LEFT JOIN matched m ON m.client_order_id = t.client_order_id
WHERE (t.amount, t.gross, t.fees, t.profit_loss, t.opened_at, t.closed_at)
        IS DISTINCT FROM (m.amount, m.gross, m.fees, m.profit_loss, m.opened_at, m.closed_at)
    OR abs(t.entry_price * t.amount - m.cost) > t.amount * 0.5e-24
    OR abs(t.exit_price * t.amount - m.proceeds) > t.amount * 0.5e-24
    OR abs(t.gross_edge_bps * m.cost - t.gross * 10000) > m.cost * 0.005
ORDER BY t.id
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers and times of a trade."""

    amount: Decimal
    gross: Decimal
    fees: Decimal
    profit_loss: Decimal
    opened_at: datetime
    closed_at: datetime
    entry_price: Decimal
    exit_price: Decimal
    gross_edge_bps: Decimal


@dataclass(frozen=True, slots=True)
class Unlike:
    """A trade that is not the sum of its matches, as it is stored."""

    id: UUID
    owner: UUID
    bot: UUID | None
    client_order_id: str
    stored: Figures


def unlike(*, wallet: UUID) -> list[Unlike]:
    """The trades of a wallet whose figures are not those of their matches, in one statement."""
    rows = sql.fetch(_UNLIKE, wallet, wallet, wallet)
    return [Unlike(one, owner, bot, client_order_id, Figures(*told)) for one, owner, bot, client_order_id, *told in rows]
