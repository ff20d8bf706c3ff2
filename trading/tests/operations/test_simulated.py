"""The generated market: one path, read at any scale, in any process, at any time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.domain.refusals import Malformed, Missing
from ledger.models import Market
from trading import venues
from trading.venues.simulated import LISTINGS, SimVenue

SIM = SimVenue(base_seconds=5)
BTC = Market(venue="sim", symbol="BTC/USDT")
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MINUTES = 29_919_600  # minutes from 1970 to NOON


@settings(deadline=None, max_examples=25)
@given(
    first=st.integers(0, 500_000), symbol=st.sampled_from(SIM.symbols()),
    pair=st.sampled_from([(5, 60), (60, 300), (300, 900), (900, 3_600), (5, 3_600)]),
)
def test_every_timeframe_is_the_exact_sum_of_the_finer_one(first, symbol, pair):
    fine, coarse = pair
    parts = coarse // fine
    long = SIM.candles(symbol=symbol, seconds=coarse, first=first, count=2)
    short = SIM.candles(symbol=symbol, seconds=fine, first=first * parts, count=2 * parts)
    assert long.times.tolist() == short.times[::parts].tolist()
    assert long.open.tolist() == short.open[::parts].tolist()
    assert long.close.tolist() == short.close[parts - 1 :: parts].tolist()
    assert long.high.tolist() == short.high.reshape(2, parts).max(axis=1).tolist()
    assert long.low.tolist() == short.low.reshape(2, parts).min(axis=1).tolist()
    assert long.volume.tolist() == short.volume.reshape(2, parts).sum(axis=1).tolist()


@settings(deadline=None, max_examples=25)
@given(first=st.integers(0, 30_000_000), count=st.integers(2, 300), cut=st.integers(1, 299))
def test_the_same_candles_come_out_however_the_time_is_cut(first, count, cut):
    cut = min(cut, count - 1)
    whole = SIM.candles(symbol="BTC/USDT", seconds=60, first=first, count=count)
    left = SIM.candles(symbol="BTC/USDT", seconds=60, first=first, count=cut)
    right = SIM.candles(symbol="BTC/USDT", seconds=60, first=first + cut, count=count - cut)
    for name in ("times", "open", "high", "low", "close", "volume"):
        assert np.concatenate([getattr(left, name), getattr(right, name)]).tolist() == getattr(whole, name).tolist()


def test_the_path_is_pinned_so_that_no_upgrade_moves_history():
    """Opening prices of three minutes, written down when the path was made."""
    assert SIM.candles(symbol="BTC/USDT", seconds=60, first=MINUTES, count=3).open.tolist() == PINNED


def test_a_quote_lies_around_the_path_with_the_spread_of_its_second():
    """The wanted spread is twice the half spread; rounding outwards adds under two ticks of 0.01."""
    for moment in (17.9, 3_600, 43_200):
        now = NOON + timedelta(seconds=moment)
        top = SIM.quote(market=BTC, now=now)
        [close] = SIM.candles(symbol="BTC/USDT", seconds=1, first=int(now.timestamp()), count=1).close.tolist()
        price, wanted = Decimal(close) / 100, 2 * SIM.costs(market=BTC, at=now).half_spread_bps * Decimal(close) / 1_000_000
        assert top.at == now.replace(microsecond=0)
        assert top.bid < price < top.ask
        assert wanted <= top.ask - top.bid < wanted + Decimal("0.02")


def test_only_closed_candles_are_served():
    """At 12:00:59 the candle of 11:59 is the newest; at 12:01:00 that of 12:00."""
    late = SIM.closed_candles(market=BTC, timeframe="1m", after=None, now=NOON + timedelta(seconds=59))
    assert len(late) == 1_440
    assert late.times[-1] == NOON.timestamp() - 60
    on_time = SIM.closed_candles(market=BTC, timeframe="1m", after=NOON - timedelta(minutes=1), now=NOON + timedelta(seconds=60))
    assert on_time.times.tolist() == [NOON.timestamp()]
    assert len(SIM.closed_candles(market=BTC, timeframe="1m", after=NOON, now=NOON + timedelta(seconds=119))) == 0


def test_after_a_long_silence_the_first_missed_candles_come_first():
    after = NOON - timedelta(days=3)
    missed = SIM.closed_candles(market=BTC, timeframe="1m", after=after, now=NOON)
    assert len(missed) == 1_440
    assert missed.times[0] == after.timestamp() + 60


def test_what_it_does_not_trade_is_a_clear_no():
    with pytest.raises(Missing, match="UNKNOWN_SYMBOL"):
        SIM.quote(market=Market(venue="sim", symbol="DOGE/USDT"), now=NOON)
    with pytest.raises(Malformed, match="UNKNOWN_TIMEFRAME"):
        SIM.closed_candles(market=BTC, timeframe="7m", after=None, now=NOON)
    with pytest.raises(Missing, match="UNKNOWN_VENUE"):
        venues.venue("mtgox")
    with pytest.raises(ImproperlyConfigured, match="SIM_CANDLE_SECONDS=7"):
        SimVenue(base_seconds=7)


@pytest.mark.django_db
def test_its_markets_are_made_once_and_their_rules_are_read_anew_after_a_day():
    venues.venue("sim").ensure_markets(now=NOON)
    made = set(Market.objects.values_list("id", flat=True))
    later = NOON + timedelta(days=1)
    with CaptureQueriesContext(connection) as sent:
        venues.venue("sim").ensure_markets(now=later)
        venues.venue("sim").refresh_rules(now=later - timedelta(seconds=1))
    assert len(sent) == 2
    assert set(Market.objects.values_list("rules_as_of", flat=True)) == {NOON}
    Market.objects.filter(symbol="BTC/USDT").update(taker_fee=Decimal("0.5"))
    venues.venue("sim").refresh_rules(now=later)
    assert set(Market.objects.values_list("id", flat=True)) == made
    found = Market.objects.filter(venue="sim").order_by("symbol")
    assert [row.symbol for row in found] == sorted(LISTINGS)
    assert {row.rules_as_of for row in found} == {later}
    rules = venues.venue("sim").rules(market=found.get(symbol="BTC/USDT"), at=NOON)
    assert (rules.base, rules.quote, rules.price_tick, rules.taker_fee) == ("BTC", "USDT", Decimal("0.01"), Decimal("0.001"))


PINNED = [6_565_589, 6_568_229, 6_567_652]
