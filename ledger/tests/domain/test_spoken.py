"""Amounts in sentences, by hand: the digits that people read an asset with, and never to the disadvantage of who reads them."""

from decimal import Decimal

import pytest

from ledger.domain import spoken

D = Decimal


@pytest.mark.parametrize(
    ("value", "asset", "said"),
    [
        ("10.000000000000000000000000", "USDT", "10.00 USDT"), ("20123.5", "USDT", "20,123.50 USDT"), ("0.19998", "USDT", "0.2000 USDT"),
        ("0", "USDT", "0.00 USDT"), ("0.25000000", "BTC", "0.25 BTC"), ("0.123456789", "BTC", "0.12345679 BTC"), ("1500", "DOGE", "1,500 DOGE"),
        ("5.009", "", "5.01"),
    ],
)  # fmt: skip
def test_money_is_said_to_the_cent_and_coins_with_eight_places_at_most(value, asset, said):
    assert spoken.amount(D(value), asset) == said


def test_what_is_needed_rounds_up_and_what_is_there_down():
    assert spoken.least(D("14.701"), "USDT") == "14.71 USDT"
    assert spoken.most(D("14.709"), "USDT") == "14.70 USDT"
    assert spoken.least(D("0.000000001"), "BTC") == "0.00000001 BTC"


@pytest.mark.parametrize(
    ("needed", "had", "asset", "said"),
    [
        ("14.70951883", "10", "USDT", ("14.71 USDT", "10.00 USDT", "4.71 USDT")),
        ("10.005", "9.995", "USDT", ("10.01 USDT", "9.99 USDT", "0.02 USDT")),
        ("10", "9.999999", "USDT", ("10.00 USDT", "9.99 USDT", "0.01 USDT")),
        ("0.5", "0.49999", "USDT", ("0.5000 USDT", "0.4999 USDT", "0.0001 USDT")),
        ("0.5", "0.1", "BTC", ("0.5 BTC", "0.1 BTC", "0.4 BTC")),
    ],
)  # fmt: skip
def test_a_shortage_adds_up_as_it_is_read_and_is_never_nothing(needed, had, asset, said):
    assert spoken.short(needed=D(needed), had=D(had), asset=asset) == said
