"""Adapters behind one port. The table names each by dotted path, so that a heavy one is imported only when it is used."""

from __future__ import annotations

from functools import cache

from django.utils.module_loading import import_string

from accounts.domain.refusals import Missing
from trading.venues.port import Venue

_ROLL = {
    "sim": "trading.venues.simulated.of_settings",
    "recorded": "trading.venues.recorded.RecordedVenue",
}


def names() -> tuple[str, ...]:
    """Every venue that has an adapter."""
    return tuple(_ROLL)


@cache
def venue(name: str) -> Venue:
    """The adapter of a venue, one per process. Raises Missing UNKNOWN_VENUE."""
    if name not in _ROLL:
        known = ", ".join(_ROLL)
        raise Missing("UNKNOWN_VENUE", f"There is no venue of that name. Choose from {known}.", given=name[:40])
    made: Venue = import_string(_ROLL[name])()
    return made
