"""Settle: what closed candles did to the orders that wait at the venue.

All orders of a market and run share what a candle trades, also those of other timeframes, and a candle that is matched again
after a crash changes nothing: what it gave away already is read from the ledger, under a lock of the market.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.queries import sql
from bots.domain.candles import Window, timeframe_seconds
from ledger.models import Market
from ledger.queries.worth import Price
from trading.domain import matcher
from trading.domain.matcher import Candle, Report, Working
from trading.models import Stream
from trading.operations import record
from trading.venues import venue


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of the working orders. resting: bots of which an entry that they decided still waits; people: owners of those
    that changed."""

    fills: int
    trades: int
    bots: frozenset[UUID]
    changed: bool
    still_working: bool
    resting: frozenset[UUID]
    people: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A working order, and the bot that decided to enter with it, if any."""

    order: Working
    enters: UUID | None


@dataclass(frozen=True, slots=True)
class _Taken:
    """A fill that a candle has given already: from when to when that candle lasts (epoch seconds), to which order, how much."""

    at: int
    until: int
    client_order_id: str
    quantity: Decimal


def working_orders(
    stream: Stream, market: Market, window: Window, *, price: Decimal, now: datetime, elsewhere: Mapping[UUID, Price], before: int = 0
) -> Settled:
    """Match the working orders of this stream against each candle in turn and book what happened, in one transaction.
    `price`: what a coin counts for now, `elsewhere`: prices of other markets, both for valuing what was touched. `before`: close time
    (epoch seconds) of the candle before the window, 0 when unknown."""
    with transaction.atomic():
        waiting = _waiting(stream, market)
        if not waiting:
            return Settled(0, 0, frozenset(), changed=False, still_working=False, resting=frozenset())
        taken = _taken(stream, market, window)
        left, reports = _match(market, [each.order for each in waiting], window, taken=taken, before=before)
        booked = record.book_reports(reports, market=market, marks={**elsewhere, market.id: (price, now)}, now=now)
    resting = _resting(waiting, left, newest=int(window.times[-1]))
    return Settled(booked.fills, booked.trades, booked.bots, bool(reports), bool(left), resting, booked.people)


def _resting(waiting: Sequence[_Waiting], left: Sequence[Working], *, newest: int) -> frozenset[UUID]:
    """Bots whose entry has met the newest candle and still waits. One that was sent at its close is no answer to it, also when
    the candle is settled again after a crash."""
    names = {order.client_order_id for order in left if order.after <= newest}
    return frozenset(each.enters for each in waiting if each.enters is not None and each.order.client_order_id in names)


def _match(
    market: Market, working: list[Working], window: Window, *, taken: Sequence[_Taken], before: int
) -> tuple[list[Working], list[Report]]:
    """Each candle in turn -> the orders that still wait, and all reports. Nobody is filled twice by one candle."""
    reports: list[Report] = []
    for index in range(len(window)):
        if not working:
            break
        candle = Candle.of(window, index)
        gone = [fill for fill in taken if candle.time < fill.until and fill.at < candle.ends]
        had = {fill.client_order_id for fill in gone}
        found = venue(market.venue).reports(
            market=market, working=[order for order in working if order.client_order_id not in had], candle=candle,
            taken=sum(_steps(fill.quantity, market) for fill in gone), before=before,
        )  # fmt: skip
        working = matcher.waiting_after(working, found, step=market.amount_step)
        reports += found
        before = candle.ends
    return working, reports


def _waiting(stream: Stream, market: Market) -> list[_Waiting]:
    """The working orders in claim order, locked: who cancels one waits, or has cancelled it before. What was decided at a close is
    for the candle that opens then, however late the tick was: live, replayed and back-filled alike. A part of a second after an open is
    after it. The lock of the market is taken first, so that streams of other timeframes cannot give away the same volume meanwhile."""
    rows = sql.fetch(
        """
        WITH alone AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))),
        mine AS (
            SELECT o.id, o.client_order_id, o.side, o.type, o.time_in_force, o.price, o.quantity, o.filled_quantity, o.filled_value,
                o.fees, o.created_at, o.expires_at, o.candle + make_interval(secs => %s) AS decided,
                CASE WHEN o.leg = 'ENTRY' AND o.candle IS NOT NULL THEN o.bot_id END AS enters
            FROM trading_order o, alone
            WHERE o.market_id = %s AND o.timeframe = %s AND o.run = %s AND o.ending IS NULL AND o.state = ANY(%s)
            ORDER BY o.id FOR UPDATE OF o
        )
        SELECT client_order_id, side, type, time_in_force, price, quantity, filled_quantity, filled_value, fees,
            ceil(extract(epoch FROM coalesce(decided, created_at))), ceil(extract(epoch FROM expires_at)), enters
        FROM mine ORDER BY created_at, id
        """,
        f"trading.settle {market.id} {stream.run}", timeframe_seconds(stream.timeframe), market.id, stream.timeframe, stream.run,
        ["OPEN", "PARTIALLY_FILLED"],
    )  # fmt: skip
    return [_read(row, market) for row in rows]


def _taken(stream: Stream, market: Market, window: Window) -> list[_Taken]:
    """What the candles of this window, and the longer ones that it begins in, have given to our orders by now, whichever timeframe
    they wait on. A fill stands at the open of the candle that gave it; which part of that candle gave it is not known, so it counts
    against every one."""
    first, end = int(window.times[0]), int(window.times[-1]) + window.seconds
    spans = map(timeframe_seconds, venue(market.venue).timeframes)
    opens = {first - first % span for span in spans} - {first}
    rows = sql.fetch(
        """
        SELECT extract(epoch FROM f.executed_at)::bigint, o.timeframe, f.client_order_id, f.quantity
        FROM ledger_fill f JOIN trading_order o ON o.client_order_id = f.client_order_id AND o.wallet_id = f.wallet_id
        WHERE f.market_id = %s AND (f.executed_at >= %s AND f.executed_at < %s OR f.executed_at = ANY(%s)) AND o.run = %s
        """,
        market.id, datetime.fromtimestamp(first, tz=UTC), datetime.fromtimestamp(end, tz=UTC),
        [datetime.fromtimestamp(at, tz=UTC) for at in opens], stream.run,
    )  # fmt: skip
    return [_Taken(at, at + timeframe_seconds(timeframe), name, quantity) for at, timeframe, name, quantity in rows]


def _read(row: tuple[Any, ...], market: Market) -> _Waiting:
    name, side, kind, time_in_force, price, quantity, filled, value, fees, after, expires, enters = row
    order = Working(
        client_order_id=name, side=side, type=kind, time_in_force=time_in_force,
        price_ticks=None if price is None else int(price / market.price_tick), steps=_steps(quantity, market), after=int(after),
        filled_steps=_steps(filled, market), filled_value=value, fees=fees,
        until=None if expires is None else int(expires), entry=enters is not None,
    )  # fmt: skip
    return _Waiting(order, enters)


def _steps(quantity: Decimal, market: Market) -> int:
    return int((quantity / market.amount_step).to_integral_value())
