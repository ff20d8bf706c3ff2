"""One case per rule of the paper matcher, with numbers by hand: prices, fees, and who may have what of a candle's volume. Orders
that rest are in test_matcher_resting, what must hold for any orders on any candle in test_matcher_properties."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from trading.domain import fees, matcher
from trading.domain.matcher import Working
from trading.tests.market_builders import NOON, candle, rules

D = Decimal
PLACED = int(NOON.timestamp())
MINUTE = timedelta(minutes=1)
BUY = Working("buy", "BUY", "MARKET", "GTC", None, steps=100, after=PLACED)
SELL = Working("sell", "SELL", "MARKET", "GTC", None, steps=100, after=PLACED)
BOUNDED = Working("bounded", "BUY", "LIMIT", "IOC", 3_000_000, steps=100, after=PLACED)


def match(*orders: Working, taken: int = 0, before: int = 0, **about: object) -> list[matcher.Report]:
    return matcher.match(working=orders, candle=candle(**about), rules=rules(), taken=taken, before=before)  # type: ignore[arg-type]


def only(order: Working, **about: object) -> matcher.Report:
    [report] = match(order, **about)  # type: ignore[arg-type]
    return report


def said(*orders: Working, **about: object) -> list[tuple[str, str, Decimal]]:
    """(order, FILL or why it expired, quantity) of each report."""
    return [(told.client_order_id, told.code or told.kind, told.quantity) for told in match(*orders, **about)]  # type: ignore[arg-type]


def test_a_market_buy_pays_the_open_plus_half_spread_and_slippage():
    """20,000.00 x 1.00015 = 20,003.00; fee 0.1 BTC x 20,003 x 0.1 % = 2.0003 USDT."""
    report = only(BUY)
    assert (report.kind, report.price, report.quantity) == ("FILL", D("20003.00"), D("0.100"))
    assert (report.fee, report.fee_asset, report.executed_at) == (D("2.0003"), "USDT", NOON)


def test_a_market_sell_gets_the_open_less_half_spread_and_slippage():
    """20,000.00 x 0.99985 = 19,997.00."""
    assert only(SELL).price == D("19997.00")


def test_prices_round_to_the_tick_against_the_trader():
    """10,000.01 x 1.00015 = 10,001.5100015 -> a buyer pays 10,001.52; x 0.99985 = 9,998.5099985 -> a seller gets 9,998.50."""
    assert only(BUY, open=1_000_001).price == D("10001.52")
    assert only(SELL, open=1_000_001).price == D("9998.50")


def test_a_seller_never_gets_less_than_one_tick():
    assert only(SELL, open=1).price == D("0.01")


def test_the_tick_may_be_coarser_than_the_candles():
    """20,003.00 in ticks of 5 is 20,005 for a buyer; 19,997.00 is 19,995 for a seller."""
    coarse = rules(price_tick=D(5))
    reports = matcher.match(working=[BUY, SELL], candle=candle(), rules=coarse)
    assert [report.price for report in reports] == [D(20005), D(19995)]


def test_the_fee_rounds_up_to_the_smallest_unit_of_the_quote_asset():
    """0.001 x 20,003.00 x 0.1 % = 0.020003 -> 0.03 in cents."""
    [report] = matcher.match(working=[replace(BUY, steps=1)], candle=candle(), rules=rules(quote_step=D("0.01")))
    assert report.fee == D("0.03")


def test_a_fee_that_fits_exactly_is_not_rounded_up():
    assert fees.fee_of(price=D(100), quantity=D(1), rate=D("0.001"), step=D("0.01")) == D("0.10")


def test_a_rebate_keeps_its_sign_and_rounds_against_the_trader():
    """1 x 123.45 x -0.01 % = -0.012345: a cent comes back, not two."""
    assert fees.fee_of(price=D("123.45"), quantity=D(1), rate=D("-0.0001"), step=D("0.01")) == D("-0.01")


def test_the_parts_of_an_order_pay_no_more_fees_than_the_whole():
    """Fees in cents, 0.1 %. The first 0.001 BTC at 20,003 owe 0.020003: 0.03. Both parts together owe 0.040006: 0.05, so that the
    second one owes 0.02 and not 0.03: more than 0.05 was never held for this order."""
    cents = rules(quote_step=D("0.01"), amount_step=D("0.0005"), amount_min=D("0.0005"))
    first = replace(BUY, steps=4)
    [half] = matcher.match(working=[first], candle=candle(), rules=cents, taken=998)
    assert (half.quantity, half.fee) == (D("0.001"), D("0.03"))
    [rest] = matcher.waiting_after([first], [half], step=D("0.0005"))
    [other] = matcher.match(working=[rest], candle=candle(time=NOON + MINUTE), rules=cents)
    assert (other.quantity, other.fee) == (D("0.001"), D("0.02"))
    assert fees.fee_of(price=D("20003"), quantity=D("0.002"), rate=D("0.001"), step=D("0.01")) == D("0.05")


def test_costs_of_nothing_fill_at_the_open():
    free = rules(half_spread_bps=D(0), slippage_bps=D(0), taker_fee=D(0))
    reports = matcher.match(working=[BUY, SELL], candle=candle(), rules=free)
    assert [(report.price, report.fee) for report in reports] == [(D("20000.00"), D(0))] * 2


def test_the_pool_is_a_tenth_of_the_volume_in_whole_steps_rounded_down():
    """5.009 BTC: a tenth is 0.5009, of which 500 steps of 0.001 are whole; in steps of 0.3 it is one; of 0.009 BTC it is none."""
    assert matcher.pool_steps(candle=candle(volume=5_009), rules=rules()) == 500
    assert matcher.pool_steps(candle=candle(volume=5_009), rules=rules(amount_step=D("0.3"))) == 1
    assert matcher.pool_steps(candle=candle(volume=9), rules=rules()) == 0


def test_two_orders_cannot_take_the_same_liquidity_and_who_claimed_first_is_served_first():
    """0.5 BTC for 0.3 + 0.3 + 0.3: whole, then 0.2, then nothing."""
    orders = [replace(BUY, client_order_id=name, steps=300) for name in ("first", "second", "third")]
    assert said(*orders) == [("first", "FILL", D("0.300")), ("second", "FILL", D("0.200"))]
    assert said(*orders[::-1]) == [("third", "FILL", D("0.300")), ("second", "FILL", D("0.200"))]


def test_buyers_and_sellers_share_one_pool():
    assert said(replace(SELL, steps=450), replace(BUY, steps=100)) == [("sell", "FILL", D("0.450")), ("buy", "FILL", D("0.050"))]


def test_what_others_have_had_of_the_candle_is_gone():
    assert said(BUY, taken=440) == [("buy", "FILL", D("0.060"))]
    assert said(BUY, taken=500) == []
    assert said(BUY, taken=9_999) == []


def test_a_market_order_takes_what_there_is_and_waits_for_the_next_candle():
    """0.7 BTC: 0.5 now, 0.2 at the next open of 21,000.00 x 1.00015 = 21,003.15."""
    large = replace(BUY, steps=700)
    [first] = match(large)
    [rest] = matcher.waiting_after([large], [first], step=D("0.001"))
    assert (first.quantity, rest.filled_steps, rest.filled_value, rest.fees) == (D("0.500"), 500, D("10001.5"), D("10.0015"))
    last = only(rest, open=2_100_000, time=NOON + MINUTE)
    assert (last.price, last.quantity) == (D("21003.15"), D("0.200"))
    assert matcher.waiting_after([rest], [last], step=D("0.001")) == []


def test_an_immediate_or_cancel_order_takes_what_there_is_and_the_rest_expires():
    large = replace(BOUNDED, steps=700)
    assert said(large) == [("bounded", "FILL", D("0.500")), ("bounded", "TOO_LITTLE_TRADED", D(0))]
    assert matcher.waiting_after([large], match(large), step=D("0.001")) == []
    assert said(replace(SELL, time_in_force="IOC", steps=502)) == [("sell", "FILL", D("0.500")), ("sell", "TOO_LITTLE_TRADED", D(0))]


def test_a_fill_or_kill_order_is_filled_whole_or_not_at_all():
    """500 steps fit, 501 do not; what it does not take is there for the next in line."""
    whole = replace(BOUNDED, time_in_force="FOK", steps=500)
    assert said(whole) == [("bounded", "FILL", D("0.500"))]
    assert said(replace(whole, steps=501), BUY) == [("bounded", "TOO_LITTLE_TRADED", D(0)), ("buy", "FILL", D("0.100"))]


def test_a_candle_without_volume_fills_nothing_and_a_market_order_waits():
    assert match(BUY, SELL, volume=0) == []


@pytest.mark.parametrize("force", ["IOC", "FOK"])
def test_a_candle_without_volume_ends_an_immediate_order(force):
    report = only(replace(BOUNDED, time_in_force=force), volume=0)
    assert (report.kind, report.quantity, report.executed_at) == ("EXPIRED", D(0), NOON)


@pytest.mark.parametrize(
    ("side", "bound", "told"),
    [
        ("BUY", 2_000_300, "FILL"), ("BUY", 2_000_299, "PRICE_PAST_BOUND"), ("SELL", 1_999_700, "FILL"),
        ("SELL", 1_999_701, "PRICE_PAST_BOUND"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("force", ["IOC", "FOK"])
def test_an_immediate_limit_fills_at_its_bound_and_expires_one_tick_past_it(side, bound, told, force):
    [(_, outcome, _)] = said(Working("x", side, "LIMIT", force, bound, steps=100, after=PLACED))
    assert outcome == told


def test_an_order_is_not_touched_by_a_candle_that_opened_before_it_was_placed():
    order = replace(BUY, after=PLACED + 30)
    assert match(order) == []
    assert len(match(order, time=NOON + MINUTE)) == 1


def test_an_immediate_order_is_for_the_candle_that_follows_and_never_filled_across_a_gap():
    """Placed at 12:00:00 or 12:00:30. The minutes of 12:00 and 12:01 follow; with those missing, one minute more is a gap."""
    half_past = replace(BOUNDED, after=PLACED + 30)
    assert only(half_past, time=NOON + MINUTE).kind == "FILL"
    assert only(half_past, time=NOON + 2 * MINUTE).code == "MARKET_INTERRUPTED"
    assert only(BOUNDED, time=NOON + MINUTE).code == "MARKET_INTERRUPTED"
    assert only(replace(BOUNDED, time_in_force="FOK"), time=NOON + MINUTE).code == "MARKET_INTERRUPTED"


def test_a_market_exit_fills_at_the_next_candle_that_there_is():
    assert only(SELL, time=NOON + 100 * MINUTE).price == D("19997.00")


def test_only_what_is_left_of_an_order_is_filled():
    assert only(replace(BUY, filled_steps=60)).quantity == D("0.040")
    assert match(replace(BUY, filled_steps=100)) == []


def test_the_same_fill_has_the_same_id_and_another_candle_another():
    assert only(BUY).trade_id == only(BUY).trade_id
    assert only(BUY).trade_id != only(BUY, time=NOON + MINUTE).trade_id
    assert only(BUY).trade_id != only(SELL).trade_id


def test_reports_come_in_claim_order():
    assert [report.client_order_id for report in match(SELL, BUY)] == ["sell", "buy"]


def test_nobody_gets_a_part_that_is_too_small_to_be_sold_or_is_left_with_one():
    """Orders of 5 USDT at least: 0.000278 BTC at an exit ten percent under 20,003, in steps of 0.0001 that is 3, and one more for a
    fee out of the coins. Of 10 steps a pool of 3 gives none, one of 4 gives 4, one of 9 gives 6, so that 4 are left."""
    fine = rules(amount_step=D("0.0001"), amount_min=D("0.0001"))
    order = replace(BUY, steps=10)
    for pool, given in ((3, []), (4, [4]), (6, [6]), (9, [6]), (10, [10])):
        reports = matcher.match(working=[order], candle=candle(), rules=fine, taken=5_000 - pool)
        assert [report.quantity / fine.amount_step for report in reports] == given
    small = replace(BUY, steps=5)
    assert matcher.match(working=[small], candle=candle(), rules=fine, taken=4_996) == []
