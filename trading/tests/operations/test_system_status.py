"""What counts as late: streams that somebody ticks, markets of a venue with a clock of its own."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from accounts.models import User
from bots.models import Bot
from ledger.tests.builders import fund, market
from trading.models import Quote, Stream
from trading.queries import system
from trading.tests import builders

pytestmark = pytest.mark.django_db
NOON = builders.NOON


def stream(symbol: str, timeframe: str, *, venue: str = "sim", ticked: datetime | None = NOON, **changes: object) -> Stream:
    """Its last candle closed at noon."""
    seconds = {"1m": 60, "5s": 5, "5m": 300, "2s": 2}[timeframe]
    return Stream.objects.create(
        market=market(symbol, venue=venue), timeframe=timeframe, ticked_at=ticked,
        last_candle=NOON - timedelta(seconds=seconds), **changes,
    )  # fmt: skip


def names() -> set[tuple[str, str]]:
    return {(tick.venue, tick.timeframe) for tick in system.ticks(now=NOON)}


def test_minutes_and_the_finest_candle_are_always_ticked(btc: object) -> None:
    stream("BTC/USDT", "1m")
    stream("BTC/USDT", "5s")
    stream("BTC/USDT", "2s")
    assert names() == {("sim", "1m"), ("sim", "5s")}, "2 s were the finest candle before SIM_CANDLE_SECONDS was changed"


def test_another_timeframe_is_ticked_while_a_bot_trades_on_it(alice: User) -> None:
    stream("BTC/USDT", "5m")
    assert names() == set()
    fund(alice)
    bot = builders.bot(alice, venue="sim", timeframe="5m", capital="1000", supported=("sim",))
    assert names() == {("sim", "5m")}
    Bot.objects.filter(id=bot.id).update(status="PAUSED", pause_reason="STOPPING", stop_positions="close")
    Bot.objects.filter(id=bot.id).update(status="STOPPED", pause_reason="")
    assert names() == set()


def test_replays_recorded_markets_and_histories_are_never_late(btc: object) -> None:
    stream("BTC/USDT", "1m", run="a replay")
    stream("BTC/USDT", "1m", venue="recorded")
    stream("ETH/USDT", "1m", backfill_until=NOON)
    assert names() == set()
    assert system.market_data(now=NOON) == []


def test_the_age_of_market_data_is_that_of_the_newest_quote_or_candle_of_the_stalest_market(btc: object) -> None:
    stream("BTC/USDT", "1m")  # its last candle opened at 11:59 and closed at noon
    stream("ETH/USDT", "1m")
    Quote.objects.create(market=market("BTC/USDT"), bid=Decimal(1), ask=Decimal(2), at=NOON + timedelta(seconds=50))
    told = system.market_data(now=NOON + timedelta(seconds=60))
    assert told == [system.MarketData(venue="sim", markets=2, age_s=10.0, oldest_s=60.0)]
