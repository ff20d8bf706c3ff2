"""The one place that takes whatever is raised: what a single genome or bot breaks stays its own. It must not know what is done, nor hide
what was raised; whoever calls tells of it and says what becomes of the culprit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

Subject = TypeVar("Subject")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Failed:
    """What was raised instead of an answer."""

    error: Exception


def attempt(act: Callable[[], Answer]) -> Answer | Failed:
    """Its answer, or what it raised: a plug-in may raise anything."""
    try:
        return act()
    except Exception as error:  # noqa: BLE001 - handed back to whoever asked, who tells of it
        return Failed(error)


def halved(
    act: Callable[[Sequence[Subject]], Answer], subjects: Sequence[Subject], *, up: tuple[type[Exception], ...] = ()
) -> tuple[list[Answer], list[tuple[Subject, Exception]]]:
    """Do it to all of them at once; where that raises their halves are tried, until each culprit is alone and the others are done ->
    the answers in their order, and each culprit with what it raised. One of n takes about 2 log n tries. `up`: what is nobody's
    fault and is raised on."""
    answer = attempt(partial(act, subjects))
    if not isinstance(answer, Failed):
        return [answer], []
    if isinstance(answer.error, up):
        raise answer.error
    if len(subjects) == 1:
        return [], [(subjects[0], answer.error)]
    half = len(subjects) // 2
    parts = [halved(act, part, up=up) for part in (subjects[:half], subjects[half:])]
    return [answer for answers, _ in parts for answer in answers], [culprit for _, culprits in parts for culprit in culprits]
