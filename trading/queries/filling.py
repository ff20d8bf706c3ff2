"""When an order that takes gets its price on paper, and how much of it a candle fills: the matcher's rules, told ahead of a fill.
Never writes and makes no words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil

from bots.domain.candles import timeframe_seconds
from trading import venues
from trading.domain import matcher
from trading.models.order import Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """Of an order not yet asked for: its price is the open of the next candle of `timeframe`, known within `within`; None where
    candles come with a replay only."""

    timeframe: str
    within: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Of a working order: the candle whose open is its price, known once it has closed."""

    timeframe: str
    opens: datetime
    closes: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """All orders together fill at most one in `part` of what a candle of `timeframe` trades. `goes_on`: what one candle leaves
    waits for the next; otherwise it ends unfilled."""

    part: int
    timeframe: str
    goes_on: bool


def ahead(*, venue: str, timeframe: str = "") -> Ahead:
    """Asked for at any moment, the open is one candle away at most, and its close another. No timeframe: the venue's finest."""
    place = venues.venue(venue)
    frame = timeframe or place.finest
    return Ahead(timeframe=frame, within=timedelta(seconds=2 * timeframe_seconds(frame)) if place.live_data else None)


def due(order: Order) -> Due | None:
    """None where candles come with a replay only."""
    if not venues.venue(order.market.venue).live_data:
        return None
    seconds = timeframe_seconds(order.timeframe)
    decided = order.created_at if order.candle is None else order.candle + timedelta(seconds=seconds)
    opens = matcher.first_open(after=ceil(decided.timestamp()), seconds=seconds)
    first, then = (datetime.fromtimestamp(at, tz=UTC) for at in (opens, opens + seconds))
    return Due(timeframe=order.timeframe, opens=first, closes=then)


def at_market(*, venue: str, side: str) -> Share:
    """Of a market order by hand: a buy goes out as an immediate limit, a sale waits until all is sold."""
    return Share(part=matcher.POOL_PART, timeframe=venues.venue(venue).finest, goes_on=side == "SELL")
