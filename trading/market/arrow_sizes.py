"""How large the batches of a Feather file say they become, read before anything is unpacked: a small file can hold a huge one, and
the library unpacks a batch in one go. It must not read a value.

The layout is Arrow's: each message's metadata is a FlatBuffer (Message: header type, header; RecordBatch: length, nodes, buffers,
compression; DictionaryBatch: id, RecordBatch), and a packed buffer begins with its size as an int64. All numbers little-endian.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from struct import unpack_from
from typing import Any

_HEADER = 2  # field of Message
_LENGTH, _BUFFERS, _COMPRESSION = 0, 2, 3  # fields of RecordBatch
_DATA = 1  # field of DictionaryBatch


@dataclass(frozen=True, slots=True)
class Size:
    """Rows of a batch, and its bytes when unpacked."""

    rows: int
    bytes: int


def sizes(messages: Iterator[Any]) -> Iterator[Size]:
    """Of each batch among pyarrow's messages. Raises struct.error for metadata that is none."""
    for message in messages:
        if message.type in ("record batch", "dictionary"):
            data = message.metadata.to_pybytes()
            header = _follow(data, _field(data, _follow(data, 0), _HEADER))
            yield _size(data, _follow(data, _field(data, header, _DATA)) if message.type == "dictionary" else header, message.body)


def _size(data: bytes, batch: int, body: Any) -> Size:
    length, packed = _field(data, batch, _LENGTH), bool(_field(data, batch, _COMPRESSION))
    buffers = _follow(data, _field(data, batch, _BUFFERS))
    (count,) = unpack_from("<I", data, buffers)
    total = 0
    for at in range(count):
        begins, stored = unpack_from("<qq", data, buffers + 4 + 16 * at)
        total += max(unpack_from("<q", body, begins)[0], stored) if packed and stored else stored
    return Size(unpack_from("<q", data, length)[0] if length else 0, total)


def _field(data: bytes, table: int, number: int) -> int:
    """Where a field of a table stands; 0 when it is left out."""
    layout = table - unpack_from("<i", data, table)[0]
    (length,) = unpack_from("<H", data, layout)
    offset = unpack_from("<H", data, layout + 4 + 2 * number)[0] if 4 + 2 * number < length else 0
    return table + offset if offset else 0


def _follow(data: bytes, at: int) -> int:
    return at + unpack_from("<I", data, at)[0]
