"""A crew: processes forked for one piece of work. One that dies ends the others; when their parent dies they end as well.

Linux only, as the whole platform: forked workers start at once and share memory that was made before.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import connection as lines
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection
from multiprocessing.context import ForkContext, ForkProcess
from threading import Thread
from typing import Any

from django.db import connection

from accounts.domain.refusals import Refusal

Tell = Callable[[Any], None]
LOOK_S = 0.1


class WorkerLost(Exception):
    """A worker ended before its work did. What was committed stays; the work can be taken up again."""


@dataclass(frozen=True, slots=True)
class _Refused:
    """A refusal on its way to the parent, in parts: the exception itself does not survive the way."""

    kind: type[Refusal]
    code: str
    sentence: str
    numbers: dict[str, Any]


def context() -> ForkContext:
    """Where shared memory for a crew is made."""
    return get_context("fork")


def run(work: Callable[[int, Tell], None], *, workers: int, tell: Tell, between: Callable[[], None]) -> None:
    """Do `work(number, tell)` in each worker and pass on what they tell. Raises the Refusal that one raises, WorkerLost for one
    that dies, and what `between` raises, which is called at least every `LOOK_S`; then none of them is left."""
    _let_go_of_the_database()
    crew: dict[Any, ForkProcess] = {}
    try:
        for number in range(workers):
            ours, theirs = context().Pipe(duplex=False)
            process = context().Process(target=_begin, args=(work, number, theirs), name=f"worker-{number}", daemon=True)
            process.start()
            theirs.close()
            crew[ours] = process
        while crew:
            between()
            for line in lines.wait(list(crew), timeout=LOOK_S):
                _hear(line, crew, tell)
    finally:
        for process in crew.values():
            process.kill()
            process.join()


def _hear(line: Any, crew: dict[Any, ForkProcess], tell: Tell) -> None:
    try:
        said = line.recv()
    except (EOFError, OSError):  # the end of its line, perhaps in the middle of a word
        process = crew.pop(line)
        process.join()
        if process.exitcode:
            how = f"by signal {-process.exitcode}" if process.exitcode < 0 else f"with code {process.exitcode}"
            raise WorkerLost(f"The process {process.name} ended {how} before its work was done.") from None
        return
    if isinstance(said, _Refused):
        raise said.kind(said.code, said.sentence, **said.numbers)
    tell(said)


def _begin(work: Callable[[int, Tell], None], number: int, line: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    Thread(target=_end_with_parent, daemon=True).start()
    try:
        work(number, line.send)
    except Refusal as no:
        line.send(_Refused(type(no), no.code, no.sentence, no.numbers))
    finally:
        _let_go_of_the_database()


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _let_go_of_the_database() -> None:
    """Two processes must not share a connection, nor the threads that a pool has."""
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
