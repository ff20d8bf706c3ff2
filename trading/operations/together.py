"""Wishes that wait at the same moment served together: who comes first leads and serves everybody who has queued up meanwhile,
in the order of their coming, each with an answer of its own.

A wish that comes alone is a batch of one and waits for nobody. Where a crowd was served, its next leader waits a moment, a part of
what serving took, for those who come straight back: else two halves of a crowd take turns at twice the price. It must not know what is
wished for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Condition, Event
from time import monotonic
from typing import Generic, TypeVar

from django.db import DatabaseError, connection

Wish = TypeVar("Wish")
Answer = TypeVar("Answer")
PATIENCE = 0.25  # of the time that the last batch took
LONGEST_S = 0.02


@dataclass(slots=True, eq=False)
class _Waiting(Generic[Wish, Answer]):
    """A wish in the queue. `turn` is set when it was served, and also to make its caller the next leader."""

    wish: Wish
    turn: Event = field(default_factory=Event)
    served: bool = False
    answer: Answer | None = None


class Together(Generic[Wish, Answer]):
    """`serve` answers a batch, in its order; `fits` says whether two wishes may be served at once; `most` is the largest batch."""

    def __init__(
        self, serve: Callable[[Sequence[Wish]], Sequence[Answer]], *, fits: Callable[[Wish, Wish], bool], most: int
    ) -> None:
        self._serve, self._fits, self._most = serve, fits, most
        self._lock = Condition()
        self._queue: list[_Waiting[Wish, Answer]] = []
        self._led = False
        self._crowd = 1
        self._until = 0.0

    def ask(self, wish: Wish) -> Answer:
        """The answer to this wish, served with whoever else is waiting.

        An error in a shared batch leaves all of it without an answer; then each of its callers serves its own wish alone, so
        that only the one that is to blame fails: what `serve` does must bear to be asked for again.
        """
        if connection.in_atomic_block:  # holds locks that a leader may want: waiting for one could last for ever
            return self._serve([wish])[0]
        mine: _Waiting[Wish, Answer] = _Waiting(wish)
        with self._lock:
            self._queue.append(mine)
            leads, self._led = not self._led, True
            self._lock.notify()
        if not leads:
            mine.turn.wait()
        if not mine.served:
            self._lead()
        if mine.answer is None:
            return self._serve([wish])[0]
        return mine.answer

    def _lead(self) -> None:
        """Serve the head of the queue, which is the caller's own, and all that fit; then the next in the queue leads."""
        batch = self._take()
        started = monotonic()
        try:
            answers = self._serve([one.wish for one in batch])
            for one, answer in zip(batch, answers, strict=True):
                one.answer = answer
        except DatabaseError:
            if len(batch) == 1:
                raise
        finally:
            for one in batch:
                one.served = True
                one.turn.set()
            with self._lock:
                now = monotonic()
                self._crowd, self._until = len(batch) + len(self._queue), now + min(PATIENCE * (now - started), LONGEST_S)
                self._led = bool(self._queue)
                if self._queue:
                    self._queue[0].turn.set()

    def _take(self) -> list[_Waiting[Wish, Answer]]:
        with self._lock:
            self._lock.wait_for(self._is_whole, timeout=max(self._until - monotonic(), 0.0))
            batch: list[_Waiting[Wish, Answer]] = []
            for one in self._queue:
                if len(batch) < self._most and all(self._fits(one.wish, other.wish) for other in batch):
                    batch.append(one)
            self._queue = [one for one in self._queue if one not in batch]
        return batch

    def _is_whole(self) -> bool:
        """Whether everybody of the last crowd is back."""
        return len(self._queue) >= self._crowd
