"""Ctrl-C as a wish to end and no error: nothing that is under way is torn. It must not know what is being done."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def awaited() -> Iterator[Callable[[], None]]:
    """What it gives raises KeyboardInterrupt once SIGINT has come, and is to be called where nothing is under way. A second SIGINT
    ends the process at once."""
    asked = False

    def ask(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        asked = True
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    def look() -> None:
        if asked:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield look
    finally:
        signal.signal(signal.SIGINT, before)
