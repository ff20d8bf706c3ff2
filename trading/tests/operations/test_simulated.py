"""The generated market: one path, read at any scale, in any process, at any time."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

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
from trading.venues import simulated
from trading.venues.simulated import LISTINGS, SimVenue

SIM = SimVenue(base_seconds=5)
BTC = Market(venue="sim", symbol="BTC/USDT")
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MINUTES = 29_919_600  # minutes from 1970 to NOON
IN_ANOTHER_PROCESS = """
import hashlib
from trading.domain.price_path import Path
import numpy
middle = Path(seed="amarktai", symbol="BTC/USDT", start_price=60000.0, start_volume=0.2).middle(numpy.arange(1795174000, 1795177600))
print(hashlib.sha256(middle.tobytes()).hexdigest())
"""


@settings(deadline=None, max_examples=25)
@given(first=st.integers(0, 30_000_000), symbol=st.sampled_from(SIM.symbols()))
def test_a_minute_is_the_exact_sum_of_its_five_second_candles(first, symbol):
    minutes = SIM.candles(symbol=symbol, seconds=60, first=first, count=3)
    small = SIM.candles(symbol=symbol, seconds=5, first=first * 12, count=36)
    assert minutes.times.tolist() == small.times[::12].tolist()
    assert minutes.open.tolist() == small.open[::12].tolist()
    assert minutes.close.tolist() == small.close[11::12].tolist()
    assert minutes.high.tolist() == small.high.reshape(3, 12).max(axis=1).tolist()
    assert minutes.low.tolist() == small.low.reshape(3, 12).min(axis=1).tolist()
    assert minutes.volume.tolist() == small.volume.reshape(3, 12).sum(axis=1).tolist()


@settings(deadline=None, max_examples=25)
@given(first=st.integers(0, 30_000_000), count=st.integers(2, 300), cut=st.integers(1, 299))
def test_the_same_candles_come_out_however_the_time_is_cut(first, count, cut):
    cut = min(cut, count - 1)
    whole = SIM.candles(symbol="BTC/USDT", seconds=60, first=first, count=count)
    left = SIM.candles(symbol="BTC/USDT", seconds=60, first=first, count=cut)
    right = SIM.candles(symbol="BTC/USDT", seconds=60, first=first + cut, count=count - cut)
    for name in ("times", "open", "high", "low", "close", "volume"):
        assert np.concatenate([getattr(left, name), getattr(right, name)]).tolist() == getattr(whole, name).tolist()


def test_another_process_sees_the_same_bits():
    here: dict[str, object] = {}
    exec(IN_ANOTHER_PROCESS.replace("print(", "out = ("), here)
    root = Path(simulated.__file__).parents[2]
    told = subprocess.run(
        [sys.executable, "-c", IN_ANOTHER_PROCESS],
        cwd=root,
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == here["out"]


def test_the_path_is_pinned_so_that_no_upgrade_moves_history():
    """Opening prices of three minutes, written down when the path was made."""
    assert SIM.candles(symbol="BTC/USDT", seconds=60, first=MINUTES, count=3).open.tolist() == PINNED


def test_candles_are_well_formed_and_mostly_traded():
    day = SIM.candles(symbol="SOL/USDT", seconds=60, first=MINUTES - 1_440, count=1_440)
    assert (day.low > 0).all()
    assert (day.low <= day.open).all()
    assert (day.low <= day.close).all()
    assert (day.high >= day.open).all()
    assert (day.high >= day.close).all()
    assert (day.volume > 0).mean() > 0.95


def test_the_market_moves_like_one():
    """Thirty days: a minute moves 3 to 20 bps, an hour more than a minute and less than a day, some hours more than 100 bps."""
    month = SIM.candles(symbol="BTC/USDT", seconds=60, first=MINUTES - 43_200, count=43_200)
    closes = np.log(month.closes())
    minute, hour, day = (float(np.diff(closes[::step]).std() * 10_000) for step in (1, 60, 1_440))
    assert 3 < minute < 20
    assert 3 * minute < hour < 12 * minute
    assert hour < day
    assert (np.abs(np.diff(closes[::60])) * 10_000 > 100).sum() > 20


def test_a_quote_lies_around_the_path_at_its_second():
    now = NOON + timedelta(seconds=17, milliseconds=900)
    top = SIM.quote(market=BTC, now=now)
    [close] = SIM.candles(symbol="BTC/USDT", seconds=1, first=int(now.timestamp()), count=1).close.tolist()
    price = Decimal(close) / 100
    assert top.at == NOON + timedelta(seconds=17)
    assert top.bid < price < top.ask
    assert Decimal("0.99") < top.spread_bps < Decimal("1.01")


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


PINNED = [6_329_014, 6_320_925, 6_318_434]
