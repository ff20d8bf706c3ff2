"""The newest reading of every bot on a stream, as one array: what it saw, its trailing peak and its breaker levels.

nav figures are a measure for the breaker, not money: floats, linked from tick to tick so that allocations are neither profit
nor loss. Prices are in units of the candle's price places.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

DTYPE = np.dtype([
    ("hi", "<u8"), ("lo", "<u8"), ("direction", "i1"), ("ready", "i1"), ("skipped", "<i4"), ("edge_bps", "<f8"),
    ("candle", "<i8"), ("close", "<i8"), ("peak", "<i8"), ("equity", "<f8"), ("allocated", "<f8"),
    ("since", "<i8"), ("nav", "<f8"), ("nav_peak", "<f8"), ("nav_day", "<f8"), ("nav_week", "<f8"),
])  # fmt: skip
LOW = (1 << 64) - 1
DAY = 86_400
MONDAY_OFFSET = 4 * DAY  # 1970-01-05 was a Monday

Readings = NDArray[np.void]


def blank(bots: Sequence[UUID]) -> Readings:
    """A reading row per bot, with a nav of 1 and nothing seen yet."""
    rows = np.zeros(len(bots), dtype=DTYPE)
    rows["hi"] = [bot.int >> 64 for bot in bots]
    rows["lo"] = [bot.int & LOW for bot in bots]
    for name in ("nav", "nav_peak", "nav_day", "nav_week"):
        rows[name] = 1.0
    return rows


def carry(before: Readings, bots: Sequence[UUID]) -> Readings:
    """Rows for these bots in this order, carried over from the reading before where a bot was on it."""
    rows = blank(bots)
    if not len(before):
        return rows
    if len(before) == len(rows) and bool((before["lo"] == rows["lo"]).all() and (before["hi"] == rows["hi"]).all()):
        return before.copy()
    place = {(int(hi), int(lo)): i for i, (hi, lo) in enumerate(zip(before["hi"], before["lo"], strict=True))}
    found = [place.get((int(hi), int(lo)), -1) for hi, lo in zip(rows["hi"], rows["lo"], strict=True)]
    known = np.array(found) >= 0
    rows[known] = before[np.array(found)[known]]
    return rows


def link_nav(rows: Readings, *, equity: NDArray[np.float64], allocated: NDArray[np.float64], closed: int, before: int) -> None:
    """Link each nav to the equity now, in place. `closed`, `before`: close times (epoch s) of this and the tick before."""
    base = rows["equity"] + (allocated - rows["allocated"])
    linked = (rows["equity"] > 0) & (base > 0)
    rows["nav"] = np.where(linked, rows["nav"] * equity / np.where(linked, base, 1.0), rows["nav"])
    rows["equity"], rows["allocated"] = equity, allocated
    if closed // DAY != before // DAY:
        rows["nav_day"] = rows["nav"]
    if (closed - MONDAY_OFFSET) // (7 * DAY) != (before - MONDAY_OFFSET) // (7 * DAY):
        rows["nav_week"] = rows["nav"]
    rows["nav_peak"] = np.maximum(rows["nav_peak"], rows["nav"])


def restart(rows: Readings, since: NDArray[np.int64]) -> None:
    """Measure falls anew, in place, where the breaker was reset (`since`, epoch s) after the reading before."""
    anew = since > rows["since"]
    for name in ("nav_peak", "nav_day", "nav_week"):
        rows[name] = np.where(anew, rows["nav"], rows[name])
    rows["since"] = np.maximum(since, rows["since"])


def pack(rows: Readings) -> bytes:
    return rows.tobytes()


def unpack(data: bytes | memoryview) -> Readings:
    return np.frombuffer(bytes(data), dtype=DTYPE)


def row_of(rows: Readings, bot: UUID) -> np.void | None:
    """The reading of one bot, or None when it was not on the stream yet."""
    found = np.flatnonzero((rows["hi"] == np.uint64(bot.int >> 64)) & (rows["lo"] == np.uint64(bot.int & LOW)))
    return rows[int(found[0])] if len(found) else None
