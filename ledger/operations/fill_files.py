"""Fill files as told fills: CSV with a header or JSON lines, plain or gzip, whole or not at all. It must not book."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

from accounts.domain.refusals import Malformed, Missing
from ledger.domain import told
from ledger.domain.told import Told

MOST_LINE = 64 * 1024  # bytes; a line of eight fields is a few hundred
MOST_LINES = 2_000_000
MOST_BYTES = 1 << 29  # unpacked; a small file can hold a huge one
LISTED = 20
_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
_PROGRESS_EVERY = 100_000


@dataclass(frozen=True, slots=True)
class LineRefusal:
    """A line that is no fill."""

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


def read(path: Path, *, now: datetime, progress: Callable[[str], None]) -> list[Told]:
    """All fills of a file in its order. Raises LinesRefused, Missing FILE_NOT_FOUND, Malformed FILE_EMPTY or FILE_BROKEN."""
    found: list[Told] = []
    refusals: list[LineRefusal] = []
    header: list[str] | None = None
    number = rejected = 0
    for line, text in _lines(path):
        if header is None:
            header = [] if text.startswith("{") else _header(line, text)
            if header:
                continue
        number += 1
        try:
            found.append(told.read(_sheet(text, header) if header else _object(text), line=line, now=now))
        except Malformed as no:
            rejected += 1
            if len(refusals) < LISTED:
                refusals.append(LineRefusal(line, no.code, no.sentence))
        if number % _PROGRESS_EVERY == 0:
            progress(f"read {number} lines")
    if refusals:
        raise LinesRefused(read=number, rejected=rejected, refusals=refusals)
    if not found:
        raise Malformed("FILE_EMPTY", f"{path.name} holds no fills.")
    progress(f"read {number} fills")
    return found


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    with ExitStack() as stack:
        source = _opened(path, stack)
        number = unpacked = 0
        try:
            while raw := source.readline(MOST_LINE + 1):
                number += 1
                if len(raw) > MOST_LINE:
                    _refuse(number, "LINE_TOO_LONG", f"it is longer than {MOST_LINE >> 10} KiB")
                unpacked += len(raw)
                if unpacked > MOST_BYTES:
                    _refuse(number, "FILE_TOO_LARGE", f"a file unpacks to at most {MOST_BYTES >> 20} MiB; import it in parts")
                if number > MOST_LINES:
                    _refuse(number, "FILE_TOO_LARGE", f"a file has at most {MOST_LINES} lines; import it in parts")
                text = _text(raw.removeprefix(_BOM) if number == 1 else raw, number)
                if text:
                    yield number, text
        except (EOFError, zlib.error, gzip.BadGzipFile) as broken:
            raise Malformed("FILE_BROKEN", f"{path.name} is damaged or cut off after line {number}: {broken}.", line=number) from None
        except OSError as error:
            raise Malformed("FILE_BROKEN", f"{path} cannot be read: {error.strerror or error}.", line=number) from None


def _opened(path: Path, stack: ExitStack) -> io.BufferedIOBase:
    try:
        raw = stack.enter_context(path.open("rb"))
        packed = raw.peek(2)[:2] == _GZIP
    except (OSError, ValueError) as error:
        raise Missing("FILE_NOT_FOUND", f"{path} cannot be read: {getattr(error, 'strerror', error)}.") from None
    return stack.enter_context(gzip.GzipFile(fileobj=raw)) if packed else raw


def _text(raw: bytes, line: int) -> str:
    try:
        return raw.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        _refuse(line, "NOT_TEXT", "it is not UTF-8 text")


def _header(line: int, text: str) -> list[str]:
    try:
        names = [name.strip() for name in _cells(text)]
        told.check_columns(names)
    except Malformed as no:
        _refuse(line, no.code, no.sentence)
    return names


def _cells(text: str) -> list[str]:
    try:
        return next(csv.reader([text], strict=True))
    except csv.Error as broken:
        raise Malformed("NOT_A_SHEET", f"it is not a line of comma-separated fields: {broken}") from None


def _sheet(text: str, header: Sequence[str]) -> dict[str, str]:
    cells = _cells(text)
    if len(cells) != len(header):
        raise Malformed("FIELDS_COUNT", f"it has {len(cells)} fields, the header has {len(header)}")
    return dict(zip(header, cells, strict=True))


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


def _refuse(line: int, code: str, sentence: str) -> NoReturn:
    raise LinesRefused(read=line, rejected=1, refusals=[LineRefusal(line, code, sentence)])
