"""What the last tick saw of a bot, taken from its stream's one array of readings. Never writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from bots.domain.candles import timeframe_seconds
from bots.models import Bot
from trading.domain import reading
from trading.market import store
from trading.models.market import Stream
from trading.queries import replays

EDGE_PLACES = Decimal("0.01")


@dataclass(frozen=True, kw_only=True)
class ReadingView:
    """direction 1 enter, -1 exit, 0 neither, None while warming up. `data_age_s` counts from the candle's close.
    `skipped`: candles that no tick judged in time, for which no entry was made."""

    candle: datetime
    close: Decimal
    direction: int | None
    edge_bps: Decimal | None
    data_age_s: float
    skipped: int


def of_bot(*, bot: Bot, now: datetime) -> ReadingView | None:
    """The newest reading, None when no tick has looked at the bot yet."""
    own = Stream.objects.filter(market=bot.market_id, timeframe=bot.timeframe, run=replays.run_of(owner=bot.owner_id))
    stream = own.filter(ticked_at__isnull=False).first()
    row = reading.row_of(reading.unpack(stream.reading), bot.id) if stream is not None and stream.reading else None
    if row is None or not row["candle"]:
        return None
    places = store.window(market_id=bot.market_id, timeframe=bot.timeframe, until=None, count=1).price_places
    opened = datetime.fromtimestamp(int(row["candle"]), tz=UTC)
    ready = bool(row["ready"])
    return ReadingView(
        candle=opened,
        close=Decimal(int(row["close"])).scaleb(-places),
        direction=int(row["direction"]) if ready else None,
        edge_bps=Decimal(str(float(row["edge_bps"]))).quantize(EDGE_PLACES) if ready else None,
        data_age_s=round((now - opened).total_seconds() - timeframe_seconds(bot.timeframe), 1),
        skipped=int(row["skipped"]),
    )
