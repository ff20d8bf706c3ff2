"""The words for when an order at the market gets its price on paper, and for how much of it. The rules are `trading.queries.filling`'s."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from amarktai.dashboard import writing
from amarktai.dashboard.shapes.orders import FillLine
from trading.models.order import Order
from trading.queries import filling

REPLAYED = "Its price is the open of the next candle, and at this venue candles come with a replay only."


def ahead(*, venue: str, timeframe: str) -> str:
    """Before it is asked for: how long it takes at most. An empty timeframe: the venue's finest."""
    found = filling.ahead(venue=venue, timeframe=timeframe)
    if found.within is None:
        return REPLAYED
    most = writing.kept(writing.span(int(found.within.total_seconds())))
    return f"Its price is the open of the next {found.timeframe} candle, booked when that candle closes: within {most}."


def at_market(*, venue: str, side: str) -> str:
    """How much of a market order is filled."""
    share = filling.at_market(venue=venue, side=side)
    part = f"at most one part in {share.part} of what is traded in {'each' if share.goes_on else 'the next'} {share.timeframe} candle"
    rest = "the rest waits for the candles after it, until all is sold" if share.goes_on else "the rest ends unfilled"
    return f"A market order fills {part}; {rest}."


def of(order: Order, *, zone: str) -> str:
    """While it works: at which candle. Times are of `zone`."""
    due = filling.due(order)
    if due is None:
        return REPLAYED
    first, then = (f"{at.astimezone(ZoneInfo(zone)):%H:%M:%S}" for at in (due.opens, due.closes))
    return f"Its price is the open of the {due.timeframe} candle of {first}, booked when that candle has closed at {then} {zone}."


def dated(order: Order, *, fills: Sequence[FillLine], zone: str) -> str:
    """What the time of a fill on paper is, where it is older than its order, which a tick makes a little after its candle has closed."""
    first = min(fills, key=lambda line: line.at.iso, default=None)
    if first is None or first.at.iso >= writing.moment(order.created_at, zone=zone).iso:
        return ""
    return (
        "On paper a fill has the price and the time of a candle's open, here of the one that began when the candle that was decided on "
        "closed. The order was made after that, and the fill was booked when its own candle had closed."
    )
