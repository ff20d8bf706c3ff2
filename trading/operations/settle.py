"""Settle: what closed candles did to the orders that wait at the venue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from bots.domain.candles import Window
from ledger.models import Market
from ledger.operations import bulk
from ledger.queries.worth import Price
from trading.domain.matcher import Candle, Report, Working
from trading.models import Stream
from trading.operations import record
from trading.venues import venue


@dataclass(frozen=True, slots=True)
class Settled:
    fills: int
    trades: int
    bots: frozenset[UUID]
    changed: bool
    still_working: bool
    resting: frozenset[UUID]


def working_orders(
    stream: Stream, market: Market, window: Window, *, now: datetime, elsewhere: Mapping[UUID, Price]
) -> Settled:
    """Match the working orders of this stream against each candle in turn and book what happened, in one transaction.
    `elsewhere`: prices of other markets at this time, for valuing what was touched."""
    rows = bulk.fetch(
        """
        SELECT client_order_id, side, type, time_in_force, price, quantity, filled_quantity, extract(epoch FROM created_at), bot_id, leg
        FROM trading_order
        WHERE market_id = %s AND timeframe = %s AND run = %s AND state = ANY(%s) ORDER BY created_at, id
        """,
        market.id, stream.timeframe, stream.run, ["OPEN", "PARTIALLY_FILLED"],
    )  # fmt: skip
    waiting = [_working(row, market) for row in rows]
    reports: list[Report] = []
    for index in range(len(window)):
        if not waiting:
            break
        found = venue(market.venue).reports(market=market, working=waiting, candle=Candle.of(window, index))
        reports += found
        gone = {report.client_order_id for report in found}
        waiting = [order for order in waiting if order.client_order_id not in gone]
    mark = Decimal(int(window.close[-1])).scaleb(-window.price_places)
    booked = record.book_reports(reports, market=market, marks={**elsewhere, market.id: (mark, now)}, now=now)
    names = {order.client_order_id for order in waiting}
    resting = frozenset(row[8] for row in rows if row[0] in names and row[9] == "ENTRY" and row[8] is not None)
    return Settled(booked.fills, booked.trades, booked.bots, bool(reports), bool(waiting), resting)


def _working(row: tuple[Any, ...], market: Market) -> Working:
    name, side, kind, time_in_force, price, quantity, filled, created, _, _ = row
    return Working(
        client_order_id=name, side=side, type=kind, time_in_force=time_in_force,
        price_ticks=None if price is None else int(price / market.price_tick), steps=_steps(quantity, market),
        filled_steps=_steps(filled, market), after=int(created),
    )


def _steps(quantity: Decimal, market: Market) -> int:
    return int((quantity / market.amount_step).to_integral_value())
