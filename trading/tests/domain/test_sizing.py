"""Sizing: bootstrap, quarter Kelly on a lower bound, whole steps, and never more than the book."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.numbers import CONTEXT
from trading.domain import fees, sizing
from trading.domain.requests import Rules
from trading.domain.sizing import Record
from trading.operations.claim import amount_to_hold
from trading.tests import market_builders
from trading.tests.domain.wishes import wish

ONE_PERCENT = Decimal("0.01")


def sized(record, *, stage="TRAINING", mode="PAPER"):
    return sizing.fraction(record=record, stage=stage, mode=mode, bootstrap_trades=5, bootstrap_fraction=ONE_PERCENT)


def test_the_first_five_trades_take_one_percent_whatever_they_bring():
    for trades in range(5):
        size = sized(Record(trades, net_return_mean=-0.5, net_return_deviation=0.1))
        assert (size.fraction, size.bootstrap) == (ONE_PERCENT, True)


def test_kelly_by_hand():
    """100 trades, mean 1 %, deviation 2 %: bound 0.01 - 1.2816 x 0.02 / 10 = 0.0074368; a quarter of 0.0074368 / 0.0004 is
    4.648, capped at 0.25. With a deviation of 10 %: bound -0.002816 < 0, so nothing. With mean 2 % and deviation 20 %:
    0.02 - 0.025632 < 0. With mean 3 % and deviation 15 %: 0.03 - 0.019224 = 0.010776; x 0.25 / 0.0225 = 0.11973 -> 0.1197."""
    assert sized(Record(100, 0.01, 0.02)).fraction == Decimal("0.25")
    assert sized(Record(100, 0.03, 0.15)).fraction == Decimal("0.1197")
    none = sized(Record(100, 0.01, 0.10), stage="LIVE", mode="LIVE")
    assert (none.fraction, none.negative_edge, none.bootstrap) == (0, True, False)


def test_a_paper_bot_in_training_keeps_trading_small_to_learn_and_says_so():
    size = sized(Record(10, -0.01, 0.02))
    assert (size.fraction, size.bootstrap, size.negative_edge) == (ONE_PERCENT, True, True)
    late = sized(Record(30, -0.01, 0.02))
    assert (late.fraction, late.bootstrap, late.negative_edge) == (ONE_PERCENT, True, True)


def test_a_record_without_spread_is_no_proof():
    assert sized(Record(50, 0.01, 0.0), stage="LIVE", mode="LIVE").fraction == 0


def test_after_twenty_trades_the_lower_bound_of_the_realised_edge_replaces_a_larger_stated_one():
    """25 trades, mean 60 bps, deviation 50: 60 - 1.2816 x 50 / 5 = 47.184 -> 47.18."""
    record = Record(25, gross_edge_mean_bps=60, gross_edge_deviation_bps=50)
    assert sizing.edge_bps(stated=Decimal(80), record=record) == (Decimal("47.18"), "REALISED")
    assert sizing.edge_bps(stated=Decimal(40), record=record) == (Decimal(40), "STATED")
    assert sizing.edge_bps(stated=Decimal(80), record=Record(19, gross_edge_mean_bps=1)) == (Decimal(80), "STATED")


def test_worked_example_one_percent_of_ten_thousand():
    """Bound 20,000 + 50 bps = 20,100; a step of 0.001 costs 20.1 x 1.001 = 20.1201; 100 / 20.1201 = 4.97: 4 steps."""
    rules = market_builders.rules()
    bound = sizing.bound_price(price=Decimal(20_000), side="BUY", bound_bps=Decimal(50), rules=rules)
    assert bound == Decimal("20100.00")
    quantity = sizing.entry_quantity(notional=Decimal(100), bound=bound, rules=rules)
    assert quantity == Decimal("0.004")
    assert amount_to_hold(wish(rules, quantity=quantity, price=bound)) == Decimal("80.4804")


@pytest.mark.parametrize(("side", "bound"), [("BUY", "20000.33"), ("SELL", "19800.34")])
def test_bounds_are_rounded_to_the_tick_towards_the_decision_price(side, bound):
    """19,900.33 x 1.005 = 19,999.83165; here 19,900.83 +/- 50 bps = 20,000.33415 and 19,801.32585 before rounding."""
    bps = Decimal(50) if side == "BUY" else Decimal("50.5")
    exact = {"BUY": "20000.33", "SELL": "19800.34"}[side]
    assert str(sizing.bound_price(price=Decimal("19900.83"), side=side, bound_bps=bps, rules=market_builders.rules())) == exact == bound


def rules_of_any_market():
    places = st.integers(min_value=0, max_value=8)
    return st.builds(
        lambda tick, step, quote, fee: market_builders.rules(
            price_tick=Decimal(1).scaleb(-tick), amount_step=Decimal(1).scaleb(-step), quote_step=Decimal(1).scaleb(-quote),
            taker_fee=Decimal(fee).scaleb(-5), amount_min=Decimal(0), cost_min=Decimal(0),
        ),
        places, places, places, st.integers(min_value=0, max_value=1_000),
    )  # fmt: skip


@given(
    rules=rules_of_any_market(), ticks=st.integers(min_value=1, max_value=10**12),
    steps=st.decimals(min_value=0, max_value=100_000, places=6), open_share=st.integers(min_value=1, max_value=100),
)  # fmt: skip
def test_a_whole_book_is_never_overdrawn_and_what_is_held_covers_the_worst_fill(rules: Rules, ticks, steps, open_share):
    """Fraction 1 of the book: whole steps, held <= cash, and a fill at the bound or better with its fee costs at most what is held."""
    bound = ticks * rules.price_tick
    cash = steps * rules.amount_step * bound
    quantity = sizing.entry_quantity(notional=cash, bound=bound, rules=rules)
    assert quantity >= 0
    assert quantity % rules.amount_step == 0
    held = amount_to_hold(wish(rules, quantity=quantity, price=bound))
    assert held <= cash
    for price in {bound, max(ticks * open_share // 100, 1) * rules.price_tick}:
        fee = fees.fee_of(price=price, quantity=quantity, rate=rules.taker_fee, step=rules.quote_step)
        assert CONTEXT.add(CONTEXT.multiply(price, quantity), fee) <= held


LONGEST = 10_000


@given(
    trades=st.integers(0, LONGEST), mean=st.floats(-1, 1), deviation=st.floats(0, 10), stage=st.sampled_from(["TRAINING", "QUARANTINE", "ELIGIBLE"]),
)  # fmt: skip
def test_on_paper_nobody_falls_silent_and_nobody_takes_more_than_the_cap(trades, mean, deviation, stage):
    """The fraction is on its step, over nothing, and 1 % wherever the record is short, quarantined or without an edge."""
    record = Record(trades, mean, deviation)
    size = sized(record, stage=stage)
    assert 0 < size.fraction <= sizing.KELLY_CAP
    assert size.fraction % sizing.FRACTION_STEP == 0
    if trades < 5 or stage == "QUARANTINE" or not sizing.net_bound(record) > 0:
        assert (size.fraction, size.bootstrap) == (ONE_PERCENT, True)
    if stage == "TRAINING" and trades < sizing.TRAINING_TRADES:
        assert size.fraction == max(ONE_PERCENT, sizing.kelly_fraction(record) if trades >= 5 else ONE_PERCENT)


@given(trades=st.integers(5, LONGEST), mean=st.floats(-1, 1), deviation=st.floats(0, 10))
def test_live_nothing_is_risked_without_a_proven_edge(trades, mean, deviation):
    record = Record(trades, mean, deviation)
    size = sized(record, stage="LIVE", mode="LIVE")
    assert size.negative_edge == (not sizing.net_bound(record) > 0)
    if size.negative_edge:
        assert size.fraction == 0


def test_after_twenty_five_trades_a_small_kelly_is_taken_as_it_is():
    """Mean 0.5 %, deviation 12 %, 1,600 trades: bound 0.005 - 1.2816 x 0.12 / 40 = 0.0011552; x 0.25 / 0.0144 = 0.02005 -> 0.02.
    Deviation 14 %: bound 0.0005144; x 0.25 / 0.0196 = 0.00656 -> 0.0065, less than the bootstrap size."""
    assert sized(Record(1_600, 0.005, 0.12)).fraction == Decimal("0.02")
    size = sized(Record(1_600, 0.005, 0.14))
    assert (size.fraction, size.bootstrap, size.negative_edge) == (Decimal("0.0065"), False, False)
