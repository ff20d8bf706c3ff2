"""Feather and Parquet files: read exactly, refused by row, and refused with a sentence where pyarrow is missing."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from contextlib import suppress
from csv import DictReader
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random, SystemRandom
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import feather, ipc, parquet

from accounts.domain.refusals import Malformed
from ledger.models import Market
from trading.market import arrow_sizes, files, sheet, store
from trading.tests.doors.test_import_candles import nothing_stored, run
from trading.tests.recorded import MINUTES, needs_recorded

pytestmark = pytest.mark.django_db
MIDNIGHT = datetime(2023, 3, 1, tzinfo=UTC)
NUMBERS = {"open": [23140.48, 23143.89], "high": [23150.77, 23148.8], "low": [23128.52, 23137.61], "close": [23142.31, 23137.77],
           "volume": [2.131777, 1e-06]}  # fmt: skip


def table(times: Any = None, **other: Any) -> pa.Table:
    """Two minutes as freqtrade keeps them: a column `date` in UTC and floats."""
    minutes = pa.array([MIDNIGHT, MIDNIGHT + timedelta(minutes=1)], pa.timestamp("ms", tz="UTC"))
    return pa.table({"date": minutes if times is None else times, **NUMBERS, **other})


def as_feather(folder: Path, made: pa.Table) -> Path:
    path = folder / "BTC_USDT-1m.feather"
    feather.write_feather(made, str(path))
    return path


def as_parquet(folder: Path, made: pa.Table) -> Path:
    path = folder / "candles.parquet"
    parquet.write_table(made, path)
    return path


WRITERS = pytest.mark.parametrize("write", [as_feather, as_parquet])


def kept() -> list[list[int]]:
    found = store.window(market_id=Market.objects.get().pk, timeframe="1m", until=None, count=9)
    assert (found.price_places, found.volume_places) == (2, 6)
    return [getattr(found, name).tolist() for name in ("times", "open", "high", "low", "close", "volume")]


EXACT = [
    [1_677_628_800, 1_677_628_860], [2_314_048, 2_314_389], [2_315_077, 2_314_880], [2_312_852, 2_313_761], [2_314_231, 2_313_777],
    [2_131_777, 1],
]  # fmt: skip


@WRITERS
@pytest.mark.parametrize(
    "times",
    [
        None,
        pa.array([MIDNIGHT, MIDNIGHT + timedelta(minutes=1)], pa.timestamp("ns")),
        pa.array([1_677_628_800, 1_677_628_860]),
        pa.array([1_677_628_800_000_000, 1_677_628_860_000_000]),
        pa.array(["2023-03-01T00:00:00Z", "2023-03-01T00:01:00Z"]),
    ],
    ids=["UTC ms", "naive ns", "int s", "int us", "text"],
)
def test_floats_are_the_shortest_number_that_means_them(tmp_path, write, times):
    """23140.48 has no exact float; its shortest text does, and 1e-06 is a millionth."""
    code, told, _ = run(write(tmp_path, table(times)), "--timeframe", "1m")
    assert (code, told["read"], told["stored"], told["first"]) == (0, 2, 2, "2023-03-01T00:00:00.000000Z")
    assert kept() == EXACT


@WRITERS
def test_single_precision_text_and_decimals_are_read_too(tmp_path, write):
    made = table(
        volume=pa.array([2.131777, 1e-06], pa.float32()),
        open=pa.array(["23140.48", "23143.89"]),
        close=pa.array([Decimal("23142.31"), Decimal("23137.77")]),
    )
    assert run(write(tmp_path, made), "--timeframe", "1m")[0] == 0
    assert kept() == EXACT


def test_days_may_be_dates(tmp_path):
    made = table(pa.array([date(2023, 3, 1), date(2023, 3, 2)]))
    code, told, _ = run(as_parquet(tmp_path, made))
    assert (code, told["timeframe"], told["last"]) == (0, "1d", "2023-03-02T00:00:00.000000Z")


def test_columns_that_nobody_asked_for_are_not_read(tmp_path):
    made = table(pair=["BTC/USDT"] * 2, notes=pa.array([["a"], ["b"]]))
    assert run(as_parquet(tmp_path, made), "--timeframe", "1m")[0] == 0


@needs_recorded
@WRITERS
def test_the_same_minutes_in_another_format_are_duplicates(tmp_path, write):
    """Three weeks as floats in a columnar file are, digit by digit, what the CSV said."""
    with gzip.open(MINUTES, "rt") as text:
        lines = list(DictReader(text))
    made = pa.table(
        {"date": pa.array([int(line["timestamp"]) for line in lines], pa.timestamp("ms", tz="UTC"))}
        | {name: [float(line[name]) for line in lines] for name in NUMBERS}
    )
    run(MINUTES)
    code, told, _ = run(write(tmp_path, made))
    assert (code, told["read"], told["stored"], told["duplicates"]) == (0, 30_240, 0, 30_240)


@WRITERS
@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"open": [23140.48, float("nan")]}, "Row 2: its open is not a number: 'nan'"),
        ({"open": [23140.48, float("inf")]}, "Row 2: its open is not a number: 'inf'"),
        ({"open": [23140.48, None]}, "Row 2: its open is not a number: 'nan'"),
        ({"volume": pa.array([2, None])}, "Row 2: its volume is not a number: ''"),
        ({"volume": [2.0, -1.0]}, "Row 2: its volume is negative"),
        ({"volume": [0.1 + 0.2, 1.0]}, "Row 1: its volume has more than 18 digits or 12 of them behind the point"),
        ({"high": [23150.77, 1.0]}, "Row 2: its high is under its low"),
        ({"close": pa.array(["a", "1"])}, "Row 1: its close is not a number: 'a'"),
        ({"close": pa.array([[1.0], [1.0]])}, "Row 1: its close is not a number: '[1.0]'"),
        ({"close": pa.array([True, True])}, "Row 1: its close is not a number: 'True'"),
        ({"times": pa.array([MIDNIGHT, None], pa.timestamp("ms"))}, "Row 2: its time is neither a number nor ISO 8601: ''"),
        ({"times": pa.array([MIDNIGHT, MIDNIGHT], pa.timestamp("ms"))}, "Row 2: it repeats the time of row 1 with other numbers"),
        ({"times": pa.array([60_000, 1], pa.timestamp("us"))}, "Row 1: its time is neither a number nor ISO 8601: '60000 us'"),
        ({"times": pa.array([-60, 0], pa.timestamp("s"))}, "Row 1: its time is neither a number nor ISO 8601: '-60'"),
        ({"times": pa.array([MIDNIGHT, MIDNIGHT - timedelta(minutes=1)], pa.timestamp("ms"))}, "Row 2: it is earlier than row 1"),
    ],
)
def test_a_bad_row_refuses_the_file_by_its_number(tmp_path, write, other, words):
    code, told, said = run(write(tmp_path, table(**other)), "--timeframe", "1m")
    assert (code, told["stored"]) == (1, 0)
    assert words in said
    assert nothing_stored()


def cut(path: Path) -> Path:
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return path


@WRITERS
@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda write, folder: cut(write(folder, table())), "is damaged or cut off"),
        (lambda write, folder: write(folder, table().slice(0, 0)), "holds no candles"),
        (lambda write, folder: write(folder, table().drop_columns(["low"])), "must name the columns timestamp, open"),
        (lambda write, folder: write(folder, table().drop_columns(["date"])), "must name the columns timestamp, open"),
        (lambda write, folder: write(folder, pa.table({"a": [1]})), "must name the columns timestamp, open"),
        (lambda write, folder: write(folder, table(Close=[1.0, 1.0])), "two columns named close"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_clear_line(tmp_path, write, make, words):
    code, told, said = run(make(write, tmp_path))
    assert (code, told) == (2, {})
    assert words in said
    assert nothing_stored()


@pytest.mark.parametrize("start", [b"ARROW1\0\0", b"PAR1"])
def test_garbage_behind_the_first_letters_is_one_clear_line(tmp_path, start):
    path = tmp_path / "garbage"
    path.write_bytes(start + bytes(range(256)) * 40 + start)
    code, _, said = run(path)
    assert code == 2
    assert "garbage is damaged or cut off" in said


@WRITERS
def test_a_small_file_of_very_many_rows_stops_at_a_bound(tmp_path, monkeypatch, write):
    """A million equal rows pack into kilobytes; the bound here is a hundred thousand."""
    monkeypatch.setattr(files, "MOST_ROWS", 100_000)
    path = write(tmp_path, pa.table({name: pa.array([1.0]).take(pa.array([0] * 1_000_000)) for name in ("date", *NUMBERS)}))
    code, _, said = run(path)
    assert code == 2
    assert "holds more than 100000 rows" in said
    assert nothing_stored()


@pytest.mark.parametrize("packing", ["lz4", "zstd", "uncompressed"])
def test_what_a_feather_file_unpacks_to_is_known_before(tmp_path, packing):
    """A million floats of 8 bytes, a million letters of one byte with a million and one offsets of 4, in padded buffers; a
    dictionary of one word counts too."""
    made = pa.table({"a": pa.array([1.0]).take(pa.array([0] * 1_000_000)), "b": ["x"] * 1_000_000})
    made = made.append_column("c", pa.array(["BTC/USDT"] * 1_000_000).dictionary_encode())
    path = tmp_path / "million.feather"
    feather.write_feather(made, str(path), compression=packing, chunksize=1_000_000)
    with pa.memory_map(str(path)) as source:
        source.seek(8)
        told = list(arrow_sizes.sizes(ipc.MessageReader.open_stream(source)))
    assert [size.rows for size in told] == [1, 1_000_000]
    whole = 8_000_000 + 5_000_004 + 4_000_000
    assert whole <= told[1].bytes < whole + 1_000


@WRITERS
def test_a_file_that_unpacks_to_too_much_is_refused_before_it_does(tmp_path, monkeypatch, write):
    monkeypatch.setattr(files, "MOST_BYTES", 100_000)
    made = pa.table({name: pa.array([1.0]).take(pa.array([0] * 20_000)) for name in ("date", *NUMBERS)})
    if write is as_feather:
        feather.write_feather(made, str(path := tmp_path / "small.feather"), compression="zstd")
    else:
        parquet.write_table(made, path := tmp_path / "small.parquet", use_dictionary=False, compression="zstd")
    assert path.stat().st_size < 100_000
    code, _, said = run(path)
    assert code == 2
    assert "import it in parts" in said


@WRITERS
def test_a_file_with_flipped_bytes_is_refused_or_read_and_never_ends_in_a_traceback(tmp_path, write):
    """Five hundred files, each with a random byte of the original replaced."""
    seed = SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    random = Random(seed)
    path = write(tmp_path, table())
    whole = path.read_bytes()
    for _ in range(500):
        spoilt = bytearray(whole)
        spoilt[random.randrange(len(whole))] = random.randrange(256)
        path.write_bytes(spoilt)
        with suppress(Malformed):
            list(files.rows(path, names=sheet.NAMES))


@WRITERS
def test_without_pyarrow_there_is_a_sentence(tmp_path, monkeypatch, write):
    path = write(tmp_path, table())
    monkeypatch.delitem(sys.modules, "trading.market.columns", raising=False)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    code, told, said = run(path)
    assert (code, told) == (2, {})
    assert "read with pyarrow, which is not installed here" in said


IMPORTS_ALL_DOORS = """
import sys
import django
django.setup()
import amarktai.urls, trading.tasks, trading.management.commands.import_candles, trading.management.commands.replay
assert "trading.market.files" in sys.modules
print([name for name in ("pyarrow", "pandas") if name in sys.modules])
"""


def test_no_door_loads_pyarrow_before_such_a_file_comes():
    """It takes a quarter of a second and 50 MB, in each process."""
    told = subprocess.run(
        [sys.executable, "-c", IMPORTS_ALL_DOORS], cwd=Path(__file__).parents[3], env=os.environ, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "[]"
