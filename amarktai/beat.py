"""The beat table: what runs again and again, in one place, in seconds. Names of tasks only; it must not hold logic.

Each entry expires before its successor is due, so a worker that was away does not work off a backlog of the past.
"""

from __future__ import annotations

from typing import Any

COARSER = ("1m", "5m", "15m", "1h")  # what the simulated market has besides its finest candle
LOOK_SECONDS = 10  # so late a coarser candle is found closed at most


def every(seconds: float, task: str, **arguments: str) -> dict[str, Any]:
    """One line of the table."""
    return {"task": task, "schedule": seconds, "kwargs": arguments, "options": {"expires": seconds}}


def table(*, sim_candle_seconds: int) -> dict[str, dict[str, Any]]:
    """The whole table; the simulated market's finest candle is the one number that the environment may change."""
    finest = f"{sim_candle_seconds}s"
    return {
        "heartbeat": every(10, "trading.tasks.heartbeat"),
        "sweep": every(2, "trading.tasks.sweep"),
        "backfill": every(2, "trading.tasks.backfill"),
        "ledger": every(10, "trading.tasks.prove_ledger"),
        "anchor daily": every(600, "ledger.tasks.anchor"),  # written once a UTC day, by the first that comes
        "old decisions": every(60, "trading.tasks.forget_decisions"),
        f"tick sim {finest}": every(sim_candle_seconds, "trading.tasks.tick", venue="sim", timeframe=finest),
        **{f"tick sim {frame}": every(LOOK_SECONDS, "trading.tasks.tick", venue="sim", timeframe=frame) for frame in COARSER},
    }
