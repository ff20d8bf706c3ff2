"""What matches make of a trade, and what makes a closing order none."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from ledger.domain.lots import Matched
from trading.domain.round_trips import figures, first_unlike, flaw_of
from trading.tests.market_builders import NOON

WHOLE = Matched(
    quantity=Decimal("0.01"), cost=Decimal(200), proceeds=Decimal(210), entry_fee=Decimal("0.2"), exit_fee=Decimal("0.21"), net=Decimal("9.59"),
    acquired_at=NOON, sold_at=NOON + timedelta(minutes=1), bootstrap=False,
)  # fmt: skip


@pytest.mark.parametrize(
    ("found", "flaw"),
    [
        (WHOLE, ""),
        (replace(WHOLE, sold_at=NOON), ""),
        (None, "no lot explains the units sold"),
        (replace(WHOLE, quantity=Decimal(0)), "no lot explains the units sold"),
        (replace(WHOLE, cost=Decimal(0)), "what was sold has no cost"),
        (replace(WHOLE, proceeds=Decimal(0)), "what was sold brought nothing"),
        (replace(WHOLE, sold_at=NOON - timedelta(seconds=1)), "it was sold before it was bought"),
        (replace(WHOLE, cost=Decimal("0.0001"), proceeds=Decimal(200)), "its profit is absurd"),
        (replace(WHOLE, cost=Decimal(1), proceeds=Decimal("1000000.9999995")), "its profit is absurd"),
        (replace(WHOLE, cost=Decimal(1), proceeds=Decimal("1000000.9999994")), ""),
    ],
)
def test_a_trade_has_every_field_and_none_of_them_is_absurd(found, flaw):
    """200 for 0.0001 are 2e10 basis points: more than a column of ten digits holds. 999,999.9999995 on 1 round to as many, 999,999.9999994
    to one cent less."""
    assert flaw_of(found) == flaw


def test_a_trade_says_what_its_matches_come_to():
    """0.01 for 200, sold for 210, fees 0.2 and 0.21: 10 gross, 9.59 net, 500 bps; bought at 20,000 and sold at 21,000."""
    told = figures(WHOLE)
    assert (told.amount, told.gross, told.fees, told.profit_loss) == (Decimal("0.01"), 10, Decimal("0.41"), Decimal("9.59"))
    assert (told.entry_price, told.exit_price, told.gross_edge_bps) == (20_000, 21_000, 500)
    assert (told.opened_at, told.closed_at, told.bootstrap) == (NOON, NOON + timedelta(minutes=1), False)


def test_quotients_are_rounded_half_to_even_and_sums_are_not():
    """1 for three units: a third to 24 places. 0.666666666666666666666667 on 300 are 22.22 bps, 0.125 on 10,000 are 0.125: the even 0.12."""
    third = figures(replace(WHOLE, quantity=Decimal(3), cost=Decimal(1), proceeds=Decimal(2)))
    assert str(third.entry_price) == "0.333333333333333333333333"
    assert str(third.exit_price) == "0.666666666666666666666667"
    small = figures(replace(WHOLE, cost=Decimal(300), proceeds=Decimal("300.666666666666666666666667")))
    assert (str(small.gross), small.gross_edge_bps) == ("0.666666666666666666666667", Decimal("22.22"))
    tie = figures(replace(WHOLE, cost=Decimal(10_000), proceeds=Decimal("10000.125")))
    assert tie.gross_edge_bps == Decimal("0.12")


def test_the_first_figure_that_differs_is_named():
    told = figures(WHOLE)
    assert first_unlike(told, figures(WHOLE)) == ""
    assert first_unlike(told, replace(told, fees=Decimal(1), exit_price=Decimal(1))) == "fees"
    assert first_unlike(told, replace(told, bootstrap=True)) == "bootstrap"
