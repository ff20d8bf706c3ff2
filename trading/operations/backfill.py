"""Back-fill: history of a stream traded through the real tick, chunk by chunk, before the stream goes live."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from uuid import UUID

import structlog

from accounts.realtime import wire
from bots.models import Bot
from ledger.models import Market
from ledger.operations.reference import NewMark, set_marks
from trading.domain.policy import Policy
from trading.market import store
from trading.models import Stream
from trading.operations import kill_switch
from trading.operations import memory as memories
from trading.operations.feed import alone
from trading.operations.replay import top_of
from trading.operations.tick import tick
from trading.venues import venue

log = structlog.get_logger()


def ask(*, venue_name: str, timeframe: str, since: datetime, until: datetime) -> None:
    """Ask for the history of every market of a venue that has never been ticked at this timeframe."""
    for market in Market.objects.filter(venue=venue_name):
        Stream.objects.get_or_create(
            market=market, timeframe=timeframe, run="", defaults={"backfill_from": since, "backfill_until": until}
        )


def work(*, policy: Policy, now: datetime, data_dir: Path) -> int:
    """Trade one chunk of each stream that waits and that no other process is at -> candles traded."""
    waiting = Stream.objects.filter(backfill_until__isnull=False).order_by("last_candle", "id").values_list("id", flat=True)
    return sum(_chunk(stream, policy=policy, now=now, data_dir=data_dir) for stream in waiting)


def _chunk(stream_id: UUID, *, policy: Policy, now: datetime, data_dir: Path) -> int:
    with alone(stream_id) as mine:
        if not mine:
            return 0
        stream = Stream.objects.select_related("market__base", "market__quote").get(id=stream_id)
        if stream.backfill_until is None or stream.backfill_from is None:
            return 0
        market = stream.market
        after = stream.last_candle or stream.backfill_from - timedelta(seconds=1)
        window = venue(market.venue).closed_candles(market=market, timeframe=stream.timeframe, after=after, now=now)
        if len(window):
            store.append(market_id=market.id, timeframe=stream.timeframe, window=window)
        memory = memories.recall(stream)
        for index in range(len(window)):
            candle = window.part(index, index + 1)
            at = datetime.fromtimestamp(int(candle.times[0]) + candle.seconds, tz=UTC)
            done = tick(
                memory, candle, policy=policy, now=at, top=top_of(memory, candle, now=at), kill_switch=partial(kill_switch.exists, data_dir)
            )
            if done.eventful or index == len(window) - 1:
                memories.save(memory, candle=int(candle.times[0]), now=at)
                price = Decimal(int(candle.close[-1])).scaleb(-candle.price_places)
                set_marks([NewMark(market=market.id, price=price, as_of=at, source="history")])
        if len(window) < 2:  # caught up: the next candle is a live one
            Stream.objects.filter(id=stream_id).update(backfill_until=None)
        log.info("backfill", market=str(market), candles=len(window), at=str(stream.last_candle))
    _tell(market)
    return len(window)


def _tell(market: Market) -> None:
    """Pages with a progress bar ask again."""
    people = Bot.objects.filter(market=market).exclude(status="STOPPED").values_list("owner_id", flat=True).distinct()
    wire.publish_many_on_commit([wire.Message(person=person, type="progress", data={"name": "backfill"}) for person in people])
