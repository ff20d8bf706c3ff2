"""The beat table: what runs again and again, in one place, in seconds. Names of tasks only; it must not hold logic.

Each entry expires before its successor is due, so a worker that was away does not work off a backlog of the past.
"""

from __future__ import annotations

from typing import Any


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
        f"tick sim {finest}": every(sim_candle_seconds, "trading.tasks.tick", venue="sim", timeframe=finest),
        "tick sim 1m": every(10, "trading.tasks.tick", venue="sim", timeframe="1m"),
    }
