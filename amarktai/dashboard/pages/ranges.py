"""The ranges of the charts, as they stand in the address."""

from __future__ import annotations

from datetime import datetime, timedelta

from amarktai.dashboard.shapes.parts import Choice

RANGES: dict[str, tuple[str, timedelta | None]] = {
    "24h": ("24 h", timedelta(hours=24)),
    "7d": ("7 d", timedelta(days=7)),
    "30d": ("30 d", timedelta(days=30)),
    "all": ("All", None),
}
USUAL = "7d"


def known(name: str) -> str:
    return name if name in RANGES else USUAL


def since(name: str, *, now: datetime) -> datetime | None:
    span = RANGES[known(name)][1]
    return now - span if span else None


def choices(chosen: str) -> tuple[Choice, ...]:
    return tuple(
        Choice(value=name, label=label, url=f"?range={name}", chosen=name == known(chosen)) for name, (label, _) in RANGES.items()
    )
