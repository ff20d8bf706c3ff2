"""Runs the same act in many threads at the same moment, each with a database connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection

PATIENCE_S = 60


def at_once(count: int, act: Callable[[int], Any]) -> list[Any]:
    """The answers, or the exceptions that were raised, of `act(0)` to `act(count - 1)`."""
    gun = threading.Barrier(count)

    def run(number: int) -> Any:
        gun.wait(timeout=PATIENCE_S)
        try:
            return act(number)
        except Exception as error:  # noqa: BLE001  the test looks at it
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))
