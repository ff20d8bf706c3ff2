"""What makes a closing order no trade."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from ledger.queries.matches import Matched
from trading.operations.trades import flaw_of
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
    ],
)
def test_a_trade_has_every_field_and_none_of_them_is_absurd(found, flaw):
    """200 for 0.0001 are 2e10 basis points: more than a column of ten digits holds."""
    assert flaw_of(found) == flaw
