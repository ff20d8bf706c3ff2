"""Clamping with the rules of real markets: whatever passes is on step and over every minimum, its exit too, and what is too
small is told the balance that would do."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.numbers import CONTEXT
from trading.domain import sizing
from trading.domain.requests import Rules
from trading.domain.rules import EXIT_ROOM, clamp, least_quantity, whole_steps
from trading.tests import market_builders, recorded
from trading.tests.domain.wishes import leave, wish

MARKETS = recorded.FOLDER.parent / "markets.json"
PRICES = {"BTC": Decimal("63417.31"), "ETH": Decimal("3127.42"), "ADA": Decimal("0.4379")}


def real_rules() -> list[Rules]:
    if not MARKETS.exists():
        return []
    found = json.loads(MARKETS.read_text())["markets"]
    return [_rules(venue, row) for venue, rows in found.items() for row in rows]


def _rules(venue: str, row: dict[str, str | None]) -> Rules:
    base, quote = str(row["symbol"]).split("/")
    return market_builders.rules(
        venue=venue, symbol=row["symbol"], base=base, quote=quote, price_tick=Decimal(str(row["price_tick"])),
        amount_step=Decimal(str(row["amount_step"])), amount_min=Decimal(str(row["amount_min"])),
        cost_min=Decimal(row["cost_min"] or 0), taker_fee=Decimal(str(row["taker"])), maker_fee=Decimal(str(row["maker"])),
    )  # fmt: skip


RULES = real_rules()
every_market = pytest.mark.parametrize("rules", RULES, ids=[f"{each.venue} {each.symbol}" for each in RULES])
pytestmark = recorded.needs_recorded


def price_of(rules: Rules) -> Decimal:
    return whole_steps(PRICES[rules.base], rules.price_tick)


def asked(rules: Rules, quantity: Decimal, **changes):
    price = price_of(rules)
    bound = sizing.bound_price(price=price, side="BUY", bound_bps=Decimal(50), rules=rules)
    return wish(rules, **{"quantity": quantity, "decision_price": price, "price": bound, **changes})


def test_there_are_eight_markets_two_of_which_have_no_minimum_value():
    assert len(RULES) == 8
    assert sorted(each.symbol for each in RULES if not each.cost_min) == ["BTC/EUR", "BTC/USDT"]
    assert min(each.amount_step for each in RULES) == Decimal("1E-8")
    assert max(each.amount_step for each in RULES) == Decimal("0.1")


@every_market
def test_the_smallest_legal_entry_passes_and_one_step_less_does_not(rules):
    least = least_quantity(rules=rules, price=price_of(rules))
    assert clamp(asked(rules, least)).verdict == "PASS"
    assert clamp(asked(rules, least - rules.amount_step)).refused


@every_market
def test_the_smallest_legal_entry_can_be_sold_after_a_fee_in_coins_and_ten_percent_lower(rules):
    least = least_quantity(rules=rules, price=price_of(rules))
    left = whole_steps(least * (1 - rules.taker_fee), rules.amount_step)
    lower = (price_of(rules) * EXIT_ROOM).quantize(rules.price_tick, rounding="ROUND_UP")
    assert clamp(leave(rules=rules, quantity=left, decision_price=lower)).verdict == "PASS"


@every_market
@pytest.mark.parametrize("fraction", ["0.01", "0.25", "0.0137"])
def test_a_book_with_the_balance_needed_sizes_a_legal_entry_and_one_with_a_cent_less_does_not(rules, fraction):
    share = Decimal(fraction)
    refused = clamp(asked(rules, Decimal(0), size_fraction=share))
    needed = Decimal(refused.numbers["balance_needed"])
    bound = asked(rules, Decimal(0)).price
    quantity = sizing.entry_quantity(notional=needed * share, bound=bound, rules=rules)
    assert clamp(asked(rules, quantity, size_fraction=share)).verdict == "PASS"
    less = sizing.entry_quantity(notional=(needed - Decimal("0.01")) * share, bound=bound, rules=rules)
    assert clamp(asked(rules, less, size_fraction=share)).refused


@every_market
def test_an_inactive_market_takes_what_shrinks_a_position_and_nothing_else(rules):
    closed = market_builders.rules(**{name: getattr(rules, name) for name in Rules.__slots__} | {"active": False})
    plenty = whole_steps(Decimal(1_000), rules.amount_step)
    assert clamp(asked(closed, plenty)).code == "MARKET_INACTIVE"
    assert clamp(leave(rules=closed, quantity=plenty, decision_price=price_of(rules))).verdict == "PASS"


@every_market
@given(units=st.decimals(0, 1_000, places=10, allow_nan=False), fraction=st.decimals("0.0001", "0.25", places=4))
def test_whatever_passes_is_on_step_and_over_every_minimum_as_is_its_exit(rules, units, fraction):
    """The amount as asked, off step and all, and the amount that sizing makes of it."""
    price = price_of(rules)
    sized = sizing.entry_quantity(notional=units * price * fraction, bound=asked(rules, Decimal(1)).price, rules=rules)
    for quantity in (units, sized):
        verdict = clamp(asked(rules, quantity, size_fraction=fraction))
        if verdict.refused:
            assert verdict.code in ("UNDER_MINIMUM_AMOUNT", "UNDER_MINIMUM_NOTIONAL", "EXIT_UNDER_MINIMUM", "OFF_STEP")
            assert verdict.code != "OFF_STEP" or quantity is units
            continue
        left = whole_steps(quantity * (1 - rules.taker_fee), rules.amount_step)
        assert CONTEXT.remainder(quantity, rules.amount_step) == 0
        assert quantity >= left >= rules.amount_min > 0
        assert quantity * price >= left * price * EXIT_ROOM >= rules.cost_min
        assert quantity >= least_quantity(rules=rules, price=price)


def test_an_amount_of_absurd_length_is_refused_and_not_an_error():
    rules = market_builders.rules(amount_step=Decimal("1E-8"))
    assert clamp(wish(rules, quantity=Decimal("9" * 30 + ".123456789"))).code == "OFF_STEP"


def test_a_limit_that_rests_is_worth_what_its_own_price_says():
    """0.001 BTC at 60,000 are 60 USDT; resting at 1,000 they would be 1 USDT, which a venue with a minimum of 5 turns down."""
    rules = next(each for each in RULES if each.venue == "binance" and each.symbol == "BTC/USDT")
    order = wish(rules, quantity=Decimal("0.001"), decision_price=Decimal(60_000), price=Decimal(1_000), type="LIMIT", time_in_force="GTC")
    refused = clamp(order)
    assert (refused.code, refused.numbers["value"], refused.numbers["minimum"]) == ("UNDER_MINIMUM_NOTIONAL", "1", "5")
    assert not clamp(replace(order, price=Decimal(59_000))).refused
