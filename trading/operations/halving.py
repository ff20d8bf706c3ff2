"""One act on many at once, all or nothing; where it fails its halves are tried, until the culprit is alone and the others are done.

It must not know what is done. What the database cannot do for anybody (it is gone, two waited for each other) goes on up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

import structlog
from django.db import InterfaceError, OperationalError

from accounts.operations import alerts
from trading.domain.boundary import halved

log = structlog.get_logger()

BATCH = 1_000
Subject = TypeVar("Subject")


def done(act: Callable[[Sequence[Subject]], int], subjects: Sequence[Subject], *, what: str, now: datetime) -> int:
    """Do it to all of them, at most BATCH at once -> the sum of what `act` answers. `act` opens a transaction of its own. A culprit is
    left out, logged under `what`, and told to the operators, whatever it raised: stopping the others must not fail with it."""
    total = 0
    for start in range(0, len(subjects), BATCH):
        answers, culprits = halved(act, subjects[start : start + BATCH], up=(OperationalError, InterfaceError))
        total += sum(answers)
        for subject, error in culprits:
            log.error(what, subject=str(subject), exc_info=error)
            alerts.raise_alert(
                person=None, severity="CRITICAL", code="ACT_FAILED",
                sentence=f"An act failed for one and was left out: {what}. See the log.", data={"what": what, "subject": str(subject)},
                dedup_key=f"{what}:{subject}", now=now,
            )  # fmt: skip
    return total
