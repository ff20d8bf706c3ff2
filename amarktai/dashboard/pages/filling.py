"""When an order that is sold or bought at the market gets its price on paper: at the open of the next candle, known once it has closed."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from amarktai.dashboard import writing
from bots.domain.candles import timeframe_seconds
from trading import venues
from trading.models.order import Order

REPLAYED = "Its price is the open of the next candle, and at this venue candles come with a replay only."


def ahead(*, venue: str, timeframe: str) -> str:
    """Before it is asked for: how long it takes at most. An empty timeframe: the venue's finest."""
    place = venues.venue(venue)
    frame = timeframe or place.finest
    if not place.live_data:
        return REPLAYED
    most = writing.span(2 * timeframe_seconds(frame))
    return f"Its price is the open of the next {frame} candle, booked when that candle closes: within {writing.kept(most)}."


def at_market(*, venue: str, side: str) -> str:
    """How much of a market order is filled: a buy has one candle, a sale goes on until it is done."""
    part = f"at most a tenth of what is traded in {'the next' if side == 'BUY' else 'each'} {venues.venue(venue).finest} candle"
    rest = "the rest ends unfilled" if side == "BUY" else "the rest waits for the candles after it, until all is sold"
    return f"A market order fills {part}; {rest}."


def of(order: Order, *, zone: str) -> str:
    """While it works: at which candle. Times are of `zone`."""
    if not venues.venue(order.market.venue).live_data:
        return REPLAYED
    seconds = timeframe_seconds(order.timeframe)
    opens = (int(order.created_at.timestamp()) // seconds + 1) * seconds
    first, then = (f"{datetime.fromtimestamp(at, tz=UTC).astimezone(ZoneInfo(zone)):%H:%M:%S}" for at in (opens, opens + seconds))
    return f"Its price is the open of the {order.timeframe} candle of {first}, booked when that candle has closed at {then} {zone}."
