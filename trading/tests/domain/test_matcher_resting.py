"""Limits that rest in the paper matcher: when they take, when they are turned down, and that only a trade through their price
fills them. Bought at 19,999.00 unless said otherwise, while the market opens at 20,000.00 and reaches 5.00 to either side."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from trading.domain import matcher
from trading.domain.matcher import Working
from trading.tests.market_builders import NOON, candle, rules

D = Decimal
PLACED = int(NOON.timestamp())
MINUTE = timedelta(minutes=1)
REST = Working("rest", "BUY", "LIMIT", "GTC", 1_999_900, steps=100, after=PLACED)
OFFER = Working("offer", "SELL", "LIMIT", "GTC", 2_000_100, steps=100, after=PLACED)


def match(*orders: Working, taken: int = 0, before: int = 0, **about: object) -> list[matcher.Report]:
    return matcher.match(working=orders, candle=candle(**about), rules=rules(), taken=taken, before=before)  # type: ignore[arg-type]


def only(order: Working, *, before: int = 0, **about: object) -> matcher.Report:
    [report] = match(order, before=before, **about)  # type: ignore[arg-type]
    return report


def test_a_trade_through_its_price_fills_a_limit_at_its_own_price_with_the_makers_fee():
    """19,999.00 with a low of 19,995.00; 0.1 x 19,999 x 0.05 % = 0.99995."""
    report = only(REST)
    assert (report.kind, report.price, report.quantity, report.fee) == ("FILL", D("19999.00"), D("0.100"), D("0.99995"))
    report = only(OFFER)
    assert (report.price, report.fee) == (D("20001.00"), D("1.00005"))


@pytest.mark.parametrize(("low", "filled"), [(1_999_900, False), (1_999_899, True)])
def test_touching_its_price_is_not_enough_for_a_buy(low, filled):
    assert bool(match(REST, low=low)) is filled


@pytest.mark.parametrize(("high", "filled"), [(2_000_100, False), (2_000_101, True)])
def test_touching_its_price_is_not_enough_for_a_sell(high, filled):
    assert bool(match(OFFER, high=high)) is filled


@pytest.mark.parametrize(("low", "filled"), [(1_999_900, False), (1_999_897, True), (1_999_899, True)])
def test_a_trade_between_two_ticks_is_through_the_upper_one(low, filled):
    """Ticks of 0.05, the candle in cents: 19,998.99 and 19,998.97 lie beyond 19,999.00."""
    order = replace(REST, price_ticks=399_980)
    reports = matcher.match(working=[order], candle=candle(low=low), rules=rules(price_tick=D("0.05")))
    assert [report.price for report in reports] == [D("19999.00")] * filled


def test_a_limit_that_would_take_on_its_first_candle_fills_at_the_takers_price_with_the_takers_fee():
    """A bound of 20,010 pays 20,003.00 like a market order; 0.1 x 20,003 x 0.1 % = 2.0003. At 20,003.00 it takes, a tick less rests."""
    report = only(replace(REST, price_ticks=2_001_000))
    assert (report.price, report.fee) == (D("20003.00"), D("2.0003"))
    assert only(replace(REST, price_ticks=2_000_300)).fee == D("2.0003")
    assert only(replace(REST, price_ticks=2_000_299)).price == D("20002.99")
    report = only(replace(OFFER, price_ticks=1_999_000))
    assert (report.price, report.fee) == (D("19997.00"), D("1.9997"))


def test_what_its_first_candle_does_not_give_rests_and_pays_its_own_price():
    """0.7 BTC up to 20,010.00: 0.5 taken at 20,003.00; the rest is the book's, filled at 20,010.00 though the next open is 19,000.00."""
    order = replace(REST, price_ticks=2_001_000, steps=700)
    first = match(order)
    [rest] = matcher.waiting_after([order], first, step=D("0.001"))
    [last] = match(rest, time=NOON + MINUTE, open=1_900_000)
    assert (last.price, last.quantity) == (D("20010.00"), D("0.200"))
    assert last.fee == D("2.001")  # 0.2 x 20,010 x 0.05 %


def test_a_limit_that_rests_is_never_filled_better_than_its_price_by_a_gap_through_it():
    assert only(REST, time=NOON + MINUTE, open=1_900_000).price == D("19999.00")


