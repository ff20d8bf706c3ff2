"""The small lines in lists, as SVG points. Pixels only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from amarktai.dashboard.shapes.parts import Spark
from ledger.queries import sparks

SPAN = timedelta(days=7)
SLOTS = 44
WIDTH, HEIGHT, EDGE = 88.0, 24.0, 2.0


def of_books(books: Sequence[UUID], *, now: datetime) -> dict[UUID, Spark]:
    slot_s = int(SPAN.total_seconds()) // SLOTS
    found = sparks.of_books(books=books, since=now - SPAN, slot_s=slot_s)
    return {book: line(values) for book, values in found.items() if len(values) > 1}


def line(values: Sequence[Decimal]) -> Spark:
    low, high = float(min(values)), float(max(values))
    reach = (high - low) or 1.0
    step = WIDTH / (len(values) - 1)
    points = (
        f"{at * step:.1f},{HEIGHT - EDGE - (float(value) - low) / reach * (HEIGHT - 2 * EDGE):.1f}" for at, value in enumerate(values)
    )
    rose = values[-1] - values[0]
    tone = "gain" if rose > 0 else "loss" if rose < 0 else ""
    word = {"gain": "up", "loss": "down"}.get(tone, "level")
    return Spark(points=" ".join(points), tone=tone, label=f"Equity over 7 days: {word}")
