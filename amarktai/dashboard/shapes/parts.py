"""The small parts all screens share: figures, moments, pills, meters, choices. Holds no rules beyond how a number is written."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number as people read it, rounded; `exact` is all of it. `tone` is gain, loss or empty; `word` says the same for who
    cannot see colours."""

    text: str
    unit: str = ""
    tone: str = ""
    word: str = ""
    exact: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A time: `iso` for machines, `text` in the reader's zone, `age` at the time of rendering.

    `stale_after` in seconds: older than that the page greys it by itself. `counts`: the page lets the age grow.
    """

    iso: str
    text: str
    zone: str
    age: str = ""
    stale_after: int = 0
    stale: bool = False
    counts: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Pill:
    """A state in a word; `tone` is good, warn, bad, busy or idle; `why` the reason beneath it."""

    text: str
    tone: str = "idle"
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """A value against its limit; `percent` of the limit used, 0 to 100; `state` is empty, warn or over; `note`: what it counts over."""

    label: str
    value: str
    limit: str
    percent: int
    state: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    value: str
    label: str
    url: str = ""
    chosen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something a person may do: `ask` opens a dialog first (GET), `link` goes to a page, otherwise a POST straight away."""

    label: str
    url: str
    icon: str
    ask: bool = False
    link: bool = False
    danger: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Which part of a long list is shown, in words, and where the parts beside it are; all empty where the list is short."""

    said: str = ""
    previous: str = ""
    next: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spark:
    """A small line: SVG points within 88 by 24."""

    points: str
    tone: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A heading that sorts; `direction` is ascending, descending or empty."""

    label: str
    url: str = ""
    direction: str = ""
    numeric: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What a drawing script needs: where the data is, and the table that stands beside it."""

    source: str
    label: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    ranges: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A dialog before an act: what happens, in words and numbers, and what is asked for. `link`: it only leads elsewhere; `bots`:
    the ids that the act is about; `place`: further fields of the form, as (name, value)."""

    title: str
    sentence: str
    effects: tuple[tuple[str, str], ...]
    url: str
    confirm: str
    back: str
    danger: bool = False
    reason: bool = False
    code: bool = False
    positions: bool = False
    flatten: bool = False
    link: bool = False
    bots: tuple[str, ...] = ()
    place: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar of a drawing; places and lengths are percent of it, as text. `label` is read out."""

    label: str
    tone: str
    x: str = "0"
    y: str = "0"
    width: str = "0"
    height: str = "0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A word on an axis, at so many percent of it."""

    at: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """Columns with their axes, and the table that stands beside them."""

    chart: Chart
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    levels: tuple[Tick, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The range of time that an address asks for: one of the usual ones, or `custom` with days."""

    name: str
    choices: tuple[Choice, ...]
    first: str = ""
    last: str = ""
