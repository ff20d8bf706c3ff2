"""One case per rule of the paper matcher, with numbers by hand, and what must hold for any order on any candle."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.domain import matcher
from trading.domain.matcher import Working
from trading.tests.market_builders import NOON, candle, rules

BUY = Working("buy", "BUY", "MARKET", "IOC", None, steps=100)
SELL = Working("sell", "SELL", "MARKET", "IOC", None, steps=100)


def only(order: Working, **about: object) -> matcher.Report:
    [report] = matcher.match(working=[order], candle=candle(**about), rules=rules())  # type: ignore[arg-type]
    return report


def test_a_market_buy_pays_the_open_plus_half_spread_and_slippage():
    """20,000.00 x 1.00015 = 20,003.00; fee 0.1 BTC x 20,003 x 0.1 % = 2.0003 USDT."""
    report = only(BUY)
    assert (report.kind, report.price, report.quantity) == ("FILL", Decimal("20003.00"), Decimal("0.100"))
    assert (report.fee, report.fee_asset, report.executed_at) == (Decimal("2.0003"), "USDT", NOON)


def test_a_market_sell_gets_the_open_less_half_spread_and_slippage():
    """20,000.00 x 0.99985 = 19,997.00."""
    assert only(SELL).price == Decimal("19997.00")


def test_prices_round_to_the_tick_against_the_trader():
    """10,000.01 x 1.00015 = 10,001.5100015 -> a buyer pays 10,001.52; x 0.99985 = 9,998.5099985 -> a seller gets 9,998.50."""
    assert only(BUY, open=1_000_001).price == Decimal("10001.52")
    assert only(SELL, open=1_000_001).price == Decimal("9998.50")


def test_a_seller_never_gets_less_than_one_tick():
    assert only(SELL, open=1).price == Decimal("0.01")


def test_the_tick_may_be_coarser_than_the_candles():
    """20,003.00 in ticks of 5 is 20,005 for a buyer; 19,997.00 is 19,995 for a seller."""
    coarse = rules(price_tick=Decimal(5))
    reports = matcher.match(working=[BUY, SELL], candle=candle(), rules=coarse)
    assert [report.price for report in reports] == [Decimal(20005), Decimal(19995)]


def test_the_fee_rounds_up_to_the_smallest_unit_of_the_quote_asset():
    """0.001 x 20,003.00 x 0.1 % = 0.020003 -> 0.03 in cents."""
    small = Working("buy", "BUY", "MARKET", "IOC", None, steps=1)
    [report] = matcher.match(working=[small], candle=candle(), rules=rules(quote_step=Decimal("0.01")))
    assert report.fee == Decimal("0.03")


def test_a_fee_that_fits_exactly_is_not_rounded_up():
    assert matcher.fee_of(price=Decimal(100), quantity=Decimal(1), rate=Decimal("0.001"), step=Decimal("0.01")) == Decimal("0.10")


def test_a_candle_without_volume_fills_nothing_and_a_market_order_waits():
    assert matcher.match(working=[BUY, SELL], candle=candle(volume=0), rules=rules()) == []


def test_a_candle_without_volume_ends_an_immediate_or_cancel_limit():
    order = Working("buy", "BUY", "LIMIT", "IOC", 3_000_000, steps=100)
    report = only(order, volume=0)
    assert (report.kind, report.quantity, report.executed_at) == ("EXPIRED", Decimal(0), NOON)


@pytest.mark.parametrize(
    ("side", "bound", "kind"),
    [("BUY", 2_000_300, "FILL"), ("BUY", 2_000_299, "EXPIRED"), ("SELL", 1_999_700, "FILL"), ("SELL", 1_999_701, "EXPIRED")],
)
def test_an_immediate_or_cancel_limit_fills_at_its_bound_and_expires_one_tick_past_it(side, bound, kind):
    assert only(Working("x", side, "LIMIT", "IOC", bound, steps=100)).kind == kind


def test_an_order_is_not_touched_by_a_candle_that_opened_before_it_was_placed():
    placed = int((NOON + timedelta(seconds=30)).timestamp())
    order = Working("buy", "BUY", "MARKET", "IOC", None, steps=100, after=placed)
    assert matcher.match(working=[order], candle=candle(), rules=rules()) == []
    later = candle(time=NOON + timedelta(minutes=1))
    assert len(matcher.match(working=[order], candle=later, rules=rules())) == 1


def test_only_what_is_left_of_an_order_is_filled():
    assert only(Working("buy", "BUY", "MARKET", "IOC", None, steps=100, filled_steps=60)).quantity == Decimal("0.040")
    full = Working("buy", "BUY", "MARKET", "IOC", None, steps=100, filled_steps=100)
    assert matcher.match(working=[full], candle=candle(), rules=rules()) == []


def test_the_same_fill_has_the_same_id_and_another_candle_another():
    assert only(BUY).trade_id == only(BUY).trade_id
    assert only(BUY).trade_id != only(BUY, time=NOON + timedelta(minutes=1)).trade_id
    assert only(BUY).trade_id != only(SELL).trade_id


def test_reports_come_in_claim_order():
    reports = matcher.match(working=[SELL, BUY], candle=candle(), rules=rules())
    assert [report.client_order_id for report in reports] == ["sell", "buy"]


def test_a_resting_limit_is_not_taken_for_something_else():
    with pytest.raises(ValueError, match="resting limit"):
        only(Working("rest", "BUY", "LIMIT", "GTC", 2_000_000, steps=1))


@given(
    opened=st.integers(1, 10**9),
    volume=st.integers(0, 10**6),
    side=st.sampled_from(["BUY", "SELL"]),
    bound=st.none() | st.integers(1, 10**9),
    steps=st.integers(1, 10**9),
    tick=st.sampled_from(["0.01", "0.05", "1", "0.0001"]),
    half_spread=st.decimals("0", "50", places=2),
    slippage=st.decimals("0", "50", places=4),
)
def test_no_fill_is_ever_better_than_the_recorded_book(opened, volume, side, bound, steps, tick, half_spread, slippage):
    told = rules(price_tick=Decimal(tick), half_spread_bps=half_spread, slippage_bps=slippage)
    order = Working("x", side, "MARKET" if bound is None else "LIMIT", "IOC", bound, steps=steps)
    now = candle(open=opened, volume=volume)
    for report in matcher.match(working=[order], candle=now, rules=told):
        if report.kind == "EXPIRED":
            assert bound is not None
            continue
        book = Decimal(opened) / 100
        assert volume > 0
        assert report.quantity == steps * told.amount_step
        assert report.price % told.price_tick == 0
        assert report.price >= book if side == "BUY" else report.price <= max(book, told.price_tick)
        if bound is not None:
            limit = bound * told.price_tick
            assert report.price <= limit if side == "BUY" else report.price >= limit
        owed = report.price * report.quantity * told.taker_fee
        assert owed <= report.fee < owed + told.quote_step


def test_costs_of_nothing_fill_at_the_open():
    free = rules(half_spread_bps=Decimal(0), slippage_bps=Decimal(0), taker_fee=Decimal(0))
    reports = matcher.match(working=[BUY, SELL], candle=candle(), rules=free)
    assert [(report.price, report.fee) for report in reports] == [(Decimal("20000.00"), Decimal(0))] * 2
