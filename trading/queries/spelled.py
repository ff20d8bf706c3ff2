"""The lists that are asked for most, spelled as JSON by the database: orders, trades and fills of one person.

Each row is what its shape in `trading.api.shapes` spells for one, which a test holds: here is no second meaning, only a shorter
way. It must not choose rows: whoever pages through a list hands down the page.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.queries import sql

Spelled = tuple[datetime, UUID, str]
"""Time and id, by which the list is sorted, and the JSON object."""


def orders(*, owner: UUID, page: QuerySet[Any, Any]) -> list[Spelled]:
    """The orders of a person that a page names by time and id, newest first; others' are left out. One statement."""
    return _spelled(_ORDERS, owner, page)


def trades(*, owner: UUID, page: QuerySet[Any, Any]) -> list[Spelled]:
    """The same for trades."""
    return _spelled(_TRADES, owner, page)


def fills(*, owner: UUID, page: QuerySet[Any, Any]) -> list[Spelled]:
    """The same for fills, by the ids of their entries."""
    return _spelled(_FILLS, owner, page)


def _spelled(statement: str, owner: UUID, page: QuerySet[Any, Any]) -> list[Any]:
    if page.query.is_empty():
        return []
    chosen, parameters = page.query.sql_with_params()
    return sql.fetch(statement.format(page=chosen), *parameters, owner)


def _amount(column: str) -> str:
    """Plain notation without trailing zeros, as `accounts.domain.decimals.plain` spells it; NULL stays NULL."""
    return f"trim_scale({column})::text"


def _stamp(column: str) -> str:
    """As `accounts.domain.chain.stamp` spells it."""
    return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


_PAGE = "SELECT page.at, page.id, row_to_json(shown)::text FROM ({{page}}) AS page(at, id) {rows} ORDER BY page.at DESC, page.id DESC"

# The average is value / filled to 24 places, half to even, like every division of the ledger: whole units of 1e-24 and their rest.
_ORDERS = _PAGE.format(rows=f"""
JOIN trading_order o ON o.id = page.id AND o.owner_id = %s
JOIN ledger_market m ON m.id = o.market_id LEFT JOIN bots_bot b ON b.id = o.bot_id
CROSS JOIN LATERAL (
    SELECT jsonb_path_query_first(o.verdicts, '$[*] ? (@.verdict == "REFUSED")') AS no, nullif(o.filled_quantity, 0) AS filled,
        div(o.filled_value * 1e24, nullif(o.filled_quantity, 0)) AS units, mod(o.filled_value * 1e24, nullif(o.filled_quantity, 0)) AS rest
) x
CROSS JOIN LATERAL (
    SELECT o.id, o.client_order_id, o.bot_id, coalesce(b.name, '') AS bot_name, m.venue, m.symbol, m.quote_id AS currency, o.mode, o.side,
        o.type, o.time_in_force, {_stamp("o.expires_at")} AS expires_at, o.leg, o.reason, {_amount("o.quantity")} AS quantity,
        {_amount("o.price")} AS price, {_amount("o.decision_price")} AS decision_price,
        {_amount("o.expected_edge_bps")} AS expected_edge_bps, o.reducing, o.bootstrap, o.state, o.refusal,
        CASE WHEN x.no IS NULL THEN coalesce(o.history->-1->>2, '') ELSE coalesce(x.no->>'sentence', '') END AS sentence,
        o.verdicts AS gates, {_amount("o.filled_quantity")} AS filled,
        {_amount('''(x.units + CASE WHEN 2 * x.rest > x.filled OR 2 * x.rest = x.filled AND mod(x.units, 2) = 1 THEN 1 ELSE 0 END)
            * 1e-24''')} AS average_price,
        {_amount("o.fees")} AS fees, {_stamp("o.candle")} AS candle, {_stamp("o.created_at")} AS created_at,
        {_stamp("o.updated_at")} AS updated_at
) shown""")

_TRADES = _PAGE.format(rows=f"""
JOIN trading_trade t ON t.id = page.id AND t.owner_id = %s
JOIN ledger_market m ON m.id = t.market_id LEFT JOIN bots_bot b ON b.id = t.bot_id
CROSS JOIN LATERAL (
    SELECT t.id, t.order_id, t.bot_id, coalesce(b.name, '') AS bot_name, m.symbol, m.venue, m.quote_id AS currency, t.side,
        'CLOSED' AS status, t.reason, {_amount("t.entry_price")} AS entry_price, {_amount("t.exit_price")} AS exit_price,
        {_amount("t.amount")} AS amount, {_amount("t.gross")} AS gross, {_amount("t.profit_loss")} AS profit_loss,
        {_amount("t.fees")} AS fees, {_amount("t.gross_edge_bps")} AS gross_edge_bps, t.mode = 'PAPER' AS is_paper, t.bootstrap,
        {_stamp("t.opened_at")} AS opened_at, {_stamp("t.closed_at")} AS timestamp
) shown""")

_FILLS = _PAGE.format(rows=f"""
JOIN ledger_fill f ON f.entry_id = page.id JOIN ledger_wallet w ON w.id = f.wallet_id AND w.owner_id = %s
LEFT JOIN bots_bot b ON b.book_id = f.book_id
CROSS JOIN LATERAL (
    SELECT f.entry_id AS id, f.wallet_id, f.book_id AS book, b.id AS bot_id, w.venue, f.symbol, f.side, {_amount("f.quantity")} AS quantity,
        {_amount("f.price")} AS price, {_amount("f.fee")} AS fee, f.fee_asset_id AS fee_asset, {_stamp("f.executed_at")} AS executed_at,
        f.trade_id, f.client_order_id, w.mode, f.bootstrap
) shown""")
