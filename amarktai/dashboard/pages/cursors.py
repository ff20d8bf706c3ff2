"""Where a list goes on: after a time and, within it, after an id. Two rows of one moment are neither lost nor shown twice."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from accounts.domain.chain import stamp
from accounts.domain.refusals import Malformed
from accounts.web import page

LONGEST = 80


def write(at: datetime, row: UUID) -> str:
    return f"{stamp(at)}_{row}"


def read(text: str) -> tuple[datetime, UUID]:
    """The time and id of the last row seen. Malformed CURSOR_REFUSED."""
    at_text, _, row = text[:LONGEST].partition("_")
    try:
        return page.moment(datetime.fromisoformat(at_text)), UUID(row)
    except (ValueError, OverflowError):
        raise Malformed("CURSOR_REFUSED", "This page does not exist.") from None


def older(text: str, *, column: str) -> Q:
    """The rows below the cursor in a list that is sorted by `column`, then id, newest first. Malformed CURSOR_REFUSED."""
    at, last = read(text)
    return Q(**{f"{column}__lt": at}) | Q(**{column: at, "id__lt": last})
