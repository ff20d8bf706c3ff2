"""A spreadsheet opens our files and runs nothing of what people typed."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from accounts.web.sheets import Cell, cell


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=1+1", "'=1+1"), ("+49", "'+49"), ("-2", "'-2"), ("@SUM(A1)", "'@SUM(A1)"), ("\tx", "'\tx"), ("\r=1", "'\r=1"),
        ("\n=1", "'\n=1"), ("\uff1d1+1", "'\uff1d1+1"), ("plain", "plain"), ("", ""), ("1=1", "1=1"), (Decimal("-5.40"), "-5.4"),
        (Decimal("1E-8"), "0.00000001"), (-3, "-3"), (None, ""), (datetime(2026, 3, 2, 9, tzinfo=UTC), "2026-03-02T09:00:00.000000Z"),
    ],
)  # fmt: skip
def test_text_that_looks_like_a_formula_is_made_harmless_and_numbers_are_left_alone(value: Cell, written: str) -> None:
    assert cell(value) == written
