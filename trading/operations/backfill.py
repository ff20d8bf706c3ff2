"""Back-fill: history of a stream traded through the real tick, chunk by chunk, before the stream goes live."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

import structlog

from accounts.realtime import wire
from bots.domain.candles import Window
from bots.models import Bot
from ledger.models import Market
from ledger.operations.reference import NewMark, set_marks
from trading.domain import chronology
from trading.domain.chronology import Price, Tape
from trading.domain.policy import Policy
from trading.market import store
from trading.models import Stream
from trading.operations import kill_switch
from trading.operations import memory as memories
from trading.operations.feed import alone
from trading.operations.memory import Memory
from trading.operations.replay_worker import top_of
from trading.operations.tick import tick
from trading.venues import venue

log = structlog.get_logger()


def ask(*, venue_name: str, timeframe: str, since: datetime, until: datetime) -> None:
    """Ask for the history of every market of a venue with bots at this timeframe that has never been ticked at it."""
    for market in Market.objects.filter(venue=venue_name, id__in=Bot.objects.filter(timeframe=timeframe).values("market_id")):
        Stream.objects.get_or_create(
            market=market, timeframe=timeframe, run="", defaults={"backfill_from": since, "backfill_until": until}
        )


def work(*, policy: Policy, now: datetime, data_dir: Path) -> int:
    """Trade a chunk of the history of all streams that wait and that no other process is at -> candles traded.

    The streams move together, candle time by candle time: a person's money lies in many markets, and what it was worth at a
    moment needs the prices of that moment in all of them.
    """
    waiting = Stream.objects.filter(backfill_until__isnull=False).order_by("id").values_list("id", flat=True)
    with ExitStack() as held:
        mine = [stream for stream in waiting if held.enter_context(alone(stream))]
        streams = Stream.objects.select_related("market__base", "market__quote").filter(id__in=mine, backfill_until__isnull=False)
        histories = [_history(stream, now=now) for stream in streams.order_by("id")]
        traded = _trade(histories, policy=policy, data_dir=data_dir)
        done = [history.memory.stream.id for history in histories if len(history.window) < 2]  # the next candle is a live one
        Stream.objects.filter(id__in=done).update(backfill_until=None)
    _tell([history.memory.market.id for history in histories])
    return traded


@dataclass(frozen=True, slots=True)
class History:
    """A chunk of candles of one stream, and what is remembered of it."""

    memory: Memory
    window: Window

    def tape(self) -> Tape:
        """Its candles, with what is known of those before."""
        memory = self.memory
        if memory.price_places != self.window.price_places:  # closes in other units are no measure
            return Tape.of(memory.market.id, self.window)
        held = None if memory.held is None else int(memory.held.close[0])
        return Tape.of(memory.market.id, self.window, accepted=memory.closes, held=held)


def _history(stream: Stream, *, now: datetime) -> History:
    market = stream.market
    first = stream.backfill_from or now
    after = stream.last_candle or first - timedelta(seconds=1)
    window = venue(market.venue).closed_candles(market=market, timeframe=stream.timeframe, after=after, now=now)
    if len(window):
        store.append(market_id=market.id, timeframe=stream.timeframe, window=window)
    return History(memories.recall(stream), window)


def _trade(histories: list[History], *, policy: Policy, data_dir: Path) -> int:
    """Tick every candle of every history in the order of time, with the prices of all markets at that time."""
    prices: dict[UUID, Price] = {}
    for step in chronology.steps([history.tape() for history in histories]):
        prices = step.prices
        for place, index in step.due:
            histories[place].memory.elsewhere = prices
            _tick(histories[place], index, policy=policy, at=step.at, data_dir=data_dir)
    set_marks([NewMark(market, price, at, "history") for market, (price, at) in prices.items()])  # older than live ones: ignored
    return sum(len(history.window) for history in histories)


def _tick(history: History, index: int, *, policy: Policy, at: datetime, data_dir: Path) -> None:
    memory, candle = history.memory, history.window.part(index, index + 1)
    thrown = partial(kill_switch.exists, data_dir)
    done = tick(memory, candle, policy=policy, now=at, top=top_of(memory, candle, now=at), kill_switch=thrown)
    last = index == len(history.window) - 1
    if done.eventful or last:
        memories.save(memory, candle=int(candle.times[0]), now=at)
    if last:
        log.info("backfill", market=str(memory.market), candles=len(history.window), at=str(at))


def _tell(markets: list[UUID]) -> None:
    """Pages with a progress bar ask again."""
    people = Bot.objects.filter(market__in=markets).exclude(status="STOPPED").values_list("owner_id", flat=True).distinct()
    wire.publish_many_on_commit([wire.Message(person=person, type="progress", data={"name": "backfill"}) for person in people])
