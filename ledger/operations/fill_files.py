"""Fill files as told fills: exports of the venues, our own sheets, JSON lines, whole or in their good lines. It must not book."""

from __future__ import annotations

import csv
import json
from bisect import insort
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any, NoReturn

from accounts.domain.refusals import Malformed
from ledger.domain import layouts, told
from ledger.domain.layouts import EXPORTED, Header, exported
from ledger.domain.layouts.layout import Layout, Row, Sheet
from ledger.domain.layouts.own import OWN
from ledger.domain.told import Told
from ledger.models import Asset, Market
from ledger.operations import line_files

LISTED = 20
MOST_PREAMBLE = 20  # lines before the header of a sheet
MOST_JOINED = 20  # lines of one row
OTHER = "rows of other kinds"
JSON_LINES = "JSON lines"
_DELIMITERS = ",;\t"
_PROGRESS_EVERY = 100_000

Line = tuple[int, str]


@dataclass(frozen=True, slots=True, order=True)
class LineRefusal:
    """A line that should be a fill and is none."""

    line: int
    code: str
    sentence: str


class LinesRefused(Malformed):
    """Some lines are no fills; nothing was booked."""

    def __init__(self, *, read: int, rejected: int, refusals: Sequence[LineRefusal]) -> None:
        first = refusals[0]
        rest = f"; {rejected - 1} more lines are refused" if rejected > 1 else ""
        super().__init__("LINES_REFUSED", f"Nothing was booked. Line {first.line}: {first.sentence}{rest}.", line=first.line)
        self.read = read
        self.rejected = rejected
        self.refusals = tuple(refusals)


@dataclass(slots=True, kw_only=True)
class FillFile:
    """What a file tells: its fills, how many lines are refused (the first of them in `refusals`), and how many rows are something else
    than a trade, by what they are."""

    layout: str = JSON_LINES
    rows: list[Told] = field(default_factory=list)
    rejected: int = 0
    refusals: list[LineRefusal] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)
    alike: Counter[str] = field(default_factory=Counter)  # fills without an id, by their content

    @property
    def read(self) -> int:
        return len(self.rows) + self.rejected

    def set_aside(self, kind: str) -> None:
        name = kind[:40] if kind.isprintable() else ascii(kind)[:40]
        self.others[name if name in self.others or len(self.others) < LISTED else OTHER] += 1

    def refuse(self, line: int, no: Malformed) -> None:
        self.rejected += 1
        insort(self.refusals, LineRefusal(line, no.code, no.sentence))
        del self.refusals[LISTED:]


def read(
    path: Path, *, venue: str, mode: str, zone: str | None, partial: bool, now: datetime, progress: Callable[[str], None]
) -> FillFile:
    """The fills of a file. `zone`: that of times that name none. Raises LinesRefused (with `partial` only when no line is good), Missing
    FILE_NOT_FOUND, Malformed FILE_EMPTY, FILE_BROKEN or OTHER_VENUE."""
    found = FillFile()
    try:
        _read(path, found, Sheet(venue=venue, mode=mode, zone=zone), now=now, progress=progress)
    except Malformed as no:
        if "line" in no.numbers:
            _refuse(no)
        raise
    if found.refusals and not (partial and found.rows):
        raise LinesRefused(read=found.read, rejected=found.rejected, refusals=found.refusals)
    if not found.rows:
        rest = "".join(f"; {count} rows are {kind!r}" for kind, count in found.others.most_common(LISTED))
        raise Malformed("FILE_EMPTY", f"{path.name} holds no fills{rest}.")
    progress(f"read {len(found.rows)} fills: {found.layout}")
    return found


def _refuse(no: Malformed) -> NoReturn:
    line = no.numbers["line"]
    raise LinesRefused(read=line, rejected=1, refusals=[LineRefusal(line, no.code, no.sentence)]) from None


def _read(path: Path, found: FillFile, sheet: Sheet, *, now: datetime, progress: Callable[[str], None]) -> None:
    source = _counted(line_files.lines(path), progress)
    first = next(source, None)
    if first is None:
        return
    if first[1].startswith(exported.BEGINS):
        _tell(EXPORTED, exported.unfolded(chain([first], source)), found, sheet, now=now)
    elif first[1].startswith("{"):
        for line, text in chain([first], source):
            try:
                found.rows.append(told.read(_object(text), line=line, now=now))
            except Malformed as no:
                found.refuse(line, no)
    else:
        header, delimiter = _header(first, source)
        if header.layout.venue not in ("", sheet.venue):
            raise Malformed("OTHER_VENUE", f"{path.name} is of {header.layout.name}; it is not imported with --venue {sheet.venue}.")
        sheet = replace(_knowing(sheet), notes=header.notes, semicolons=delimiter == ";")
        _tell(header.layout, _rows(source, header, delimiter, found), found, sheet, now=now)


