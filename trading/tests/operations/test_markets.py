"""The universe as it is read: what is stored of each market, what traded, what was wrong, in a constant number of statements."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ledger.models import Market
from trading.domain.costs import Top
from trading.market import quotes, store
from trading.models import Stream
from trading.queries import markets
from trading.queries.markets import MarketView
from trading.tests.market_builders import NOON, market, window

pytestmark = pytest.mark.django_db
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
ALL = ("sim", "recorded")


def seen(place: Market, *, now: datetime = NOON) -> MarketView:
    [view] = [view for view in markets.universe(venue=place.venue, supported=ALL, now=now) if view.id == place.id]
    return view


def fill(place: Market, *, minutes: int, until: datetime = NOON, close: int = 2_000_000, volume: int = 1_000) -> None:
    """So many minutes that close at `until`, flat at 20,000.00, each with a volume of 1.000."""
    candles = window(*[close] * minutes, start=until - minutes * MINUTE, volume=volume)
    store.append(market_id=place.pk, timeframe="1m", window=candles)


def test_a_market_that_is_stored_for_long_enough_is_fit():
    """Ten days of minutes: 14,400 candles. One coin a minute at 20,000 is 1,440 coins or 28.8 million a day."""
    place = market()
    fill(place, minutes=14_400)
    view = seen(place)
    assert (view.tradable, view.excluded, view.reasons) == (True, (), ())
    assert (view.history_days, view.volume_24h, view.volume_as_of) == (10.0, Decimal(28_800_000), NOON)
    [span] = view.history
    assert (span.timeframe, span.candles, span.missing, span.close) == ("1m", 14_400, 0, Decimal(20_000))
    assert (span.first, span.last) == (NOON - 10 * DAY, NOON - MINUTE)


def test_what_traded_is_that_of_the_last_day_only_and_at_the_closes():
    """A day at 20,000 with a coin a minute, and before it one at 10,000 with a thousand coins a minute."""
    place = market()
    fill(place, minutes=1_440, until=NOON - DAY, close=1_000_000, volume=1_000_000)
    fill(place, minutes=1_440)
    assert seen(place).volume_24h == Decimal(28_800_000)


def test_the_last_day_of_history_ends_where_the_history_ends():
    place = market()
    fill(place, minutes=1_440, until=NOON - 400 * DAY)
    view = seen(place)
    assert (view.volume_24h, view.volume_as_of, view.price, view.price_as_of) == (
        Decimal(28_800_000), NOON - 400 * DAY, Decimal(20_000), NOON - 400 * DAY,
    )  # fmt: skip
    assert view.excluded == ("SHORT_HISTORY",)


def test_candles_that_are_not_there_are_counted_and_make_no_history():
    """One minute, then nothing for ten days, then one."""
    place = market()
    fill(place, minutes=1, until=NOON - 10 * DAY)
    fill(place, minutes=1)
    view = seen(place)
    assert view.history[0].missing == 14_400 - 1
    assert view.excluded == ("SHORT_HISTORY", "LOW_VOLUME")
    assert view.reasons[1].sentence == "It traded 20000 USDT in 24 hours; 50000 is the least."


def test_volumes_of_fourteen_digits_are_added_up_exactly():
    """99,999.99 x 99,999,999.999 in each of 1,440 minutes: as whole numbers 1.4 x 10^21, far past 63 bits."""
    place = market()
    fill(place, minutes=1_440, close=9_999_999, volume=99_999_999_999)
    assert seen(place).volume_24h == 1_440 * Decimal("99999.99") * Decimal("99999999.999")


def test_minutes_are_read_before_other_timeframes_and_old_minutes_are_not():
    place = market()
    store.append(market_id=place.pk, timeframe="1h", window=window(*[2_000_000] * 48, start=NOON - 2 * DAY, seconds=3_600))
    assert seen(place).volume_24h == Decimal(24 * 20_000)
    fill(place, minutes=60, until=NOON - 2 * DAY)
    assert seen(place).volume_24h == Decimal(24 * 20_000)
    fill(place, minutes=10)
    assert seen(place).volume_24h == Decimal(10 * 20_000)


def test_the_newest_quote_is_served_with_its_spread_and_age():
    """19,999 to 20,001 is 1 basis point; 19,800 to 20,200 is 200."""
    place = market(venue="sim")
    quotes.remember(tops={place.pk: Top(Decimal(19_999), Decimal(20_001), NOON - 3 * MINUTE)}, now=NOON)
    view = seen(place)
    assert (view.bid, view.ask, view.spread_bps, view.quote_age_s, view.price) == (
        Decimal(19_999), Decimal(20_001), Decimal(1), 180.0, Decimal(20_000),
    )  # fmt: skip
    assert (view.tradable, view.excluded) == (True, ())
    quotes.remember(tops={place.pk: Top(Decimal(19_800), Decimal(20_200), NOON)}, now=NOON)
    assert seen(place).excluded == ("WIDE_SPREAD",)
    assert seen(place, now=NOON + 6 * MINUTE).excluded == ("STALE_PRICE", "WIDE_SPREAD")


def test_the_age_of_the_rules_is_told():
    place = market()
    assert seen(place, now=NOON + DAY).rules_age_s == 86_400.0


def test_the_price_is_the_newer_of_mark_and_close():
    place = market()
    quotes.remember(tops={place.pk: Top(Decimal(10), Decimal(12), NOON - MINUTE)}, now=NOON)
    fill(place, minutes=1)
    assert (seen(place).price, seen(place).price_as_of) == (Decimal(20_000), NOON)


def test_what_was_wrong_with_the_data_is_counted_over_the_live_streams():
    place = market()
    Stream.objects.create(market=place, timeframe="1m", state={"found_wrong": {"CANDLE_HELD": 2, "QUOTE_STALE": 1}})
    Stream.objects.create(market=place, timeframe="1h", state={"found_wrong": {"CANDLE_HELD": 3}})
    Stream.objects.create(market=place, timeframe="5m", state={})
    Stream.objects.create(market=place, timeframe="1m", run="replay", state={"found_wrong": {"CANDLE_HELD": 100}})
    assert seen(place).found_wrong == {"CANDLE_HELD": 5, "QUOTE_STALE": 1}


def test_the_number_of_statements_does_not_depend_on_the_number_of_markets():
    def statements() -> int:
        with CaptureQueriesContext(connection) as sent:
            markets.universe(venue="recorded", supported=ALL, now=NOON)
        return len(sent)

    fill(market(), minutes=2)
    one = statements()
    for at in range(5):
        fill(market(symbol=f"C{at}/USDT"), minutes=2)
    assert statements() == one == 5


def test_markets_are_found_by_their_quote():
    market(symbol="BTC/USDT")
    market(symbol="BTC/EUR")
    found = markets.universe(venue="recorded", supported=ALL, now=NOON, quote="EUR")
    assert [view.symbol for view in found] == ["BTC/EUR"]
    assert markets.universe(venue="recorded", supported=ALL, now=NOON, quote="NOPE") == []
    assert markets.symbols(venue="recorded") == ["BTC/EUR", "BTC/USDT"]
