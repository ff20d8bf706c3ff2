"""Files as rows of text: plain, gzip or zip; columnar ones are handed to the module that reads them. It must not know what a
candle is.
"""

from __future__ import annotations

import csv
import gzip
import io
import lzma
import os
import zipfile
import zlib
from collections.abc import Collection, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, Protocol

from django.utils.module_loading import import_string

from accounts.domain.refusals import Malformed, Missing

MOST_BYTES = 1 << 30  # unpacked; a small archive can hold a huge file
MOST_ROWS = 10_000_000  # nineteen years of minutes
MOST_TIMES = 200  # so many times larger than packed; candles of a market without a trade pack twenty times
_JUDGED_FROM = 1 << 20  # unpacked bytes from which on the ratio says anything
MOST_CHARACTERS = 10_000  # of a line
_GZIP, _ZIP = b"\x1f\x8b", b"PK"
_COLUMNAR = {b"ARROW1": "Feather", b"PAR1": "Parquet"}
_COLUMNS = "trading.market.columns.rows"  # by name: what it imports is heavy, and needed for these files only
_DAMAGED = (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile, zipfile.BadZipFile)


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def rows(path: Path, *, names: Collection[str]) -> Iterator[tuple[int, list[str]]]:
    """(line number, fields) of each line of text that is not empty; of a columnar file its column names as row 0, as far as they
    are among `names`, and then its rows. Raises Missing FILE_NOT_FOUND, READER_NOT_INSTALLED; Malformed FILE_BROKEN,
    FILE_NOT_TEXT, FILE_TOO_LARGE, LINE_TOO_LONG."""
    kind = columnar(path)
    return _columns(path, kind, names) if kind else _lines(path)


def columnar(path: Path) -> str:
    """What kind of columnar file it is; empty for any other. Raises Missing FILE_NOT_FOUND."""
    with ExitStack() as stack:
        magic = _raw(path, stack).read(6)
    return next((kind for start, kind in _COLUMNAR.items() if magic.startswith(start)), "")


def _columns(path: Path, kind: str, names: Collection[str]) -> Iterator[tuple[int, list[str]]]:
    try:
        read = import_string(_COLUMNS)
    except ModuleNotFoundError as missing:
        sentence = f"{kind} files are read with {missing.name}, which is not installed here: install requirements.txt, or give a CSV."
        raise Missing("READER_NOT_INSTALLED", sentence) from None
    found: Iterator[tuple[int, list[str]]] = read(path, kind=kind, names=names)
    return found


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    with ExitStack() as stack:
        raw = _raw(path, stack)
        binary = _Bounded(_opened(path, raw, stack), packed=raw)
        text = io.TextIOWrapper(io.BufferedReader(binary), encoding="utf-8-sig", newline="")
        reader = csv.reader(_short(text))
        try:
            for fields in reader:
                if reader.line_num > MOST_ROWS:
                    raise Malformed("FILE_TOO_LARGE", f"The file has more than {MOST_ROWS} lines; import it in parts.")
                if fields:
                    yield reader.line_num, fields
        except _DAMAGED as broken:
            raise Malformed("FILE_BROKEN", f"{path.name} is damaged or cut off: {broken}.", line=reader.line_num) from None
        except (UnicodeDecodeError, csv.Error):
            raise Malformed("FILE_NOT_TEXT", f"{path.name} is not a text file with comma-separated lines.") from None


def _short(text: io.TextIOWrapper) -> Iterator[str]:
    """The lines, each read no further than a line may be long, so that one without an end fills no memory."""
    number = 0
    while line := text.readline(MOST_CHARACTERS):
        number += 1
        if len(line) == MOST_CHARACTERS and not line.endswith("\n"):
            sentence = f"Line {number} has more than {MOST_CHARACTERS} characters; no candle has."
            raise Malformed("LINE_TOO_LONG", sentence, line=number)
        yield line


def _raw(path: Path, stack: ExitStack) -> IO[bytes]:
    try:
        return stack.enter_context(path.open("rb"))
    except OSError as error:
        raise Missing("FILE_NOT_FOUND", f"{path} cannot be read: {error.strerror}.") from None
    except ValueError:  # a NUL in the name
        raise Missing("FILE_NOT_FOUND", "This is no name of a file.") from None


def _opened(path: Path, raw: IO[bytes], stack: ExitStack) -> _Readable:
    magic = raw.read(2)
    raw.seek(0)
    size = os.fstat(raw.fileno()).st_size
    _check_size(unpacked=size, packed=size)
    if magic == _GZIP:
        return gzip.GzipFile(fileobj=raw)
    return _member(path, raw, stack) if magic == _ZIP else raw


def _member(path: Path, raw: IO[bytes], stack: ExitStack) -> _Readable:
    try:
        archive = stack.enter_context(zipfile.ZipFile(raw))
        found = [member for member in archive.infolist() if member.filename.lower().endswith(".csv")]
        if len(found) != 1:
            raise Malformed("FILE_BROKEN", f"{path.name} must hold exactly one .csv file, it holds {len(found)}.")
        _check_size(unpacked=found[0].file_size, packed=found[0].compress_size)
        return stack.enter_context(archive.open(found[0].filename))
    except RuntimeError as closed:  # encrypted, or packed in a way that nobody here knows
        raise Malformed("FILE_BROKEN", f"{path.name} cannot be unpacked: {closed}.") from None
    except zipfile.BadZipFile as broken:
        raise Malformed("FILE_BROKEN", f"{path.name} is damaged or cut off: {broken}.") from None


def _check_size(*, unpacked: int, packed: int) -> None:
    """Malformed FILE_TOO_LARGE for more than anybody's candles are, or for what packs as no candles do."""
    if unpacked > MOST_BYTES:
        raise Malformed("FILE_TOO_LARGE", f"The file unpacks to more than {MOST_BYTES >> 20} MiB; import it in parts.")
    if unpacked > _JUDGED_FROM and unpacked > MOST_TIMES * packed:
        raise Malformed("FILE_TOO_LARGE", f"The file unpacks to more than {MOST_TIMES} times its size; no candles do.")


class _Bounded(io.RawIOBase):
    """Reads on as long as what came out is in bounds, by itself and beside what was read of the packed file."""

    def __init__(self, source: _Readable, *, packed: IO[bytes]) -> None:
        self._source = source
        self._packed = packed
        self._unpacked = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._source.read(len(buffer))
        self._unpacked += len(data)
        _check_size(unpacked=self._unpacked, packed=self._packed.tell())
        buffer[: len(data)] = data
        return len(data)
