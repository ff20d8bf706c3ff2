"""How numbers and times are written for people. Pure text: plain notation, grouped thousands, a true minus, the zone named.

It must not compute money: what comes in is what is shown, rounded for the eye, with the exact figure kept beside it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from accounts.domain.chain import stamp
from accounts.domain.decimals import plain
from amarktai.dashboard.shapes.parts import Figure, Meter, Moment
from ledger.domain import spoken as spoken_amounts

_PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?")
MINUS = "\u2212"
NONE = "\u2013"
CENT = Decimal("0.01")
MONEY_PLACES, QUANTITY_PLACES = spoken_amounts.MONEY_PLACES, spoken_amounts.COIN_PLACES
MANY_TICKS = 2


def money(value: Decimal | None, unit: str, *, signed: bool = False) -> Figure:
    """An amount of money to the cent; under one unit to four places, so that small fees do not read as nothing."""
    if value is None:
        return Figure(text=NONE, unit="", exact="no price is known")
    return _figure(value, unit, spoken_amounts.money_places(value), signed=signed)


def available(value: Decimal, unit: str) -> Figure:
    """What can be had, rounded down as refusals of more say it: who asks for all of it gets it."""
    return Figure(text=spoken_amounts.most(value, unit).removesuffix(unit).rstrip(), unit=unit, exact=f"{plain(value)} {unit}")


def total(value: Decimal | None, unit: str, *, signed: bool = False) -> Figure:
    """A sum among sums: to the cent like its neighbours, so that they can be added up by eye; as small money only where cents
    would read as nothing."""
    if value is None or abs(value) * 2 < CENT:
        return money(value, unit, signed=signed)
    return _figure(value, unit, MONEY_PLACES, signed=signed)


def places_for(*sums: Sequence[Decimal]) -> int:
    """The fewest places, two to eight, with which each sum (parts, then their total) adds up as it is written."""
    for places in range(MONEY_PLACES, QUANTITY_PLACES):
        written = ([spoken_amounts.rounded(value, places) for value in parts] for parts in sums)
        if all(sum(parts, Decimal(0)) == whole for *parts, whole in written):
            return places
    return QUANTITY_PLACES


def amount(value: Decimal, unit: str, *, places: int, signed: bool = False) -> Figure:
    """An amount with so many places, see `places_for`."""
    return _figure(value, unit, places, signed=signed)


def percent(fraction: Decimal | None, *, signed: bool = False, places: int = 2) -> Figure:
    """A fraction (0.0123) as percent (1.23 %); what rounds to nothing and is not says so; empty text when unknown."""
    if fraction is None:
        return Figure(text="")
    shown = _figure(fraction.scaleb(2), "%", places, signed=signed)
    if shown.text.strip("0."):
        return shown
    return replace(shown, text=f"under {Decimal(1).scaleb(-places)}" if fraction else "0")


def share(part: Decimal | None, whole: Decimal | None, *, signed: bool = True) -> Figure:
    """`part` of `whole` in percent, for reading only; empty where there is nothing to tell or to compare with."""
    if not part or not whole:
        return Figure(text="")
    return percent(part / whole, signed=signed)


def quantity(value: Decimal, unit: str = "") -> str:
    """An amount of an asset, at most eight places."""
    text = _grouped(value, QUANTITY_PLACES, trim=True)
    return f"{text} {unit}".rstrip()


def price(value: Decimal | None) -> str:
    """A price with as many places as its size asks for."""
    if value is None:
        return NONE
    size = abs(value)
    places = 2 if size >= 1000 else 3 if size >= 100 else 4 if size >= 1 else 8
    text = _grouped(value, places, trim=True)
    whole, _, rest = text.partition(".")
    return f"{whole}.{rest.ljust(2, '0')}"


def number(value: Any) -> str:
    """A number (or word) that a gate carries, without trailing zeros."""
    text = str(value)
    if not _PLAIN.fullmatch(text):
        return text
    return f"{Decimal(plain(Decimal(text))):,f}".replace("-", MINUS)


def percent_used(value: Decimal, limit: Decimal) -> int:
    """How much of a limit is used, 0 to 100, for the length of a bar."""
    return 0 if limit <= 0 or value <= 0 else min(100, int(value * 100 / limit))


def meter(*, label: str, value: Decimal, limit: Decimal, fraction: bool, state: str, note: str = "") -> Meter:
    """`state` as the breaker names it: OK, WARNING, TRIPPED or REACHED; `note`: the time it counts over."""
    tones = {"WARNING": "warn", "TRIPPED": "over", "REACHED": "over"}
    return Meter(
        label=label,
        value=spoken(percent(value)) if fraction else quantity(value),
        limit=spoken(percent(limit, places=0 if limit.scaleb(2) == int(limit.scaleb(2)) else 2)) if fraction else quantity(limit),
        percent=percent_used(value, limit),
        state=tones.get(state, ""),
        note=note,
    )


def spoken(figure: Figure) -> str:
    return f"{figure.text} {figure.unit}".strip()


def kept(text: str) -> str:
    """With spaces that do not break a line: a number stays with its unit."""
    return text.replace(" ", "\u00a0")


def words(code: str) -> str:
    """An upper-case code as words: CIRCUIT_TRIPPED -> Circuit tripped."""
    return code.replace("_", " ").capitalize()


def counted(count: int, one: str, many: str = "") -> str:
    """1 trade, 2 trades."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def moment(at: datetime, *, zone: str, now: datetime | None = None, stale_after: int = 0) -> Moment:
    """With `now` the age is shown and counts on in the page; without, the time itself."""
    local = at.astimezone(ZoneInfo(zone))
    gone = max(timedelta(0), now - at) if now else timedelta(0)
    return Moment(
        iso=stamp(at),
        text=f"{local:%-d %b %Y %H:%M:%S}" if now is None or local.year != now.year else f"{local:%-d %b %H:%M:%S}",
        zone=zone,
        age=age(gone) if now else "",
        stale_after=stale_after,
        stale=bool(stale_after) and gone.total_seconds() > stale_after,
    )


