"""Legs: who enters, who leaves and why, for several bots on one candle."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import numpy as np
import pytest

from trading.domain import reading
from trading.domain.legs import Leg, bound_bps, legs
from trading.tests.market_builders import candle


@dataclass
class Member:
    status: str = "RUNNING"
    pause_reason: str = ""
    stop_positions: str = ""
    stop_ppm: int = 0
    trail_ppm: int = 0
    target_ppm: int = 0
    holding: int = 0
    opened: int = 0
    units: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)


def holder(**more):
    return Member(units=Decimal("0.5"), cost=Decimal(10_000), **more)  # entry 20,000.00


def of(members, directions, *, peaks=None, opened=2_000_000):
    rows = reading.blank([UUID(int=n + 1) for n in range(len(members))])
    rows["direction"] = directions
    rows["peak"] = peaks or [0] * len(members)
    units = np.array([float(member.units) for member in members])
    return legs(members, rows, candle=candle(open=opened), units=units), rows


def test_exits_come_before_entries_each_in_the_order_given():
    found, _ = of([Member(), holder(), Member(), holder()], [1, -1, 1, -1])
    assert found == [Leg(1, "EXIT", "SIGNAL"), Leg(3, "EXIT", "SIGNAL"), Leg(0, "ENTRY", "SIGNAL"), Leg(2, "ENTRY", "SIGNAL")]


@pytest.mark.parametrize(("status", "enters"), [("RUNNING", True), ("CIRCUIT_TRIPPED", True), ("PAUSED", False), ("ERROR", False)])
def test_only_running_bots_wish_to_enter_and_tripped_ones_for_gate_d_to_say_no(status, enters):
    found, _ = of([Member(status=status)], [1])
    assert bool(found) is enters


@pytest.mark.parametrize("status", ["RUNNING", "PAUSED", "CIRCUIT_TRIPPED", "ERROR"])
def test_a_stop_protects_a_holder_whatever_its_status(status):
    """The candle reaches 19,995.00; a stop of 0.025 % under 20,000.00 lies there."""
    found, _ = of([holder(status=status, stop_ppm=250)], [0])
    assert found == [Leg(0, "EXIT", "STOP_LOSS")]


def test_a_bot_in_error_is_not_asked_for_signals():
    assert of([holder(status="ERROR")], [-1])[0] == []


@pytest.mark.parametrize(("plan", "reason"), [("close", [Leg(0, "EXIT", "FLATTEN")]), ("keep", [])])
def test_a_stopping_bot_closes_or_keeps_its_position(plan, reason):
    assert of([holder(status="PAUSED", pause_reason="STOPPING", stop_positions=plan)], [0])[0] == reason


def test_the_peak_starts_at_the_entry_rises_with_highs_and_ends_with_the_position():
    _, rows = of([holder(), Member()], [0, 0], peaks=[0, 2_500_000])
    assert rows["peak"].tolist() == [2_000_500, 0]


def test_the_bound_of_an_exit_doubles_with_each_attempt_and_a_stop_has_none():
    bounds = [bound_bps(reason="SIGNAL", attempts=n, first=Decimal(50)) for n in range(4)]
    assert bounds == [50, 100, 200, 400]
    assert bound_bps(reason="STOP_LOSS", attempts=0, first=Decimal(50)) is None
    assert bound_bps(reason="FLATTEN", attempts=3, first=Decimal(50)) is None
