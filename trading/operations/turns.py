"""Turns: processes that simulate one world let each other know how far they are, and wait where one depends on the others.

A conservative simulation: whoever wants to write at a key waits until every other process has passed all earlier keys; what
concerns nobody else is done without waiting. The process with the smallest key never waits, so there is no deadlock; nobody
looks twice without having been woken.
"""

from __future__ import annotations

from multiprocessing.context import ForkContext

NEVER = 2**62  # a key that no time reaches: done, or waiting for nothing


class Turns:
    """The key that each worker has come to, in shared memory. Made before the workers are forked."""

    def __init__(self, context: ForkContext, *, workers: int) -> None:
        self._reached = context.RawArray("q", workers)
        self._awaited = context.RawArray("q", [NEVER] * workers)
        self._moved = context.Condition()

    def reach(self, worker: int, key: int) -> None:
        """Say that this worker is done with everything before `key`."""
        with self._moved:
            before, self._reached[worker] = self._reached[worker], key
            if any(before <= awaited < key for awaited in self._awaited):
                self._moved.notify_all()

    def wait(self, worker: int, key: int) -> None:
        """Come back when every other worker is done with everything before `key`."""
        with self._moved:
            self._awaited[worker] = key
            self._moved.wait_for(lambda: all(at > key for other, at in enumerate(self._reached) if other != worker))
            self._awaited[worker] = NEVER