def clock(at: datetime, *, zone: str, now: datetime) -> Moment:
    """A time of day where a list is read by time rather than age: date and time, the year only when it is another."""
    local = at.astimezone(ZoneInfo(zone))
    same = local.year == now.astimezone(ZoneInfo(zone)).year
    return Moment(iso=stamp(at), text=f"{local:%-d %b %H:%M:%S}" if same else f"{local:%-d %b %Y %H:%M:%S}", zone=zone)


def age(gone: timedelta) -> str:
    return "now" if gone.total_seconds() < 1 else f"{lasting(gone)} ago"


def lasting(gone: timedelta) -> str:
    """A length of time in its largest unit: 90 s -> 1 min."""
    seconds = int(gone.total_seconds())
    for size, name in ((172_800, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // (86_400 if name == 'd' else size)} {name}"
    return f"{seconds} s"


def length(gone: timedelta) -> str:
    """A length of time in its two largest units: 80 minutes -> 1 h 20 min."""
    seconds = int(gone.total_seconds())
    for size, name, below, part in ((86_400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if seconds >= size:
            rest = seconds % size // below
            return f"{seconds // size} {name} {rest} {part}" if rest else f"{seconds // size} {name}"
    return f"{seconds} s"


def held(since: datetime, *, zone: str, now: datetime) -> Moment:
    """How long something has been held, as of the last tick; the time itself is its title."""
    return replace(moment(since, zone=zone, now=now), age=lasting(max(timedelta(0), now - since)), counts=False)


def sentence(text: str) -> str:
    """As the first words on a line: codes and names of fields begin small."""
    return text[:1].upper() + text[1:]


def span(seconds: int) -> str:
    """A holding time: 90 -> 90 s, 3600 -> 1 h."""
    for size, name in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size} {name}"
    return f"{seconds} s"


def stale_after(timeframe_s: int) -> int:
    """Older than two ticks, and the time a tick takes, is old."""
    return MANY_TICKS * timeframe_s + 30


def _figure(value: Decimal, unit: str, places: int, *, signed: bool) -> Figure:
    text = _grouped(value.copy_abs(), places)
    exact = f"{plain(value)} {unit}".strip()
    shown = Decimal(text.replace(",", ""))
    if not signed or not shown:
        return Figure(text=(MINUS if value < 0 and shown else "") + text, unit=unit, exact=exact)
    if value > 0:
        return Figure(text=f"+{text}", unit=unit, tone="gain", word="up", exact=exact)
    return Figure(text=f"{MINUS}{text}", unit=unit, tone="loss", word="down", exact=exact)


def _grouped(value: Decimal, places: int, *, trim: bool = False) -> str:
    return spoken_amounts.grouped(value, places=places, trim=trim).replace("-", MINUS)