def _counted(source: Iterable[Line], progress: Callable[[str], None]) -> Iterator[Line]:
    for number, line in enumerate(source, start=1):
        if number % _PROGRESS_EVERY == 0:
            progress(f"read {number} lines")
        yield line


def _knowing(sheet: Sheet) -> Sheet:
    """With what parts a pair without separator: the markets of the venue and the assets that there are."""
    spelled: dict[str, set[str]] = {}
    for symbol in Market.objects.filter(venue=sheet.venue).values_list("symbol", flat=True):
        spelled.setdefault(symbol.replace("/", ""), set()).add(symbol)
    symbols = {pair: frozenset(names) for pair, names in spelled.items()}
    return replace(sheet, symbols=symbols, assets=frozenset(Asset.objects.values_list("code", flat=True)))


def _header(first: Line, source: Iterator[Line]) -> tuple[Header, str]:
    """The header of a sheet, which some reports write below a few lines of preamble, and what separates its cells. Refuses the line that
    comes nearest to one."""
    refused: list[tuple[int, int, Malformed]] = []
    for line, text in chain([first], source):
        delimiter = max(_DELIMITERS, key=text.count)
        names: list[str] = []
        try:
            names = [name.strip() for name in _cells(text, delimiter)]
            header = layouts.recognised(names)
            if header.layout is OWN and delimiter != ",":
                raise Malformed("NOT_A_SHEET", f"our own columns are separated by commas, not by {delimiter!r}", line=line)
        except Malformed as no:
            no.numbers["line"] = line
            refused.append((-layouts.overlap(names), line, no))
            if len(refused) > MOST_PREAMBLE:
                break
        else:
            return header, delimiter
    raise min(refused, key=lambda one: one[:2])[2]


def _rows(source: Iterator[Line], header: Header, delimiter: str, found: FillFile) -> Iterator[Row]:
    """The rows of a sheet. Text in quotes may go on over some lines; a quote that nobody closed costs its own line alone."""
    ahead: deque[Line] = deque()

    def following() -> Line | None:
        return ahead.popleft() if ahead else next(source, None)

    while (first := following()) is not None:
        line, text = first
        joined: list[Line] = []
        while text.count('"') % 2 and len(joined) < MOST_JOINED and (more := following()) is not None:
            joined.append(more)
            text += "\n" + more[1]
        try:
            cells = _cells(text, delimiter)
            if len(cells) != len(header.columns):
                raise Malformed("FIELDS_COUNT", f"it has {len(cells)} fields, the header has {len(header.columns)}")
        except Malformed as no:
            found.refuse(line, no)
            ahead.extendleft(reversed(joined))
        else:
            tidy = cells if header.layout is OWN else [cell.strip() for cell in cells]
            yield Row(line, dict(zip(header.columns, tidy, strict=True)))


def _tell(layout: Layout, rows: Iterable[Row], found: FillFile, sheet: Sheet, *, now: datetime) -> None:
    found.layout = layout.name
    for outcome in layouts.outcomes(layout, rows, sheet):
        if outcome.refusal is not None:
            found.refuse(outcome.line, outcome.refusal)
        elif outcome.fields is None:
            found.set_aside(outcome.kind)
        else:
            try:
                found.rows.append(_fill(outcome.line, outcome.fields, layout, found, now=now))
            except Malformed as no:
                found.refuse(outcome.line, no)


def _fill(line: int, fields: dict[str, str], layout: Layout, found: FillFile, *, now: datetime) -> Told:
    if layout.states_ids:
        return told.read(fields, line=line, now=now)
    row = told.read({**fields, "trade_id": fields["trade_id"] or "unstated"}, line=line, now=now)
    row = replace(row, order=fields["order"])
    if fields["trade_id"]:
        return row
    by = told.content(row)
    found.alike[by] += 1
    return told.identified(row, by=by, nth=found.alike[by])


def _cells(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error as broken:
        raise Malformed("NOT_A_SHEET", f"it is not a line of separated fields: {broken}") from None


def _object(text: str) -> dict[str, str]:
    """The fields of a JSON line. Numbers stay the text that they were written as: no binary float touches money."""
    try:
        pairs = json.loads(text, object_pairs_hook=list, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        raise Malformed("NOT_AN_OBJECT", "it is not a JSON object") from None
    if not isinstance(pairs, list) or not all(isinstance(pair, tuple) for pair in pairs):
        raise Malformed("NOT_AN_OBJECT", "it is not a JSON object")
    told.check_columns([name for name, _ in pairs])
    return {name: _field(name, value) for name, value in pairs}


def _field(name: str, value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Malformed("BAD_FIELD", f"the field {name!r} is neither text nor a number")
    return value
