"""The lines of a file, plain or gzip, as numbered text within bounds. It must not know what they say."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from accounts.domain.refusals import Malformed, Missing

MOST_LINE = 64 * 1024  # bytes; a line of a dozen fields is a few hundred
MOST_LINES = 2_000_000
MOST_BYTES = 1 << 29  # unpacked; a small file can hold a huge one
_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_SAVE = "save the file as UTF-8"


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """(number, text) of each line that is not empty. Raises Missing FILE_NOT_FOUND, Malformed FILE_BROKEN, or Malformed with a `line`
    for one that is too long, is no text, or is one too many."""
    with ExitStack() as stack:
        source = _opened(path, stack)
        number = unpacked = 0
        try:
            while raw := source.readline(MOST_LINE + 1):
                number += 1
                unpacked += len(raw)
                _check_bounds(raw, number, unpacked)
                text = _text(raw.removeprefix(_BOM) if number == 1 else raw, number)
                if text:
                    yield number, text
        except (EOFError, zlib.error, gzip.BadGzipFile) as broken:
            raise Malformed("FILE_BROKEN", f"{path.name} is damaged or cut off after line {number}: {broken}.") from None
        except OSError as error:
            raise Malformed("FILE_BROKEN", f"{path} cannot be read: {error.strerror or error}.") from None


def _check_bounds(raw: bytes, number: int, unpacked: int) -> None:
    if len(raw) > MOST_LINE:
        raise Malformed("LINE_TOO_LONG", f"it is longer than {MOST_LINE >> 10} KiB", line=number)
    if unpacked > MOST_BYTES:
        raise Malformed("FILE_TOO_LARGE", f"a file unpacks to at most {MOST_BYTES >> 20} MiB; import it in parts", line=number)
    if number > MOST_LINES:
        raise Malformed("FILE_TOO_LARGE", f"a file has at most {MOST_LINES} lines; import it in parts", line=number)


def _opened(path: Path, stack: ExitStack) -> io.BufferedIOBase:
    try:
        raw = stack.enter_context(path.open("rb"))
        packed = raw.peek(2)[:2] == _GZIP
    except (OSError, ValueError) as error:
        raise Missing("FILE_NOT_FOUND", f"{path} cannot be read: {getattr(error, 'strerror', error)}.") from None
    return stack.enter_context(gzip.GzipFile(fileobj=raw)) if packed else raw


def _text(raw: bytes, line: int) -> str:
    """The text of a line. What is no UTF-8 is named as what it seems to be: a guess at letters is no way to read money."""
    if line == 1 and (raw.startswith(_UTF_16) or b"\x00" in raw):
        raise Malformed("NOT_TEXT", f"it is not UTF-8 text but UTF-16; {_SAVE}", line=line)
    try:
        return raw.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError as wrong:
        byte, place = raw[wrong.start], wrong.start + 1
        sentence = f"it is not UTF-8 text: its byte {place} is 0x{byte:02X}, as in Latin-1 or Windows-1252; {_SAVE}"
        raise Malformed("NOT_TEXT", sentence, line=line) from None
