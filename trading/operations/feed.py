"""The live feed: new closed candles of a market are fetched once, stored, and ticked. One process at a time per stream."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from uuid import UUID

import structlog
from django.db import connection

from accounts.domain.refusals import Missing, Unavailable
from accounts.realtime import wire
from bots.domain.candles import Window
from bots.models import Bot
from ledger.models import Market
from trading.domain.boundary import Failed, attempt
from trading.domain.costs import Top
from trading.domain.policy import Policy
from trading.market import quotes, store
from trading.models import Stream
from trading.operations import kill_switch
from trading.operations import memory as memories
from trading.operations.memory import Memory
from trading.operations.tick import Ticked, tick
from trading.queries.system import SHOWN_TIMEFRAME
from trading.venues import names, venue

log = structlog.get_logger()


def streams_of(*, venue_name: str, timeframe: str, now: datetime) -> list[UUID]:
    """The streams of a venue and timeframe that are to be ticked, made when missing: markets in use, and all at 1m."""
    place = venue(venue_name)
    place.refresh_rules(now=now)
    markets = Market.objects.filter(venue=venue_name, active=True)
    if timeframe not in (SHOWN_TIMEFRAME, place.finest):
        markets = markets.filter(id__in=Bot.objects.filter(timeframe=timeframe).exclude(status="STOPPED").values("market_id"))
    known = dict(Stream.objects.filter(market__in=markets, timeframe=timeframe, run="").values_list("market_id", "id"))
    Stream.objects.bulk_create(
        [Stream(market=market, timeframe=timeframe) for market in markets if market.id not in known], ignore_conflicts=True
    )
    return list(Stream.objects.filter(market__in=markets, timeframe=timeframe, run="").order_by("id").values_list("id", flat=True))


@dataclass(frozen=True, slots=True)
class Skipped:
    """Why a stream was not ticked although nothing failed."""

    reason: str


@dataclass(frozen=True, slots=True)
class Cycled:
    """A stream that a cycle came by, and what was raised where it failed."""

    venue: str
    symbol: str
    timeframe: str
    done: Ticked | Skipped | Failed


def cycle(*, venue_name: str | None, symbol: str | None, policy: Policy, now: datetime, data_dir: Path) -> list[Cycled]:
    """Tick every stream once: of the venue that is named, else of all with live prices; of the symbol that is named, else of all.
    One that fails holds up no other. Missing UNKNOWN_VENUE, NO_STREAM."""
    places = [venue(venue_name)] if venue_name else [place for place in map(venue, names()) if place.live_data]
    found = []
    for place in places:
        for timeframe in place.timeframes:
            ids = streams_of(venue_name=place.name, timeframe=timeframe, now=now)
            streams = Stream.objects.filter(id__in=ids).order_by("id").values_list("id", "market__symbol")
            found += [
                Cycled(place.name, name, timeframe, _attempted(stream, policy=policy, now=now, data_dir=data_dir))
                for stream, name in streams
                if symbol in (None, name)
            ]
    if symbol is not None and not found:
        raise Missing("NO_STREAM", f"No market {symbol[:41]!r} is in use there.")
    return found


def _attempted(stream: UUID, *, policy: Policy, now: datetime, data_dir: Path) -> Ticked | Skipped | Failed:
    """What ticking it answers or raises. A connection that was lost with it is given back, so that the next one has a fresh one."""
    done = attempt(partial(tick_stream, stream_id=stream, policy=policy, now=now, data_dir=data_dir))
    if isinstance(done, Failed):
        log.error("tick.failed", stream=str(stream), exc_info=done.error)
        connection.close_if_unusable_or_obsolete()
    return done


@contextmanager
def alone(stream_id: UUID) -> Iterator[bool]:
    """Whether this process is the only one that ticks the stream. A database lock: it dies with its connection."""
    key = stream_id.int % (1 << 63)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        (got,) = cursor.fetchone()
        try:
            yield got
        finally:
            if got:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


def tick_stream(*, stream_id: UUID, policy: Policy, now: datetime, data_dir: Path) -> Ticked | Skipped:
    """Fetch what has closed since the last tick and tick it. Skipped when there is nothing new or another process is at it."""
    with alone(stream_id) as mine:
        if not mine:
            return _skipped(stream_id, "another process ticks it")
        stream = Stream.objects.select_related("market__base", "market__quote").get(id=stream_id)
        if stream.backfill_until is not None:
            return _skipped(stream_id, "its history is being traded first")
        fresh = _fetch(stream, now=now)
        if not len(fresh):
            return Skipped("no candle has closed since its last tick")
        memory = memories.recall(stream)
        top = _top(memory, now=now)
        done = tick(memory, fresh, policy=policy, now=now, kill_switch=partial(kill_switch.exists, data_dir), top=top)
        memories.save(memory, candle=int(fresh.times[-1]), now=now)
        _tell(memory)
        return done


def _skipped(stream: UUID, reason: str) -> Skipped:
    log.info("tick.skipped", stream=str(stream), reason=reason)
    return Skipped(reason)


def _fetch(stream: Stream, *, now: datetime) -> Window:
    """New candles, stored. On the very first tick the history is kept for the charts and only the newest candle is ticked."""
    market = stream.market
    window = venue(market.venue).closed_candles(market=market, timeframe=stream.timeframe, after=stream.last_candle, now=now)
    if len(window):
        store.append(market_id=market.id, timeframe=stream.timeframe, window=window)
    return window if stream.last_candle is not None else window.part(-1)


def _top(memory: Memory, *, now: datetime) -> Top | None:
    """The top of the book, remembered as quote and mark; None when the venue has none, and then nothing is opened."""
    market = memory.market
    try:
        top = venue(market.venue).quote(market=market, now=now)
    except Unavailable as no:
        log.warning("quote.unavailable", market=str(market), code=no.code)
        return None
    quotes.remember(tops={market.id: top}, now=now)
    return top


def _tell(memory: Memory) -> None:
    """Let pages know that their bots have a newer reading; equity is told with it."""
    roster = memory.roster
    if roster is None:
        return
    data = {"market": str(memory.market.id), "timeframe": memory.stream.timeframe}
    people = {member.owner for member in roster.members}
    wire.publish_many_on_commit([wire.Message(person=person, type="equity", data=data) for person in people])
