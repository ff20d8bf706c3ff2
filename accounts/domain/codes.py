"""One-time codes: which time step a code belongs to, and how long wrong codes block the next try."""

import hmac
import re
from collections.abc import Callable
from datetime import datetime, timedelta

STEP_S = 30
TOLERANCE_STEPS = 1
FREE_FAILURES = 5
_FIRST_BLOCK = timedelta(seconds=30)
_LONGEST_BLOCK = timedelta(minutes=15)
_SIX_DIGITS = re.compile(r"[0-9]{6}")


def matching_step(*, code: str, now: datetime, after: int, code_at: Callable[[int], int]) -> int | None:
    """The time step, within one of `now` and later than `after` (the last one used), whose code this is.

    `code_at` gives the right code of a step; all candidates are compared, so that the time taken tells nothing."""
    if not _SIX_DIGITS.fullmatch(code):
        return None
    present = int(now.timestamp()) // STEP_S
    found = None
    for step in range(max(0, present - TOLERANCE_STEPS), present + TOLERANCE_STEPS + 1):
        right = hmac.compare_digest(f"{code_at(step):06d}", code)
        if right and step > after:
            found = step
    return found


def block_after(*, failures: int) -> timedelta:
    """Nothing for the first four wrong codes in a row, then 30 s, doubled by each further one, 15 minutes at most."""
    if failures < FREE_FAILURES:
        return timedelta(0)
    doublings = min(failures - FREE_FAILURES, 10)
    return min(_FIRST_BLOCK * 2**doublings, _LONGEST_BLOCK)
