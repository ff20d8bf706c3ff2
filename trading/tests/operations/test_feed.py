"""What a feed that breaks while candles are pushed costs: the ticks of that one symbol until it is whole, and no candle."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from io import StringIO
from uuid import UUID

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection

from accounts.models import User
from accounts.tests.builders import NOON
from bots.models import Bot
from bots.operations import lifecycle
from trading.market import store
from trading.models import Order, Stream
from trading.operations import feed
from trading.operations import memory as memories
from trading.operations.feed import Skipped
from trading.operations.tick import Ticked
from trading.tests import builders
from trading.tests.doors import builders as made

BROKEN, WHOLE = "BTC/USDT", "ETH/USDT"
MINUTE = timedelta(minutes=1)
AN_ERROR = "RAISE EXCEPTION 'planted'"
THE_END = "PERFORM pg_terminate_backend(pg_backend_pid())"


@contextmanager
def broken(market: UUID, how: str) -> Iterator[None]:
    """The database fails whoever pushes candles of this market."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE FUNCTION planted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {how}; RETURN NEW; END $$")
        cursor.execute(
            "CREATE TRIGGER planted BEFORE INSERT OR UPDATE ON trading_candleblock FOR EACH ROW "
            f"WHEN (NEW.market_id = '{market}') EXECUTE FUNCTION planted()"
        )
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER planted ON trading_candleblock")
            cursor.execute("DROP FUNCTION planted()")


def runner(owner: User, symbol: str) -> Bot:
    bot = made.bot(owner, symbol=symbol, name=symbol, now=NOON)
    return lifecycle.start(bot_id=bot.id, actor=f"user:{owner.id}", request_id="", now=NOON)


def ticked(stream: Stream, *, at: datetime) -> Ticked | Skipped:
    return feed.tick_stream(stream_id=stream.id, policy=settings.POLICY, now=at, data_dir=builders.NOWHERE)


def stored(stream: Stream, *, until: datetime) -> list[int]:
    window = store.window(market_id=stream.market_id, timeframe="1m", until=until, count=5)
    return [(int(NOON.timestamp()) - at) // 60 for at in window.times.tolist()]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("how", [AN_ERROR, THE_END])
def test_a_symbol_whose_feed_breaks_stops_no_other_and_makes_up_for_what_it_missed(how: str, alice: User) -> None:
    """Both have ticked the candle of 11:59. At 12:01 that of 12:00 cannot be pushed for one of them; at 12:02 it can, with the next."""
    made.funded(alice)
    bots = {symbol: runner(alice, symbol) for symbol in (BROKEN, WHOLE)}
    feed.streams_of(venue_name="sim", timeframe="1m", now=NOON)
    streams = {symbol: Stream.objects.get(market__symbol=symbol, run="") for symbol in bots}
    for stream in streams.values():
        assert isinstance(ticked(stream, at=NOON), Ticked)

    with broken(streams[BROKEN].market_id, how):
        for _ in range(2):  # the second time its lock is free again
            with pytest.raises(DatabaseError):
                ticked(streams[BROKEN], at=NOON + MINUTE)
            connection.close()  # as a worker does between its tasks
        assert isinstance(ticked(streams[WHOLE], at=NOON + MINUTE), Ticked)
    last = {symbol: Stream.objects.get(id=stream.id).last_candle for symbol, stream in streams.items()}
    assert last == {BROKEN: NOON - MINUTE, WHOLE: NOON}
    assert stored(streams[BROKEN], until=NOON) == stored(streams[BROKEN], until=NOON - MINUTE)
    assert stored(streams[WHOLE], until=NOON)[-1] == 0
    assert not Order.objects.filter(bot=bots[BROKEN]).exists()

    for stream in streams.values():
        assert isinstance(ticked(stream, at=NOON + 2 * MINUTE), Ticked)
    for symbol, missed in ((BROKEN, 1), (WHOLE, 0)):
        stream = Stream.objects.select_related("market__base", "market__quote").get(id=streams[symbol].id)
        assert stream.last_candle == NOON + MINUTE
        assert stored(stream, until=NOON + MINUTE)[-3:] == [1, 0, -1]
        assert memories.recall(stream).readings["skipped"].tolist() == [missed]
        bots[symbol].refresh_from_db()
        assert bots[symbol].status == "RUNNING"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("how", "why"), [(AN_ERROR, "ProgrammingError: planted"), (THE_END, "OperationalError: the connection is lost")])
def test_one_cycle_by_hand_ticks_the_others_says_which_failed_and_ends_with_1(how: str, why: str, alice: User) -> None:
    """The first of all streams fails, and with it the other timeframe of its market; every other one is ticked."""
    made.funded(alice)
    runner(alice, BROKEN)
    first, *_ = feed.streams_of(venue_name="sim", timeframe="5s", now=NOON)
    market = Stream.objects.select_related("market").get(id=first).market
    out, words = StringIO(), StringIO()

    with broken(market.id, how), pytest.raises(SystemExit) as ended:
        call_command("tick", once=True, venue="sim", json=True, stdout=out, stderr=words)

    assert ended.value.code == 1
    rows = json.loads(out.getvalue())
    assert [(row["symbol"], row["timeframe"], row["failed"]) for row in rows if not row["ticked"]] == [
        (market.symbol, "5s", why), (market.symbol, "1m", why),
    ]  # fmt: skip
    assert words.getvalue().splitlines() == [f"sim {market.symbol} {timeframe} was not ticked. {why}" for timeframe in ("5s", "1m")]
    ticked = Stream.objects.filter(last_candle__isnull=False)
    assert ticked.count() == len(rows) - 2 > 2
    assert not ticked.filter(market=market).exists()


@pytest.mark.django_db(transaction=True)
def test_one_that_is_not_ticked_says_why(alice: User) -> None:
    """Its newest candle was ticked already; or, as beside a running platform, another process is at it."""
    made.funded(alice)
    runner(alice, BROKEN)
    feed.streams_of(venue_name="sim", timeframe="1m", now=NOON)
    stream = Stream.objects.get(market__symbol=BROKEN, timeframe="1m")
    assert isinstance(ticked(stream, at=NOON), Ticked)
    assert ticked(stream, at=NOON) == Skipped("no candle has closed since its last tick")

    out = StringIO()
    with psycopg.connect(**connection.get_connection_params() | {"autocommit": True}) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [stream.id.int % (1 << 63)])
        call_command("tick", once=True, venue="sim", market=BROKEN, stdout=out, stderr=StringIO())
    assert "venue sim, symbol BTC/USDT, timeframe 1m, ticked False, reason another process ticks it" in out.getvalue().splitlines()
