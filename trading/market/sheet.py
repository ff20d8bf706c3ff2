"""A candle file as rows of text, judged line by line and turned into one window of exact integers. Pure: it must not open
files or touch the database.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from accounts.domain.refusals import Malformed
from bots.domain.candles import Window
from trading.market import blocks

COLUMNS = ("timestamp", "open", "high", "low", "close", "volume")
TIME_NAMES = ("timestamp", "open_time", "date", "time", "datetime", "unix", "__index_level_0__")  # the last one is pandas' index
NAMES = frozenset((*COLUMNS, *TIME_NAMES))
BINANCE_COLUMNS = 12  # a headerless line of Binance's public files
LISTED = 20  # so many refused lines are named, the others counted
OTHER_TIMEFRAME_RUN = 10  # so many equal distances in a row are no outage and no quiet market
EARLIEST = 1_230_940_800  # 3 January 2009, the first block of Bitcoin: older times are in a unit that nobody meant
_FAR = 253_402_300_799  # the last second of the year 9999
_DIGITS = 18  # of any number, so that it fits 62 bits
_MOST_PLACES = 12
_PLAIN = re.compile(r"(\d{1,18})(?:\.(\d*))?", re.ASCII)
_POWER = re.compile(r"\d{1,18}(?:\.\d{0,18})?[eE][+-]?\d{1,2}", re.ASCII)
_WHOLE = re.compile(r"\d{1,19}", re.ASCII)
_UNITS = ((10**11, 1), (10**14, 10**3), (10**17, 10**6), (10**19, 10**9))  # below the first: seconds; then milli-, micro-, nanoseconds


@dataclass(frozen=True, slots=True)
class LineRefusal:
    """Why a line of the file cannot be a candle."""

    line: int
    code: str
    sentence: str


@dataclass(slots=True)
class Sheet:
    """What was read: rows judged good as integers, each number with its own places (five of both per candle), and the lines
    refused. `word`: what the file calls a line."""

    word: str = "Line"
    read: int = 0
    duplicates: int = 0
    rejected: int = 0
    refusals: list[LineRefusal] = field(default_factory=list)
    times: array[int] = field(default_factory=lambda: array("q"))
    lines: array[int] = field(default_factory=lambda: array("q"))
    digits: array[int] = field(default_factory=lambda: array("q"))
    places: array[int] = field(default_factory=lambda: array("b"))

    def refuse(self, line: int, code: str, sentence: str) -> None:
        self.rejected += 1
        if len(self.refusals) < LISTED:
            self.refusals.append(LineRefusal(line, code, sentence))


class BadLine(Exception):
    """One line is no candle; says why."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


def columns_of(first: Sequence[str]) -> tuple[tuple[int, ...], bool]:
    """Where each of COLUMNS stands, and whether `first` is a header. Raises Malformed HEADER_MISSING, COLUMN_TWICE."""
    names = [name.strip().lower().replace(" ", "_") for name in first]
    if len(names) == BINANCE_COLUMNS and _WHOLE.fullmatch(names[0]):
        return tuple(range(6)), False
    time = next((names.index(name) for name in TIME_NAMES if name in names), None)
    missing = [name for name in COLUMNS[1:] if name not in names]
    if time is None or missing:
        raise Malformed(
            "HEADER_MISSING",
            f"The first line must name the columns {', '.join(COLUMNS)}.",
            found=", ".join(names)[:120],
        )
    twice = [name for name in (names[time], *COLUMNS[1:]) if names.count(name) > 1]
    if twice:
        raise Malformed("COLUMN_TWICE", f"The file has two columns named {twice[0]}; which one is meant cannot be known.")
    return (time, *(names.index(name) for name in COLUMNS[1:])), True


def read_line(*, sheet: Sheet, line: int, fields: Sequence[str], places: tuple[int, ...]) -> None:
    """Judge one line and add it to the sheet, as a candle, a duplicate or a refusal."""
    sheet.read += 1
    try:
        if len(fields) <= max(places):
            raise BadLine("FIELDS_MISSING", f"it has {len(fields)} fields, {max(places) + 1} are needed")
        time = _seconds(fields[places[0]].strip())
        numbers = tuple(_number(name, fields[at].strip()) for name, at in zip(COLUMNS[1:], places[1:], strict=True))
        _check_shape(numbers)
        if sheet.times and time <= sheet.times[-1]:
            _check_repeat(sheet=sheet, time=time, numbers=numbers)
            sheet.duplicates += 1
            return
    except BadLine as no:
        sheet.refuse(line, no.code, no.sentence)
        return
    sheet.times.append(time)
    sheet.lines.append(line)
    sheet.digits.extend(digits for digits, _ in numbers)
    sheet.places.extend(places for _, places in numbers)


def judge_times(*, sheet: Sheet, seconds: int, others: Sequence[int], now: int) -> None:
    """Refuse candles that are older than any market, had not closed by `now` (epoch seconds), or lie as far apart as candles of
    one of the `others` do (timeframes in seconds): those are no gaps."""
    times = np.array(sheet.times, dtype=np.int64)
    for row in np.flatnonzero(times < EARLIEST):
        sheet.refuse(sheet.lines[row], "TIME_TOO_EARLY", f"its time {times[row]} s is before 2009, when there was no market")
    for row in np.flatnonzero(times + seconds > now):
        at = f"{datetime.fromtimestamp(min(int(times[row]), _FAR), tz=UTC):%Y-%m-%d %H:%M:%S}"
        sheet.refuse(sheet.lines[row], "FUTURE_CANDLE", f"its candle of {at} UTC has not happened yet or is not closed")
    for first, apart in _other_timeframes(np.diff(times), others=[other for other in others if other > seconds]):
        sheet.refuse(sheet.lines[first], "OTHER_TIMEFRAME", f"from here on candles lie {apart} seconds apart, not {seconds}")


