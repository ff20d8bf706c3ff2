"""Which markets are fit to trade in: every reason is told, at its threshold and not before."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from trading.domain import universe
from trading.domain.universe import Facts

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def facts(**other: Any) -> Facts:
    """A market with nothing to be said against it."""
    stated: dict[str, Any] = {
        "quote": "USDT", "active": True, "supported": True, "live": True, "generated": False, "price_age": MINUTE,
        "rules_age": DAY, "volume": Decimal(1_000_000), "spread_bps": Decimal(2), "history": timedelta(days=90),
    }  # fmt: skip
    return Facts(**{**stated, **other})


def codes(**other: Any) -> list[str]:
    return [reason.code for reason in universe.reasons(facts(**other))]


def test_nothing_is_said_against_a_market_that_trades():
    assert codes() == []


@pytest.mark.parametrize(
    ("fit", "unfit", "code"),
    [
        ({"active": True}, {"active": False}, "INACTIVE"),
        ({"supported": True}, {"supported": False}, "UNSUPPORTED_EXCHANGE"),
        ({"rules_age": 2 * DAY}, {"rules_age": 2 * DAY + MINUTE}, "RULES_OLD"),
        ({"price_age": 5 * MINUTE}, {"price_age": 5 * MINUTE + timedelta(seconds=1)}, "STALE_PRICE"),
        ({"price_age": MINUTE}, {"price_age": None}, "NO_PRICE"),
        ({"history": 7 * DAY}, {"history": 7 * DAY - MINUTE}, "SHORT_HISTORY"),
        ({"history": 7 * DAY}, {"history": timedelta(0)}, "NO_DATA"),
        ({"volume": Decimal(50_000)}, {"volume": Decimal("49999.99")}, "LOW_VOLUME"),
        ({"quote": "BTC", "volume": Decimal(1)}, {"quote": "BTC", "volume": Decimal("0.99")}, "LOW_VOLUME"),
        ({"spread_bps": Decimal(100)}, {"spread_bps": Decimal("100.01")}, "WIDE_SPREAD"),
        ({"spread_bps": Decimal(0)}, {"spread_bps": Decimal("-0.01")}, "BOOK_CROSSED"),
    ],
)
def test_each_threshold_leaves_out_what_is_past_it_and_nothing_else(fit, unfit, code):
    assert codes(**fit) == []
    assert codes(**unfit) == [code]


def test_every_reason_is_told_with_its_numbers():
    found = universe.reasons(facts(active=False, volume=Decimal(120), spread_bps=Decimal(250), history=timedelta(days=2)))
    assert [reason.code for reason in found] == ["INACTIVE", "SHORT_HISTORY", "LOW_VOLUME", "WIDE_SPREAD"]
    assert [reason.sentence for reason in found][1:] == [
        "Candles of 2 days are stored; 7 days is the least.",
        "It traded 120 USDT in 24 hours; 50000 is the least.",
        "Bid and ask are 250 bps apart; 100 bps is the most.",
    ]


def test_a_generated_market_has_as_much_history_as_anybody_asks_for_and_its_rules_are_made_here():
    assert codes(generated=True, history=timedelta(0), volume=None, rules_age=timedelta(days=900)) == []


def test_history_that_is_only_played_back_is_not_stale():
    assert codes(live=False, price_age=timedelta(days=900), rules_age=timedelta(days=900)) == []


def test_a_quote_without_a_known_worth_is_not_judged_by_its_volume():
    assert codes(quote="XYZ", volume=Decimal(0)) == []
