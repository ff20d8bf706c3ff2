"""What paper venues answer, and that every venue stands behind the one port."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.domain.refusals import Unavailable
from ledger.models import Market
from trading import venues
from trading.domain.matcher import Candle, Working
from trading.market import store
from trading.tests.market_builders import NOON, market, window
from trading.venues.port import Ack, Ticket, Venue
from trading.venues.recorded import RecordedVenue
from trading.venues.simulated import SimVenue

RECORDED = RecordedVenue()
ALL: tuple[Venue, ...] = (RECORDED, SimVenue(base_seconds=5))  # the type checker holds them to the port
MINUTE = timedelta(minutes=1)


def ticket(place: Market, **other: object) -> Ticket:
    stated: dict[str, object] = {"type": "MARKET", "time_in_force": "IOC", "price": None}
    return Ticket("a1", place, "BUY", quantity=Decimal("0.1"), **{**stated, **other})  # type: ignore[arg-type]


def test_the_roll_and_the_adapters_agree_on_their_names():
    assert venues.names() == ("sim", "recorded")
    assert [venues.venue(name).name for name in venues.names()] == ["sim", "recorded"]
    assert venues.venue("sim") is venues.venue("sim")
    assert {(place.name, place.live_data) for place in ALL} == {("recorded", False), ("sim", True)}


@pytest.mark.django_db
def test_a_paper_venue_takes_market_orders_and_immediate_or_cancel_limits():
    place = market()
    limit = ticket(place, type="LIMIT", price=Decimal(20_000))
    assert RECORDED.submit([ticket(place), limit], now=NOON) == [Ack("a1", "ACCEPTED"), Ack("a1", "ACCEPTED")]
    assert RECORDED.cancel(["a1", "b2"], now=NOON) == [Ack("a1", "ACCEPTED"), Ack("b2", "ACCEPTED")]


@pytest.mark.django_db
def test_a_paper_venue_takes_limits_that_rest_until_their_end():
    """One that ends at noon is late at noon."""
    place = market()
    for kind in ("LIMIT", "POST_ONLY"):
        rest = ticket(place, type=kind, time_in_force="GTC", price=Decimal(20_000))
        dated = replace(rest, time_in_force="GTD", expires_at=NOON + MINUTE)
        assert RECORDED.submit([rest, dated], now=NOON) == [Ack("a1", "ACCEPTED")] * 2
        [no] = RECORDED.submit([replace(dated, expires_at=NOON)], now=NOON)
        assert (no.outcome, no.code) == ("REJECTED", "TIME_OVER")


@pytest.mark.django_db
def test_a_paper_venue_says_no_to_a_market_that_does_not_trade():
    place = market()
    place.active = False
    [no] = RECORDED.submit([ticket(place)], now=NOON)
    assert (no.outcome, no.code) == ("REJECTED", "MARKET_NOT_ACTIVE")


@pytest.mark.django_db
def test_reports_follow_the_rules_and_costs_of_the_market():
    """Open 200.00 x 1.00015 = 200.03; 0.100 BTC, all that a volume of 1 has for us; fee 20.003 x 0.1 % = 0.020003 USDT. Of the
    same candle nothing is left when others have had it."""
    place = market()
    candle = Candle.of(window(20_000), 0)
    order = Working("a1", "BUY", "MARKET", "GTC", None, steps=200, after=candle.time)
    [report] = RECORDED.reports(market=place, working=[order], candle=candle)
    assert RECORDED.reports(market=place, working=[order], candle=candle, taken=100) == []
    assert (report.price, report.quantity) == (Decimal("200.03"), Decimal("0.1"))
    assert (report.fee, report.fee_asset, report.executed_at) == (Decimal("0.020003"), "USDT", NOON)


@pytest.mark.django_db
def test_the_recorded_venue_serves_what_was_stored_and_quotes_the_newest_close():
    """Half a basis point of 300.00 is 0.015; the hour that closed at 13:00 is newer than the minute that closed at 12:03."""
    place = market()
    store.append(market_id=place.pk, timeframe="1m", window=window(10_000, 10_100, 10_200))
    store.append(market_id=place.pk, timeframe="1h", window=window(30_000, seconds=3_600))
    assert RECORDED.symbols() == ("BTC/USDT",)
    early = RECORDED.quote(market=place, now=NOON + 2 * MINUTE)
    assert (early.middle, early.at) == (Decimal(101), NOON + 2 * MINUTE)
    late = RECORDED.quote(market=place, now=NOON + 90 * MINUTE)
    assert (late.bid, late.ask, late.at) == (Decimal("299.985"), Decimal("300.015"), NOON + 60 * MINUTE)
    assert RECORDED.closed_candles(market=place, timeframe="1m", after=NOON, now=NOON + 3 * MINUTE).close.tolist() == [10_100, 10_200]


@pytest.mark.django_db
def test_where_nothing_is_recorded_there_is_no_quote():
    with pytest.raises(Unavailable, match="NO_QUOTE"):
        RECORDED.quote(market=market(), now=NOON)
