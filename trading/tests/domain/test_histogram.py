"""The columns of a histogram, by hand."""

from decimal import Decimal

import pytest

from trading.domain import histogram
from trading.domain.histogram import Column


@pytest.mark.parametrize(
    ("low", "high", "width"),
    [("-2.5", "4.7", "0.5"), ("0", "23.9", "1"), ("-100", "900", "50"), ("0.2", "0.2", "0.05"), ("-0.11", "0.12", "0.05")],
)
def test_columns_have_round_widths_and_at_most_24_of_them_hold_everything(low, high, width):
    found = histogram.width(low=Decimal(low), high=Decimal(high), most=24, least=Decimal("0.05"))

    assert found == Decimal(width)
    assert histogram.columns_needed(low=Decimal(low), high=Decimal(high), step=found) <= 24


def test_empty_columns_between_full_ones_are_there():
    found = histogram.columns({-1: 3, 1: 2}, step=Decimal("0.5"))

    assert found == (
        Column(Decimal("-0.5"), Decimal(0), 3), Column(Decimal(0), Decimal("0.5"), 0), Column(Decimal("0.5"), Decimal(1), 2),
    )  # fmt: skip
    assert histogram.columns({}, step=Decimal(1)) == ()


@pytest.mark.parametrize(("count", "top"), [(1, 2), (6, 6), (7, 8), (11, 15), (34, 35), (101, 150), (1000, 1000)])
def test_the_axis_ends_at_a_round_number_that_no_column_exceeds(count, top):
    assert histogram.ceiling(count) == top
