"""The ranges of charts and lists, as they stand in the address: a usual one, or days of one's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from accounts.domain.refusals import Malformed
from amarktai.dashboard.shapes.parts import Choice, Span

RANGES: dict[str, tuple[str, timedelta | None]] = {
    "24h": ("24 h", timedelta(hours=24)),
    "7d": ("7 d", timedelta(days=7)),
    "30d": ("30 d", timedelta(days=30)),
    "all": ("All", None),
}
USUAL, CUSTOM = "7d", "custom"
FIRST_YEAR, LAST_YEAR = 2000, 2100
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A range as times; `until` is excluded, None has no end. `address` is what stands in the address for it."""

    name: str
    since: datetime | None
    until: datetime | None
    address: Mapping[str, str]


def known(name: str) -> str:
    return name if name in RANGES else USUAL


def since(name: str, *, now: datetime) -> datetime | None:
    span = RANGES[known(name)][1]
    return now - span if span else None


def choices(chosen: str) -> tuple[Choice, ...]:
    return tuple(
        Choice(value=name, label=label, url=f"?range={name}", chosen=name == known(chosen)) for name, (label, _) in RANGES.items()
    )


def asked(query: Mapping[str, str], *, zone: str, now: datetime, usual: str) -> Asked:
    """The range that an address asks for; an unknown name means the usual one. Days are whole days of the reader's zone, the last
    one included. Malformed BAD_DAY, RANGE_REVERSED."""
    name = query.get("range", "")
    if name != CUSTOM:
        name = name if name in RANGES else usual
        return Asked(name=name, since=since(name, now=now), until=None, address={"range": name})
    first, last = _day(query.get("from", "")), _day(query.get("to", ""))
    if first and last and last < first:
        raise Malformed("RANGE_REVERSED", "The first day lies after the last one.")
    address = {"range": CUSTOM, "from": first.isoformat() if first else "", "to": last.isoformat() if last else ""}
    return Asked(
        name=CUSTOM, since=_midnight(first, zone) if first else None,
        until=_midnight(last + timedelta(days=1), zone) if last else None, address=address,
    )  # fmt: skip


def span(found: Asked) -> Span:
    """For the form."""
    usual = tuple(Choice(value=name, label=label, chosen=name == found.name) for name, (label, _) in RANGES.items())
    own = Choice(value=CUSTOM, label="Days of my choice", chosen=found.name == CUSTOM)
    return Span(
        name=found.name, choices=(*usual, own), first=found.address.get("from", ""), last=found.address.get("to", "")
    )


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        found = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None or not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise Malformed("BAD_DAY", f"A day is written like 2026-03-02 and lies between {FIRST_YEAR} and {LAST_YEAR}.")
    return found


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), tzinfo=ZoneInfo(zone))
