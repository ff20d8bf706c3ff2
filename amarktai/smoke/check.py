"""What a check is, and how a row of them is run. It must not know any of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from time import monotonic, sleep

MOST_LETTERS = 400
AGAIN_SECONDS = 1.0
PATIENCE_SECONDS = 3  # with one answer; a platform that is well needs milliseconds


class Failed(Exception):
    """What a check found; its text is a sentence for whoever runs the platform."""


class Late(Failed):
    """Something gives no sign of life, or only an old one. A platform that has just started mends this by itself."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """Whom the checks look at: a running platform by its address, as the bearer of a token where there is one."""

    url: str
    token: str
    now: datetime


@dataclass(frozen=True)
class Check:
    """`run` answers what it saw in a few words, or raises Failed."""

    name: str
    run: Callable[[Target], str]


@dataclass(frozen=True, kw_only=True)
class Result:
    number: int
    name: str
    ok: bool
    detail: str
    seconds: float


def results(checks: Iterable[Check], *, target: Target, until: float) -> Iterator[Result]:
    """One check after the other; a failed one stops none of the rest. What is Late is asked again until this moment of the
    monotonic clock."""
    for number, check in enumerate(checks, 1):
        began = monotonic()
        ok, detail = verdict(check, target=target, until=until)
        yield Result(number=number, name=check.name, ok=ok, detail=printable(detail), seconds=round(monotonic() - began, 3))


def verdict(check: Check, *, target: Target, until: float) -> tuple[bool, str]:
    """Whether it passed, and what it saw."""
    while True:
        try:
            return True, check.run(target)
        except Late as late:
            if monotonic() >= until:
                return False, str(late)
            sleep(AGAIN_SECONDS)
        except Failed as failed:
            return False, str(failed)


def printable(words: str) -> str:
    """One line for a terminal: what a stranger's server says must not move the cursor or fill the screen."""
    return "".join(letter if letter.isprintable() else " " for letter in words)[:MOST_LETTERS]
