"""What is drawn for a bot: candles, its strategy's indicators, its fills as marks. For drawing only: prices are floats here
and nowhere else. Never writes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from uuid import UUID

from accounts.domain.refusals import Malformed
from bots import strategies
from bots.domain import indicators
from bots.domain.candles import Window, timeframe_seconds
from bots.models import Bot
from trading.market import store
from trading.models.order import Order

MOST_CANDLES = 1440
PRICE_LIKE = ("ema", "high", "low")


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A candle: t is its open time in epoch seconds."""

    t: int
    o: float
    h: float
    l: float  # noqa: E741 - as every chart calls the low
    c: float
    v: float


@dataclass(frozen=True, kw_only=True)
class Point:
    t: int
    v: float


@dataclass(frozen=True, kw_only=True)
class Series:
    """One indicator, from its first candle after warm-up."""

    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True, kw_only=True)
class Dot:
    """An order of the bot with fills: t is the open time of the candle it filled in."""

    t: int
    order_id: UUID
    leg: str
    side: str
    reason: str
    price: float


@dataclass(frozen=True, kw_only=True)
class Chart:
    symbol: str
    venue: str
    timeframe: str
    candles: tuple[Bar, ...]
    series: tuple[Series, ...]
    marks: tuple[Dot, ...]


def candles(*, bot: Bot, limit: int, timeframe: str = "") -> Chart:
    """The newest `limit` candles of the bot's market. Indicators only in the bot's own timeframe."""
    if not 1 <= limit <= MOST_CANDLES:
        raise Malformed("BAD_LIMIT", f"A chart has 1 to {MOST_CANDLES} candles.", limit=limit)
    shown = timeframe or bot.timeframe
    own = shown == bot.timeframe
    seconds = timeframe_seconds(shown)
    strategy = strategies.strategy(bot.strategy)
    before = strategy.warmup(strategy.genome(bot.parameters)) if own else 0
    window = store.window(market_id=bot.market_id, timeframe=shown, until=None, count=limit + before)
    bars = _bars(window, limit)
    return Chart(
        symbol=bot.market.symbol,
        venue=bot.market.venue,
        timeframe=shown,
        candles=bars,
        series=_series(bot=bot, window=window, limit=limit) if own and bars else (),
        marks=_marks(bot=bot, since=bars[0].t, seconds=seconds) if bars else (),
    )


def _bars(window: Window, limit: int) -> tuple[Bar, ...]:
    price, volume = 10.0**window.price_places, 10.0**window.volume_places
    rows = zip(
        window.times[-limit:].tolist(),
        (window.open[-limit:] / price).tolist(),
        (window.high[-limit:] / price).tolist(),
        (window.low[-limit:] / price).tolist(),
        (window.close[-limit:] / price).tolist(),
        (window.volume[-limit:] / volume).tolist(),
        strict=True,
    )
    return tuple(Bar(t=t, o=o, h=h, l=low, c=c, v=v) for t, o, h, low, c, v in rows)


def _series(*, bot: Bot, window: Window, limit: int) -> tuple[Series, ...]:
    """The price-like series of the strategy (those on the scale of the candles), folded from before the first bar shown."""
    strategy = strategies.strategy(bot.strategy)
    keys = [key for key in strategy.series(strategy.genome(bot.parameters)) if key[0] in PRICE_LIKE]
    _, values = indicators.advance_all({}, window, keys=keys)
    times = window.times[-limit:].tolist()
    return tuple(
        Series(
            name=" ".join(str(part) for part in key).upper(),
            points=tuple(
                Point(t=t, v=v) for t, v in zip(times, found[-limit:].tolist(), strict=True) if not math.isnan(v)
            ),
        )
        for key, found in values.items()
    )


def _marks(*, bot: Bot, since: int, seconds: int) -> tuple[Dot, ...]:
    """Orders of the bot that filled, at the candle after the one they were decided on: there the paper matcher fills them."""
    filled = Order.objects.filter(bot=bot, filled_quantity__gt=0, candle__isnull=False).order_by("-created_at")
    span = timeframe_seconds(bot.timeframe)
    dots = []
    for order in filled[:MOST_CANDLES]:
        at = int(order.candle.timestamp()) + span if order.candle else 0
        if at < since:
            break
        dots.append(
            Dot(
                t=at - at % seconds,
                order_id=order.id,
                leg=order.leg,
                side=order.side,
                reason=order.reason,
                price=float(order.filled_value / order.filled_quantity),
            )
        )
    return tuple(reversed(dots))
