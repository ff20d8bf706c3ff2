"""Candle files as lines of text: plain, gzip or zip. It must not know what a candle is."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, Protocol

from accounts.domain.refusals import Malformed, Missing

MOST_BYTES = 1 << 30  # unpacked; a small archive can hold a huge file
_GZIP, _ZIP = b"\x1f\x8b", b"PK"


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """(line number, fields) of each line that is not empty. Raises Missing FILE_NOT_FOUND, Malformed FILE_BROKEN,
    FILE_NOT_TEXT, FILE_TOO_LARGE."""
    with ExitStack() as stack:
        binary = _Bounded(_opened(path, stack))
        text = io.TextIOWrapper(io.BufferedReader(binary), encoding="utf-8-sig", newline="")
        reader = csv.reader(text)
        try:
            for fields in reader:
                if fields:
                    yield reader.line_num, fields
        except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile) as broken:
            raise Malformed("FILE_BROKEN", f"{path.name} is damaged or cut off: {broken}.", line=reader.line_num) from None
        except (UnicodeDecodeError, csv.Error):
            raise Malformed("FILE_NOT_TEXT", f"{path.name} is not a text file with comma-separated lines.") from None


def _opened(path: Path, stack: ExitStack) -> _Readable:
    try:
        raw = stack.enter_context(path.open("rb"))
    except OSError as error:
        raise Missing("FILE_NOT_FOUND", f"{path} cannot be read: {error.strerror}.") from None
    magic = raw.read(2)
    raw.seek(0)
    if magic == _GZIP:
        return gzip.GzipFile(fileobj=raw)
    return _member(path, raw, stack) if magic == _ZIP else raw


def _member(path: Path, raw: IO[bytes], stack: ExitStack) -> _Readable:
    try:
        archive = stack.enter_context(zipfile.ZipFile(raw))
        names = [name for name in archive.namelist() if name.lower().endswith(".csv")]
        if len(names) != 1:
            raise Malformed("FILE_BROKEN", f"{path.name} must hold exactly one .csv file, it holds {len(names)}.")
        return archive.open(names[0])
    except zipfile.BadZipFile as broken:
        raise Malformed("FILE_BROKEN", f"{path.name} is damaged or cut off: {broken}.") from None


class _Bounded(io.RawIOBase):
    """Reads on until MOST_BYTES."""

    def __init__(self, source: _Readable) -> None:
        self._source = source
        self._left = MOST_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._source.read(len(buffer))
        self._left -= len(data)
        if self._left < 0:
            raise Malformed("FILE_TOO_LARGE", f"The file unpacks to more than {MOST_BYTES >> 20} MiB; import it in parts.")
        buffer[: len(data)] = data
        return len(data)
