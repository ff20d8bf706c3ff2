"""Columnar files, Feather and Parquet, as rows of text, so that each number is judged like one in a CSV. The only place that
imports pyarrow, itself imported by name when such a file comes. It must not judge a number or know what a candle is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import ipc, parquet

from accounts.domain.refusals import Malformed
from trading.market import files

_ROWS_AT_ONCE = 1 << 16
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def rows(path: Path, *, kind: str, names: Collection[str]) -> Iterator[tuple[int, list[str]]]:
    """The names of the columns among `names` (all when there are none) as row 0, then (row number from 1, their texts): floats as
    the shortest text that means them, times as whole epoch seconds. Raises Malformed FILE_BROKEN, FILE_TOO_LARGE."""
    try:
        yield from _numbered(path, kind, names)
    except MemoryError:
        raise _too_large(path) from None
    except (pa.ArrowException, OSError, UnicodeDecodeError) as broken:
        raise Malformed("FILE_BROKEN", f"{path.name} is damaged or cut off: {str(broken)[:120]}.") from None


def _numbered(path: Path, kind: str, names: Collection[str]) -> Iterator[tuple[int, list[str]]]:
    if path.stat().st_size > files.MOST_BYTES:
        raise _too_large(path)
    batches = _of_feather(path, names) if kind == "Feather" else _of_parquet(path, names)
    yield 0, list(next(batches).schema.names)
    number = 0
    for batch in batches:
        if number + len(batch) > files.MOST_ROWS:
            raise _too_large(path)
        for fields in zip(*(_texts(column) for column in batch.columns), strict=True):
            number += 1
            yield number, list(fields)


def _of_feather(path: Path, names: Collection[str]) -> Iterator[pa.RecordBatch]:
    """An empty batch with the columns, then the batches of the file."""
    with pa.memory_map(str(path)) as source:
        everything = ipc.open_file(source).schema
        wanted = _places(everything, names)
        reader = ipc.open_file(source, options=ipc.IpcReadOptions(included_fields=wanted))
        yield pa.RecordBatch.from_pylist([], schema=reader.schema)
        for at in range(reader.num_record_batches):
            batch = reader.get_batch(at)
            if len(batch) > files.MOST_ROWS:
                raise _too_large(path)
            yield from (batch.slice(first, _ROWS_AT_ONCE) for first in range(0, len(batch), _ROWS_AT_ONCE))


def _of_parquet(path: Path, names: Collection[str]) -> Iterator[pa.RecordBatch]:
    """The same."""
    with parquet.ParquetFile(path) as file:
        wanted = [file.schema_arrow.names[place] for place in _places(file.schema_arrow, names)]
        if file.metadata.num_rows > files.MOST_ROWS:
            raise _too_large(path)
        yield pa.RecordBatch.from_pylist([], schema=pa.schema([(name, pa.string()) for name in wanted]))
        yield from file.iter_batches(batch_size=_ROWS_AT_ONCE, columns=wanted)


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
