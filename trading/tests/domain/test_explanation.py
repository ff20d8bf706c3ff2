"""The sentence that says why a bot does or does not trade: the strongest reason wins."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from trading.domain.explanation import Facts, Refused, explain, move, order

RUNNING = Facts(
    status="RUNNING", pause_reason="", halt_level="", halt_source="", holds=False, ticked=True, live_data=True, skipped=0, direction=0,
    edge_bps=Decimal("12.50"), refused=None,
)  # fmt: skip
TOO_THIN = Refused(gate="B", code="EDGE_UNDER_COST", sentence="The edge of 12.5 bps is under the cost of 46 bps.")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"halt_level": "HALTED", "halt_source": "EMERGENCY_STOP", "status": "PAUSED"}, "An emergency stop is in force: no order"),
        ({"halt_level": "REDUCING", "halt_source": "BREAKER", "status": "CIRCUIT_TRIPPED"}, "circuit breaker has tripped"),
        ({"status": "PAUSED", "pause_reason": "NEW"}, "It is new: start it."),
        ({"status": "PAUSED", "pause_reason": "USER"}, "paused by hand"),
        ({"status": "PAUSED", "pause_reason": "ODD"}, "paused (odd)"),
        ({"status": "STOPPED"}, "stopped for good"),
        ({"status": "ERROR"}, "exits still work"),
        ({"halt_level": "REDUCING", "halt_source": "DEFICIT"}, "The wallet owes more than it holds: the bot may only shrink"),
        ({"ticked": False, "direction": None}, "waits for its first tick"),
        ({"skipped": 3}, "3 candles came too late"),
        ({"refused": TOO_THIN, "direction": 1}, "Gate B (fee coverage) said no: The edge of 12.5 bps"),
        ({"direction": None}, "warming up"),
        ({"holds": True}, "holds a position"),
        ({"direction": 1}, "an edge of 12.50 bps"),
        ({}, "no entry signal"),
    ],
    ids=repr,
)  # fmt: skip
def test_the_sentence_names_the_reason(change: dict[str, Any], said: str) -> None:
    assert said in explain(replace(RUNNING, **change))


def test_a_bot_on_recorded_prices_is_told_that_nothing_will_come_by_itself():
    assert "only in a replay" in explain(replace(RUNNING, live_data=False))


def test_no_sentence_says_a_code():
    halted = replace(RUNNING, halt_level="HALTED", halt_source="KILL_SWITCH", refused=TOO_THIN)
    for facts in (halted, replace(halted, halt_level=""), replace(RUNNING, status="PAUSED", pause_reason="SOME_REASON")):
        assert "_" not in explain(facts)


def test_an_order_and_a_move_are_told_in_words():
    assert order(side="BUY", leg="ENTRY", reason="SIGNAL", state="FILLED") == "Buy to enter on a signal: filled."
    assert order(side="SELL", leg="EXIT", reason="STOP_LOSS", state="PARTIALLY_FILLED") == "Sell to exit at the stop loss: filled in part."
    entry = partial(order, side="BUY", leg="ENTRY", reason="SIGNAL")
    assert entry(state="EXPIRED") == "Buy to enter on a signal: expired without a fill."
    assert entry(state="EXPIRED", filled=True) == "Buy to enter on a signal: filled in part, then expired."
    assert entry(state="CANCELLED", filled=True) == "Buy to enter on a signal: filled in part, then cancelled."
    assert move(before="RUNNING", after="CIRCUIT_TRIPPED", reason="Five losses.") == "From running to circuit tripped. Five losses."
