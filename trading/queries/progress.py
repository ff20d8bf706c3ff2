"""How far the history of the live streams has been traded. Never writes."""

from __future__ import annotations

from dataclasses import dataclass

from trading.models import Stream


@dataclass(frozen=True, kw_only=True)
class Progress:
    """percent 0 to 100, phase in words; streams that still wait."""

    percent: int
    phase: str
    waiting: int


def backfill() -> Progress | None:
    """The back-fill that is under way, None when there is none."""
    streams = list(Stream.objects.filter(run="", backfill_from__isnull=False).select_related("market"))
    waiting = [stream for stream in streams if stream.backfill_until is not None]
    if not waiting:
        return None
    parts = [_part(stream) for stream in streams]
    return Progress(
        percent=int(100 * sum(parts) / len(parts)), waiting=len(waiting),
        phase=f"Trading three days of history: {waiting[0].market.symbol}, {len(streams) - len(waiting)} of {len(streams)} markets done",
    )


def _part(stream: Stream) -> float:
    if stream.backfill_until is None or stream.backfill_from is None:
        return 1.0
    if stream.last_candle is None:
        return 0.0
    whole = (stream.backfill_until - stream.backfill_from).total_seconds()
    return min((stream.last_candle - stream.backfill_from).total_seconds() / whole, 1.0) if whole > 0 else 1.0
