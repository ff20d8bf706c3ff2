"""How a block of candles lies in its row, and how windows are cut, joined and merged. Pure arrays; it must not touch the
database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from accounts.domain.refusals import Malformed
from bots.domain.candles import Window

CANDLES_PER_BLOCK = 1_440
_LARGEST = 2**62
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of the candles offered: new, already there with the same numbers, already there with other numbers (what
    is stored stays). `differing` are the open times of the last kind."""

    stored: int
    duplicates: int
    conflicts: int
    differing: tuple[int, ...] = ()


def rows_of(window: Window) -> Rows:
    """A window as an array of shape (n, 6): time, open, high, low, close, volume."""
    columns = (window.times, window.open, window.high, window.low, window.close, window.volume)
    return np.column_stack(columns).astype(np.int64, copy=False)


def window_of(rows: Rows, *, price_places: int, volume_places: int, seconds: int) -> Window:
    """The reverse of `rows_of`; the columns are contiguous copies."""
    columns = np.ascontiguousarray(rows.T)
    times, opened, high, low, close, volume = columns
    return Window(
        times=times,
        open=opened,
        high=high,
        low=low,
        close=close,
        volume=volume,
        price_places=price_places,
        volume_places=volume_places,
        seconds=seconds,
    )


def empty(*, seconds: int) -> Window:
    """No candles."""
    return window_of(np.empty((0, 6), np.int64), price_places=0, volume_places=0, seconds=seconds)


def pack(rows: Rows) -> bytes:
    return rows.astype("<i8").tobytes()


def unpack(data: bytes | memoryview) -> Rows:
    return np.frombuffer(data, dtype="<i8").reshape(-1, 6).astype(np.int64, copy=False)


def block_start(times: NDArray[np.int64], *, seconds: int) -> NDArray[np.int64]:
    """The start of the aligned span of CANDLES_PER_BLOCK candles in which each time lies."""
    span = seconds * CANDLES_PER_BLOCK
    return times - times % span


def rescale(rows: Rows, *, price_by: int, volume_by: int) -> Rows:
    """The same numbers counted in units finer by that many places. Raises Malformed CANDLES_TOO_FINE past 62 bits."""
    if price_by == 0 and volume_by == 0:
        return rows
    factors = [1, *[10**price_by] * 4, 10**volume_by]
    peaks = rows.max(axis=0, initial=0)
    if any(int(peak) * factor >= _LARGEST for peak, factor in zip(peaks, factors, strict=True)):
        raise Malformed("CANDLES_TOO_FINE", "These candles have more digits than fit beside the ones already stored.")
    return rows * np.array(factors, dtype=np.int64)


def join(parts: Sequence[tuple[Rows, int, int]], *, seconds: int) -> Window:
    """Ascending parts (rows, price_places, volume_places) as one window in the finest places of all."""
    if not parts:
        return empty(seconds=seconds)
    price = max(part[1] for part in parts)
    volume = max(part[2] for part in parts)
    scaled = [rescale(rows, price_by=price - own, volume_by=volume - other) for rows, own, other in parts]
    return window_of(np.concatenate(scaled), price_places=price, volume_places=volume, seconds=seconds)


def merge(*, kept: Rows, offered: Rows) -> tuple[Rows, Appended]:
    """Stored candles and offered ones (same places, each ascending and unique). Where both have a time the stored row stays."""
    at = np.searchsorted(kept[:, 0], offered[:, 0])
    known = np.zeros(len(offered), dtype=bool)
    inside = at < len(kept)
    known[inside] = kept[at[inside], 0] == offered[inside, 0]
    same = np.zeros(len(offered), dtype=bool)
    same[known] = (kept[at[known]] == offered[known]).all(axis=1)
    new = offered[~known]
    merged = np.concatenate([kept, new])
    merged = merged[np.argsort(merged[:, 0], kind="stable")]
    differing = tuple(offered[known & ~same, 0].tolist())
    return merged, Appended(len(new), int(same.sum()), len(differing), differing)


def total(answers: Sequence[Appended]) -> Appended:
    """The answers of several blocks as one."""
    return Appended(
        stored=sum(answer.stored for answer in answers),
        duplicates=sum(answer.duplicates for answer in answers),
        conflicts=sum(answer.conflicts for answer in answers),
        differing=tuple(time for answer in answers for time in answer.differing),
    )