def test_a_post_only_that_would_take_on_its_first_candle_is_turned_down():
    post = replace(REST, type="POST_ONLY", price_ticks=2_000_300)
    report = only(post)
    assert (report.kind, report.code, report.quantity) == ("EXPIRED", "POST_ONLY_WOULD_TAKE", D(0))
    assert only(post, volume=0).code == "POST_ONLY_WOULD_TAKE"
    assert only(replace(OFFER, type="POST_ONLY", price_ticks=1_999_700)).code == "POST_ONLY_WOULD_TAKE"


def test_a_post_only_that_rests_is_filled_as_a_maker_and_stays_one():
    post = replace(REST, type="POST_ONLY", price_ticks=2_000_299)
    assert (only(post).price, only(post).fee) == (D("20002.99"), D("1.0001495"))
    assert only(post, time=NOON + MINUTE, open=1_900_000).price == D("20002.99")


def test_resting_orders_share_the_pool_with_those_who_take_in_claim_order():
    """0.5 BTC: 0.45 taken at the open by who came first, 0.05 left for the limit."""
    taker = Working("buy", "BUY", "MARKET", "GTC", None, steps=450, after=PLACED)
    assert [(told.client_order_id, told.quantity) for told in match(taker, REST)] == [("buy", D("0.450")), ("rest", D("0.050"))]
    assert [(told.client_order_id, told.quantity) for told in match(REST, taker)] == [("rest", D("0.100")), ("buy", D("0.400"))]


def test_a_limit_fills_over_several_candles():
    """1.2 BTC at half a BTC a minute: 0.5, 0.5, 0.2."""
    working, quantities = [replace(REST, steps=1_200)], []
    for minute in range(4):
        reports = match(*working, time=NOON + minute * MINUTE)
        quantities += [report.quantity for report in reports]
        working = matcher.waiting_after(working, reports, step=D("0.001"))
    assert (quantities, working) == ([D("0.500"), D("0.500"), D("0.200")], [])


def test_a_candle_without_volume_fills_no_limit_and_it_goes_on_resting():
    assert match(REST, OFFER, volume=0) == []


def test_a_good_till_date_limit_fills_before_its_end_and_expires_on_the_candle_that_opens_at_it():
    dated = replace(REST, time_in_force="GTD", until=PLACED + 120)
    assert only(dated, time=NOON + MINUTE).kind == "FILL"
    assert only(dated, time=NOON + 2 * MINUTE).code == "TIME_OVER"
    assert only(replace(dated, until=PLACED + 61), time=NOON + MINUTE).kind == "FILL"


def test_a_limit_of_a_person_waits_through_a_gap():
    assert match(REST, time=NOON + 9 * MINUTE, before=PLACED + 60, low=1_999_900) == []
    assert only(REST, time=NOON + 9 * MINUTE, before=PLACED + 60).kind == "FILL"


def test_a_resting_entry_of_a_bot_is_not_filled_across_a_gap():
    """It has met the minute of 12:00; the next one is there, or is missing."""
    entry = replace(REST, entry=True, time_in_force="GTD", until=PLACED + 300)
    assert only(entry, time=NOON + MINUTE, before=PLACED + 60).kind == "FILL"
    assert only(entry, time=NOON + 2 * MINUTE, before=PLACED + 60).code == "MARKET_INTERRUPTED"
    assert only(entry, time=NOON + MINUTE, before=PLACED).code == "MARKET_INTERRUPTED"


def test_after_a_gap_a_limit_that_crosses_counts_as_one_that_rested():
    """Its first candle is missing. On the next one it is in the book: it pays its own price, not the better one of a taker."""
    report = only(replace(REST, price_ticks=2_001_000), time=NOON + 2 * MINUTE)
    assert (report.price, report.fee) == (D("20010.00"), D("1.0005"))


def test_a_rebate_is_paid_to_who_rests():
    """0.1 x 19,999 x -0.01 % = -0.19999."""
    [report] = matcher.match(working=[REST], candle=candle(), rules=rules(maker_fee=D("-0.0001")))
    assert report.fee == D("-0.19999")
