"""Fills that are booked but not finished: their fee is not known yet, or nothing explains what they sold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from accounts.models import User
from amarktai.dashboard import writing
from amarktai.dashboard.shapes.money import OpenLine, Unfinished
from ledger.queries import fills

MOST = 20  # of each kind
FEE = "Its profit is provisional until the fee, or the price of the asset it was paid in, is known. That is filled in by itself."
UNEXPLAINED = "No purchase explains these units, so no profit is counted for them. Importing the earlier fills resolves it."


def of(*, user: User, now: datetime) -> Unfinished:
    """The oldest of each kind; nothing for most people."""
    waiting = fills.fee_pending(owner=user.id, most=MOST + 1)
    unexplained = fills.unexplained(owner=user.id, most=MOST + 1)
    shown = [*waiting[:MOST], *(entry for entry, _, _ in unexplained[:MOST])]
    rows = {row["id"]: row for row in fills.of(owner=user.id).filter(entry_id__in=shown)} if shown else {}
    lines = [_line(rows[entry], "Fee is not known", FEE, user=user, now=now) for entry in waiting[:MOST] if entry in rows]
    for entry, asset, units in unexplained[:MOST]:
        if entry in rows:
            lines.append(_line(rows[entry], f"{writing.quantity(units, asset)} unexplained", UNEXPLAINED, user=user, now=now))
    return Unfinished(lines=tuple(lines), more=max(len(waiting), len(unexplained)) > MOST)


def _line(row: Mapping[str, Any], missing: str, sentence: str, *, user: User, now: datetime) -> OpenLine:
    quantity = writing.quantity(row["quantity"], str(row["symbol"]).partition("/")[0])
    return OpenLine(
        at=writing.clock(row["executed_at"], zone=user.time_zone, now=now),
        what=f"{writing.words(str(row['side']))} {quantity} at {writing.price(row['price'])}, {row['book_label']}, {row['venue']}",
        missing=missing,
        sentence=sentence,
        trade_id=str(row["trade_id"])[:24],
    )
