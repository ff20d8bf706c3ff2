"""What a bot needs for its smallest trade: by hand, and the defaults admit a careful bot at 1,000 dollars."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.conf import settings

from trading import gates
from trading.domain import admission, exposure, sizing
from trading.domain.sizing import Record
from trading.tests.domain.test_market_rules import RULES, price_of
from trading.tests.domain.wishes import FREE, wish
from trading.tests.market_builders import rules
from trading.tests.recorded import needs_recorded

PRICE = Decimal(20_000)
PROVEN = Record(100, 0.01, 0.02)
"""A quarter of its bound over its variance is far over the cap of 25 %."""


def smallest(market=None, *, price=PRICE, record=PROVEN, stage="ELIGIBLE", mode="PAPER", profile="conservative"):
    least = Decimal(15) if profile == "conservative" else Decimal(0)
    return admission.smallest(
        rules=market or rules(), price=price, record=record, stage=stage, mode=mode, order_type="MARKET", least=least, policy=settings.POLICY,
        profile=profile,
    )  # fmt: skip


def test_a_new_standard_bot_needs_a_hundred_times_its_smallest_trade():
    """Two steps of 0.001, so that one is left after a fee in coins: 40 at 20,000, held 0.002 x 20,100 x 1.001 = 40.2402."""
    found = smallest(record=Record(), stage="TRAINING", profile="standard")
    assert (found.notional, found.fraction, found.allocation, found.equity) == (40, Decimal("0.01"), Decimal("4024.02"), Decimal("4024.02"))


def test_a_careful_bot_needs_twenty_times_its_smallest_trade_as_its_persons_equity():
    """40 are 5 % of 800; a quarter of a book of 160.97 buys them."""
    found = smallest()
    assert (found.notional, found.allocation, found.equity) == (40, Decimal("160.97"), 800)


def test_a_live_bot_without_an_edge_is_told_that_no_balance_will_do():
    found = smallest(record=Record(100, -0.01, 0.02), stage="LIVE", mode="LIVE")
    assert (found.fraction, found.allocation, found.equity) == (0, None, None)


@needs_recorded
@pytest.mark.parametrize("market", RULES, ids=[f"{each.venue} {each.symbol}" for each in RULES])
def test_the_defaults_admit_a_proven_careful_bot_at_an_equity_of_a_thousand_dollars_and_all_gates_agree(market):
    """All but the market whose two smallest steps are dearer than 5 % of 1,000: it says what it needs instead."""
    price = price_of(market)
    found = smallest(market, price=price, stage="LIVE", mode="LIVE")
    assert found.equity is not None
    assert found.allocation is not None
    quantity = sizing.entry_quantity(
        notional=found.allocation * found.fraction, bound=sizing.bound_price(price=price, side="BUY", bound_bps=Decimal(50), rules=market), rules=market
    )
    assert quantity * price >= found.notional >= 15
    equity = max(found.equity, Decimal(1_000))
    order = wish(
        market, quantity=quantity, decision_price=price, price=sizing.bound_price(price=price, side="BUY", bound_bps=Decimal(50), rules=market),
        profile="conservative", size_fraction=found.fraction,
    )  # fmt: skip
    held = exposure.Exposure(equity, Decimal(0), Decimal(0), quantity * price, Decimal(1))
    assert gates.judge(order, replace(FREE, exposure=held), settings.POLICY)[-1].verdict == "PASS"
    assert (found.equity <= 1_000) == (found.notional <= 50)
    assert found.equity <= 1_000 or found.notional == market.amount_min * price + market.amount_step * price
