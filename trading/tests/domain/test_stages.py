"""Stages by evidence: each threshold at its edge."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from trading.domain import stages
from trading.domain.sizing import Record
from trading.domain.stages import Evidence
from trading.tests.market_builders import NOON

GOOD = Record(25, 0.01, 0.02)
"""Bound 0.01 - 1.2816 x 0.02 / 5 = 0.0048736."""
BAD = Record(25, 0.01, 0.04)
"""Bound 0.01 - 1.2816 x 0.04 / 5 = -0.0002528."""
TRAINS = Evidence("TRAINING", "PAPER", NOON - timedelta(days=9), GOOD, 0, False)
WAITS = Evidence("QUARANTINE", "PAPER", NOON - timedelta(days=3), GOOD, 10, False)


def move(evidence, **changes):
    step = stages.judge(replace(evidence, **changes), now=NOON)
    return step.move if step else ""


@pytest.mark.parametrize(
    ("evidence", "changes", "expected"),
    [
        (TRAINS, {}, ""),
        (TRAINS, {"record": BAD}, "QUARANTINE"),
        (TRAINS, {"record": replace(BAD, trades=24)}, ""),
        (TRAINS, {"record": Record(25, 0.0, 0.0)}, "QUARANTINE"),
        (TRAINS, {"record": Record()}, ""),
        (TRAINS, {"stage": "ELIGIBLE", "record": BAD}, "QUARANTINE"),
        (TRAINS, {"stage": "LIVE", "record": BAD}, ""),
        (TRAINS, {"mode": "LIVE", "record": BAD}, ""),
        (WAITS, {}, "RELEASE"),
        (WAITS, {"clean_trades": 9}, ""),
        (WAITS, {"since": NOON - timedelta(days=3) + timedelta(minutes=3)}, ""),
        (WAITS, {"record": BAD}, ""),
        (WAITS, {"tripped": True}, ""),
        (WAITS, {"mode": "LIVE"}, ""),
    ],
)
def test_the_evidence_moves_the_stage_at_its_thresholds(evidence, changes, expected):
    assert move(evidence, **changes) == expected


def test_no_evidence_both_quarantines_and_releases():
    for record in (GOOD, BAD, Record(25, 0.0, 0.0), Record(1_000, 1e-9, 1e-9)):
        assert {move(TRAINS, record=record), move(WAITS, record=record)} in ({"", "RELEASE"}, {"QUARANTINE", ""})


def test_reasons_carry_the_numbers():
    bad, good = stages.judge(replace(TRAINS, record=BAD), now=NOON), stages.judge(WAITS, now=NOON)
    assert bad is not None
    assert bad.reason == "After 25 trades the lower bound of its net return is -0.025 %: no edge."
    assert good is not None
    assert good.reason == "10 clean trades, and the lower bound of its net return is 0.487 %."


def test_each_threshold_says_what_there_is_and_what_is_needed():
    shown = {each.name: (each.value, each.needed, each.met) for each in stages.thresholds(replace(WAITS, clean_trades=4, tripped=True), now=NOON)}
    assert shown == {
        "CLEAN_TRADES": (4, 10, False), "DAYS": (3, 3, True), "NET_BOUND": (Decimal("0.004874"), 0, True), "NO_TRIP": (1, 0, False),
    }  # fmt: skip
    assert [(each.name, each.met) for each in stages.thresholds(replace(TRAINS, record=Record(24)), now=NOON)] == [("TRADES", False), ("NET_BOUND", False)]
    assert stages.thresholds(replace(TRAINS, stage="LIVE"), now=NOON) == ()


@pytest.mark.parametrize(
    ("evidence", "start"),
    [
        (replace(TRAINS, record=Record(20)), "5 more trades"),
        (TRAINS, "Its record shows an edge."),
        (replace(TRAINS, record=BAD), "Its record shows no edge"),
        (WAITS, "It has shown what is asked"),
        (replace(WAITS, clean_trades=1), "Still asked for: Trades since it entered"),
        (replace(WAITS, stage="LIVE"), ""),
    ],
)
def test_a_sentence_says_where_it_stands(evidence, start):
    assert stages.sentence(evidence, now=NOON).startswith(start)
