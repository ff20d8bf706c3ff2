"""Columnar files, Feather and Parquet, as rows of text, so that each number is judged like one in a CSV. The only place that
imports pyarrow, itself imported by name when such a file comes. It must not judge a number or know what a candle is.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import ipc, parquet

from accounts.domain.refusals import Malformed
from trading.market import arrow_sizes, files

_ROWS_AT_ONCE = 1 << 16
_MAGIC = 8  # "ARROW1" and two zeros; the messages come next
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def rows(path: Path, *, kind: str, names: Collection[str]) -> Iterator[tuple[int, list[str]]]:
    """The names of the columns among `names` (all when there are none) as row 0, then (row number from 1, their texts): floats as
    the shortest text that means them, times as whole epoch seconds. Raises Malformed FILE_BROKEN, FILE_TOO_LARGE."""
    try:
        yield from _numbered(path, kind, names)
    except MemoryError:
        raise _too_large(path) from None
    except (pa.ArrowException, OSError, UnicodeDecodeError, struct.error) as broken:
        raise Malformed("FILE_BROKEN", f"{path.name} is damaged or cut off: {str(broken)[:120]}.") from None


def _numbered(path: Path, kind: str, names: Collection[str]) -> Iterator[tuple[int, list[str]]]:
    if path.stat().st_size > files.MOST_BYTES:
        raise _too_large(path)
    batches = _of_feather(path, names) if kind == "Feather" else _of_parquet(path, names)
    yield 0, list(next(batches).schema.names)
    number = 0
    for batch in batches:
        batch.validate(full=True)  # lengths and offsets in a damaged file point anywhere
        for fields in zip(*(_texts(column) for column in batch.columns), strict=True):
            number += 1
            yield number, list(fields)


def _of_feather(path: Path, names: Collection[str]) -> Iterator[pa.RecordBatch]:
    """An empty batch with the columns, then the batches of the file."""
    with pa.memory_map(str(path)) as source:
        source.seek(_MAGIC)
        sizes = list(arrow_sizes.sizes(ipc.MessageReader.open_stream(source)))
        _check(path, rows=sum(size.rows for size in sizes), unpacked=sum(size.bytes for size in sizes))
        wanted = _places(ipc.open_file(source).schema, names)
        reader = ipc.open_file(source, options=ipc.IpcReadOptions(included_fields=wanted))
        yield pa.RecordBatch.from_pylist([], schema=reader.schema)
        for at in range(reader.num_record_batches):
            batch = reader.get_batch(at)
            yield from (batch.slice(first, _ROWS_AT_ONCE) for first in range(0, len(batch), _ROWS_AT_ONCE))


def _of_parquet(path: Path, names: Collection[str]) -> Iterator[pa.RecordBatch]:
    """The same."""
    with parquet.ParquetFile(path) as file:
        wanted = [file.schema_arrow.names[place] for place in _places(file.schema_arrow, names)]
        groups = [file.metadata.row_group(at).total_byte_size for at in range(file.metadata.num_row_groups)]
        _check(path, rows=file.metadata.num_rows, unpacked=sum(groups))
        yield pa.RecordBatch.from_pylist([], schema=pa.schema([(name, pa.string()) for name in wanted]))
        yield from file.iter_batches(batch_size=_ROWS_AT_ONCE, columns=wanted)


def _check(path: Path, *, rows: int, unpacked: int) -> None:
    """Before anything is unpacked, by what the file says of itself."""
    if rows > files.MOST_ROWS or unpacked > files.MOST_BYTES:
        raise _too_large(path)


def _places(schema: pa.Schema, names: Collection[str]) -> list[int]:
    found = [place for place, name in enumerate(schema.names) if name.strip().lower() in names]
    return found or list(range(len(schema.names)))


def _texts(column: pa.Array) -> list[str]:
    kind = column.type
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return [_seconds(value, _unit(kind)) for value in _whole(column)]
    if pa.types.is_floating(kind):
        return column.to_numpy(zero_copy_only=False).astype(np.str_).tolist()
    return ["" if value is None else str(value) for value in column.to_pylist()]


def _unit(kind: pa.DataType) -> str:
    return "s" if pa.types.is_date(kind) else kind.unit


def _whole(column: pa.Array) -> list[int | None]:
    if pa.types.is_date(column.type):
        column = column.cast(pa.timestamp("s"))
    return column.cast(pa.int64()).to_pylist()


def _seconds(value: int | None, unit: str) -> str:
    if value is None:
        return ""
    whole, rest = divmod(value, _PER_SECOND[unit])
    return f"{value} {unit}" if rest else str(whole)


def _too_large(path: Path) -> Malformed:
    bounds = f"{files.MOST_ROWS} rows or {files.MOST_BYTES >> 20} MiB"
    return Malformed("FILE_TOO_LARGE", f"{path.name} holds more than {bounds}; import it in parts.")