def _other_timeframes(apart: NDArray[np.int64], *, others: Sequence[int]) -> Iterator[tuple[int, int]]:
    """(row, seconds) of each candle that begins a run of candles of another timeframe."""
    for other in others:
        same = np.concatenate([[0], (apart == other).astype(np.int8), [0]])
        for start, end in np.flatnonzero(np.diff(same)).reshape(-1, 2):
            if end - start >= OTHER_TIMEFRAME_RUN:
                yield int(start), other


def window_of(*, sheet: Sheet, seconds: int) -> Window:
    """The sheet's candles as one window; lines off the grid of the timeframe or with too many digits are refused in it."""
    times = np.array(sheet.times, dtype=np.int64)
    for row in np.flatnonzero(times % seconds):
        sheet.refuse(sheet.lines[row], "OFF_GRID", f"its time {times[row]} is no multiple of {seconds} seconds")
    digits = np.array(sheet.digits, dtype=np.int64).reshape(-1, 5)
    places = np.array(sheet.places, dtype=np.int64).reshape(-1, 5)
    price_places = int(places[:, :4].max(initial=0))
    volume_places = int(places[:, 4].max(initial=0))
    finest = np.array([price_places] * 4 + [volume_places])
    factors = 10 ** (finest - places)
    too_long = (digits > 2**62 // factors).any(axis=1)
    for row in np.flatnonzero(too_long):
        sheet.refuse(sheet.lines[row], "TOO_MANY_DIGITS", "its numbers have more digits than fit beside those of other lines")
    rows = np.column_stack([times, digits * factors])
    return blocks.window_of(rows, price_places=price_places, volume_places=volume_places, seconds=seconds)


def spacing(times: Sequence[int]) -> int:
    """The smallest distance of two candles in seconds: the timeframe of a file that does not say. Raises Malformed."""
    if len(times) < 2:
        raise Malformed("TIMEFRAME_NEEDED", "One candle alone does not show its timeframe; state it with --timeframe.")
    return int(np.diff(np.array(times, dtype=np.int64)).min())


def _check_shape(numbers: tuple[tuple[int, int], ...]) -> None:
    finest = max(places for _, places in numbers[:4])
    opened, high, low, close = (digits * 10 ** (finest - places) for digits, places in numbers[:4])
    if low <= 0:
        raise BadLine("PRICE_NOT_POSITIVE", "a price must be greater than zero")
    if high < low:
        raise BadLine("HIGH_UNDER_LOW", "its high is under its low")
    if not (low <= opened <= high and low <= close <= high):
        raise BadLine("OUTSIDE_RANGE", "its open or close lies outside low and high")


def _check_repeat(*, sheet: Sheet, time: int, numbers: tuple[tuple[int, int], ...]) -> None:
    if time < sheet.times[-1]:
        raise BadLine("NOT_SORTED", f"it is earlier than {sheet.word.lower()} {sheet.lines[-1]}; candles must ascend in time")
    if numbers != tuple(zip(sheet.digits[-5:], sheet.places[-5:], strict=True)):
        raise BadLine("REPEATED_DIFFERENTLY", f"it repeats the time of {sheet.word.lower()} {sheet.lines[-1]} with other numbers")


def _number(name: str, text: str) -> tuple[int, int]:
    """(digits, places) of a number of zero or more: "23140.50" -> (231405, 1). Exact, no float anywhere."""
    found = _PLAIN.fullmatch(text)
    if found is None:
        found = _spelled_out(name, text)
    whole, part = found[1], (found[2] or "").rstrip("0")
    if len(part) > _MOST_PLACES or len(whole.lstrip("0")) + len(part) > _DIGITS:
        raise BadLine("TOO_MANY_DIGITS", f"its {name} has more than {_DIGITS} digits or {_MOST_PLACES} of them behind the point")
    return int(whole + part), len(part)


def _spelled_out(name: str, text: str) -> re.Match[str]:
    """1e-06 as plain notation, which spreadsheets and pandas write for small volumes."""
    found = _PLAIN.fullmatch(format(Decimal(text), "f")) if _POWER.fullmatch(text) else None
    if found is not None:
        return found
    if text.startswith("-") and _PLAIN.fullmatch(text[1:]):
        raise BadLine("NEGATIVE_NUMBER", f"its {name} is negative")
    raise BadLine("NOT_A_NUMBER", f"its {name} is not a number: {text[:24]!r}")


def _seconds(text: str) -> int:
    """Epoch seconds of a time in seconds, milliseconds, microseconds or ISO 8601 (UTC where it does not say)."""
    if not _WHOLE.fullmatch(text):
        return _iso_seconds(text)
    value = int(text)
    unit = next(unit for bound, unit in _UNITS if value < bound)
    whole, rest = divmod(value, unit)
    if rest:
        raise BadLine("BAD_TIME", f"its time {text} is not a whole second")
    return whole


def _iso_seconds(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadLine("BAD_TIME", f"its time is neither a number nor ISO 8601: {text[:24]!r}") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    if moment.microsecond or moment.timestamp() < 0:
        raise BadLine("BAD_TIME", f"its time {text[:32]} is not a whole second since 1970")
    return int(moment.timestamp())
