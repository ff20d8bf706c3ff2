"""One act on many at once, all or nothing; where it fails its halves are tried, until the culprit is alone and the others are done.

It must not know what is done. What the database cannot do for anybody (it is gone, two waited for each other) goes on up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

import structlog
from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError, OperationalError

from accounts.domain.refusals import Refusal
from accounts.operations import alerts

log = structlog.get_logger()

BATCH = 1_000
Subject = TypeVar("Subject")


def done(act: Callable[[Sequence[Subject]], int], subjects: Sequence[Subject], *, what: str, now: datetime) -> int:
    """Do it to all of them, at most BATCH at once -> the sum of what `act` answers. `act` opens a transaction of its own. A culprit is
    left out, logged under `what`, and told to the operators."""
    return sum(_done(act, subjects[start : start + BATCH], what=what, now=now) for start in range(0, len(subjects), BATCH))


def _done(act: Callable[[Sequence[Subject]], int], subjects: Sequence[Subject], *, what: str, now: datetime) -> int:
    try:
        return act(subjects)
    except OperationalError:
        raise
    except (DatabaseError, ObjectDoesNotExist, Refusal, ArithmeticError, LookupError, ValueError):
        if len(subjects) > 1:
            half = len(subjects) // 2
            return sum(_done(act, part, what=what, now=now) for part in (subjects[:half], subjects[half:]))
        log.exception(what, subject=str(subjects[0]))
        alerts.raise_alert(
            person=None, severity="CRITICAL", code="ACT_FAILED", sentence=f"An act failed for one and was left out: {what}. See the log.",
            data={"what": what, "subject": str(subjects[0])}, dedup_key=f"{what}:{subjects[0]}", now=now,
        )  # fmt: skip
        return 0
