"""What a refusal would have needed, by hand."""

import pytest

from trading.domain import shortfall


@pytest.mark.parametrize(
    ("code", "numbers", "told"),
    [
        ("EDGE_UNDER_COST", {"needed_bps": "48", "edge_bps": "31"}, "Needed 48 bps, had 31 bps: 17 bps short."),
        ("EDGE_NOT_STATED", {"needed_bps": "48"}, "Needed an expected edge of 48 bps, and none was stated."),
        (
            "INSUFFICIENT_FUNDS", {"needed": "14.70951883", "free": "10.000000000000000000000000", "asset": "USDT"},
            "Needed 14.71 USDT, had 10.00 USDT: 4.71 USDT short.",
        ),
        (
            "UNDER_MINIMUM_NOTIONAL", {"value": "3", "minimum": "5", "balance_needed": "5.57"},
            "Needed 5.00, had 3.00: 2.00 short. An order worth 5.57 would pass.",
        ),
        (
            "EXIT_UNDER_MINIMUM", {"quantity": "0.009", "minimum_amount": "0.01", "value": "180", "minimum": "5"},
            "Needed 0.01, had 0.009: 0.001 short.",
        ),
        (
            "INSUFFICIENT_FUNDS", {"needed": "20123.5", "free": "9400", "asset": "USDT"},
            "Needed 20,123.50 USDT, had 9,400.00 USDT: 10,723.50 USDT short.",
        ),
        ("MIN_NOTIONAL", {"notional_usd": "9.50", "minimum_usd": "15"}, "Needed 15.00 USD, had 9.50 USD: 5.50 USD short."),
        ("SLIPPAGE", {"value": "62.00", "threshold": "50"}, "At most 50 bps, and it might be 62.00 bps."),
        ("POSITION_SIZE", {"value": "0.061000", "threshold": "0.05"}, "The limit is 5 %, reached with 6.1 %."),
        ("QUOTE_STALE", {"age_seconds": "42", "max_age_seconds": "30"}, "At most 30 s, had 42 s: 12 s too much."),
        ("BOT_DAILY_LIMIT", {"bot_today": "50", "bot_limit": "50"}, "50 of 50 used; it counts anew from 00:00 UTC."),
        (
            "BURST_LIMIT", {"burst": "10", "burst_limit": "10", "burst_window_s": "10"},
            "10 of 10 used; entries pass again after 10 s of rest.",
        ),
        ("DRAWDOWN", {"value": "0.201000", "threshold": "0.200000"}, "The limit is 20 %, reached with 20.1 %."),
        ("LOSSES_IN_A_ROW", {"value": "5.000000", "threshold": "5.000000"}, "The limit is 5, reached with 5."),
    ],
)  # fmt: skip
def test_a_refusal_says_what_it_would_have_taken(code, numbers, told):
    assert shortfall.of(code=code, numbers=numbers) == told


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        (
            {"quantity": "0", "minimum": "0.00001", "balance_needed": "6.59"},
            "Needed 0.00001 BTC, had 0 BTC: 0.00001 BTC short. An order worth 6.59 USDT would pass.",
        ),
        (
            {"value": "3", "minimum": "5", "balance_needed": "5.57"},
            "Needed 5.00 USDT, had 3.00 USDT: 2.00 USDT short. An order worth 5.57 USDT would pass.",
        ),
    ],
)  # fmt: skip
def test_who_knows_the_market_hears_what_the_amounts_are_of(numbers, told):
    assert shortfall.of(code="UNDER_MINIMUM_AMOUNT", numbers=numbers, base="BTC", quote="USDT") == told


@pytest.mark.parametrize(
    ("code", "numbers"), [("HALTED", {}), ("EDGE_UNDER_COST", {}), ("QUOTE_STALE", {"age_seconds": "x", "max_age_seconds": "30"})]
)
def test_where_the_numbers_do_not_tell_nothing_is_made_up(code, numbers):
    assert shortfall.of(code=code, numbers=numbers) == ""
