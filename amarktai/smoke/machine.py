"""The machine under it all: clocks that agree, and room on the disk."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from django.conf import settings

from amarktai.smoke import asking
from amarktai.smoke.check import Check, Failed, Target
from amarktai.smoke.servers import told

APART_SECONDS = 5.0  # an HTTP date has whole seconds, and an answer takes its time
LEAST_FREE_BYTES = 1_000_000_000


def clock(target: Target) -> str:
    """This machine, the database and the web server know the same time."""
    (theirs,) = told("SELECT extract(epoch FROM clock_timestamp())::float8")
    apart = {"the database": abs(theirs - datetime.now(UTC).timestamp())}
    answer = asking.get(target, "/health/live")
    try:
        said = parsedate_to_datetime(answer.headers.get("Date", ""))
    except ValueError:
        raise Failed(f"{target.url} does not say what time it is.") from None
    apart["the web server"] = abs((said - datetime.now(UTC)).total_seconds())
    far = [f"{whose} by {seconds:.0f} s" for whose, seconds in apart.items() if seconds > APART_SECONDS]
    if far:
        raise Failed(f"The clocks are apart from this machine's: {', '.join(far)}.")
    return "agree"


def disk(target: Target) -> str:
    free = shutil.disk_usage(settings.DATA_DIR).free
    if free < LEAST_FREE_BYTES:
        raise Failed(f"Only {free / 1e9:.1f} GB are free in {settings.DATA_DIR}; {LEAST_FREE_BYTES / 1e9:.1f} GB are needed.")
    return f"{free / 1e9:.0f} GB free"


CHECKS = (
    Check("clock", clock),
    Check("disk", disk),
)
