"""The command that imports candle files: what it answers, and that a bad file leaves nothing behind."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import AuditRow
from ledger.models import Market
from trading.market import store
from trading.models import CandleBlock
from trading.tests.recorded import MINUTES, needs_recorded

pytestmark = pytest.mark.django_db
HEAD = "timestamp,open,high,low,close,volume"
LINES = [
    HEAD,
    "1677628800000,23140.48,23150.77,23128.52,23142.31,2.131777",
    "1677628860000,23143.89,23148.8,23137.61,23137.77,0.881378",
    "1677629040000,23141.8,23156.46,23136.83,23153.44,0.702146",
]


def run(path: Path, *options: str, venue: str = "recorded", symbol: str = "BTC/USDT") -> tuple[int, dict[str, Any], str]:
    """(exit code, JSON answer, what was said on standard error)"""
    out, err = io.StringIO(), io.StringIO()
    code = 0
    try:
        call_command("import_candles", str(path), "--venue", venue, "--symbol", symbol, "--json", *options, stdout=out, stderr=err)
    except SystemExit as left:
        code = int(left.code or 0)
    return code, json.loads(out.getvalue() or "{}"), err.getvalue()


def written(folder: Path, *lines: str, name: str = "candles.csv") -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n")
    return path


def nothing_stored() -> bool:
    return not CandleBlock.objects.exists() and not Market.objects.exists() and not AuditRow.objects.exists()


@needs_recorded
def test_three_weeks_of_minutes_are_imported_once():
    code, told, _ = run(MINUTES)
    assert code == 0
    assert (told["read"], told["stored"], told["duplicates"], told["gaps"], told["rejected"]) == (30_240, 30_240, 0, [], 0)
    place = Market.objects.get(venue="recorded", symbol="BTC/USDT")
    assert (str(place.price_tick.normalize()), str(place.amount_step.normalize())) == ("0.01", "0.000001")
    last = store.window(market_id=place.pk, timeframe="1m", until=None, count=1)
    assert last.times.tolist() == [int(datetime(2023, 3, 21, 23, 59, tzinfo=UTC).timestamp())]
    code, again, _ = run(MINUTES)
    assert (code, again["stored"], again["duplicates"]) == (0, 0, 30_240)


def test_gaps_are_told_by_their_first_and_last_missing_candle(tmp_path):
    code, told, said = run(written(tmp_path, *LINES))
    assert code == 0
    assert told["gaps"] == [{"from": "2023-03-01T00:02:00Z", "to": "2023-03-01T00:03:00Z", "missing": 2}]
    assert (told["timeframe"], told["first"], told["last"]) == ("1m", "2023-03-01T00:00:00Z", "2023-03-01T00:04:00Z")
    assert "read 3 lines" in said


def test_an_import_leaves_an_audit_row_and_a_second_one_none(tmp_path):
    path = written(tmp_path, *LINES)
    run(path)
    run(path)
    [row] = AuditRow.objects.filter(act="candles.import")
    assert row.after["stored"] == 3


def test_a_repeated_line_with_the_same_numbers_is_a_duplicate(tmp_path):
    code, told, _ = run(written(tmp_path, *LINES[:2], *LINES[1:]))
    assert (code, told["read"], told["stored"], told["duplicates"]) == (0, 4, 3, 1)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("1677628800000,1,1,1,1,1", "Line 4: it is earlier than line 3"),
        ("1677628860000,1,1,1,1,1", "Line 4: it repeats the time of line 3 with other numbers"),
        ("1677628920000,NaN,1,1,1,1", "Line 4: its open is not a number: 'NaN'"),
        ("1677628920000,-1,1,1,1,1", "Line 4: its open is negative"),
        ("1677628920000,1,1,2,1,1", "Line 4: its high is under its low"),
        ("1677628920000,1,1,1,1", "Line 4: it has 5 fields, 6 are needed"),
    ],
)
def test_a_file_with_a_bad_line_is_refused_whole(tmp_path, line, words):
    code, told, said = run(written(tmp_path, *LINES[:3], line))
    assert code == 1
    assert words in said
    assert (told["read"], told["stored"], told["rejected"], told["refusals"][0]["line"]) == (3, 0, 1, 4)
    assert nothing_stored()


def test_candles_that_contradict_the_stored_ones_are_refused_and_those_stay(tmp_path):
    run(written(tmp_path, *LINES))
    other = written(tmp_path, HEAD, LINES[1].replace("23140.48", "23140.49"), "1677629100000,1,1,1,1,1", name="other.csv")
    code, told, said = run(other, "--timeframe", "1m")
    assert (code, told["rejected"]) == (1, 1)
    assert "Line 2: the candle of 2023-03-01 00:00:00 is stored with other numbers" in said
    place = Market.objects.get()
    found = store.window(market_id=place.pk, timeframe="1m", until=None, count=9)
    assert found.open.tolist() == [2_314_048, 2_314_389, 2_314_180]


def broken_gzip(folder: Path) -> Path:
    path = folder / "cut.csv.gz"
    whole = gzip.compress(("\n".join([HEAD] + [f"{1677628800 + at * 60},1,{at + 1},1,1,{at}" for at in range(5_000)])).encode())
    path.write_bytes(whole[: len(whole) // 2])
    return path


def garbage(folder: Path) -> Path:
    path = folder / "garbage.csv"
    path.write_bytes(bytes(range(256)) * 40)
    return path


def broken_zip(folder: Path) -> Path:
    path = folder / "cut.zip"
    path.write_bytes(b"PK\x03\x04" + b"\x00" * 40)
    return path


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (broken_gzip, "cut.csv.gz is damaged or cut off"),
        (broken_zip, "cut.zip is damaged or cut off"),
        (garbage, "garbage.csv is not a text file"),
        (lambda folder: folder / "absent.csv", "No such file"),
        (lambda folder: folder, "Is a directory"),
        (lambda folder: written(folder, *LINES[1:]), "The first line must name the columns timestamp, open"),
        (lambda folder: written(folder, HEAD), "holds no candles"),
        (lambda folder: written(folder, ""), "holds no candles"),
        (lambda folder: written(folder, HEAD, LINES[1]), "state it with --timeframe"),
        (lambda folder: written(folder, HEAD, LINES[1], "1677628807000,1,1,1,1,1"), "7 seconds apart; recorded keeps 1m"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_clear_line_and_nothing_stored(tmp_path, make, words):
    code, told, said = run(make(tmp_path))
    assert (code, told) == (2, {})
    assert words in said
    assert nothing_stored()


@pytest.mark.parametrize(
    ("options", "about", "words"),
    [
        ((), {"venue": "mtgox"}, "There is no venue of that name"),
        ((), {"venue": "sim"}, "The candles of sim are generated"),
        ((), {"symbol": "btc-usdt"}, "A symbol is BASE/QUOTE"),
        (("--timeframe", "1x"), {}, "recorded keeps the timeframes 1m"),
        (("--timeframe", "7m"), {}, "recorded keeps the timeframes 1m"),
    ],
)
def test_a_target_that_does_not_exist_is_one_clear_line(tmp_path, options, about, words):
    code, told, said = run(written(tmp_path, HEAD, "1677628800,1,1,1,1,1"), *options, **about)
    assert (code, told) == (2, {})
    assert words in said
    assert nothing_stored()


def test_lines_off_the_timeframe_that_was_stated_are_refused(tmp_path):
    code, told, said = run(written(tmp_path, *LINES), "--timeframe", "5m")
    assert (code, told["rejected"]) == (1, 2)
    assert "Line 3: its time 1677628860 is no multiple of 300 seconds" in said
    assert nothing_stored()


def test_a_zipped_public_file_without_a_header_is_read(tmp_path):
    path = tmp_path / "BTCUSDT-1m-2025-01.zip"
    lines = [f"{1735689600000000 + at * 60000000},1.50000000,2,1,1.25,3,0,0,0,0,0,0" for at in range(3)]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("BTCUSDT-1m-2025-01.csv", "\n".join(lines))
    code, told, _ = run(path)
    assert (code, told["stored"], told["first"]) == (0, 3, "2025-01-01T00:00:00Z")


def test_candles_that_have_not_happened_yet_are_refused(tmp_path):
    code, _, words = run(written(tmp_path, HEAD, "4102444800000,1,1,1,1,1", "4102444860000,1,1,1,1,1"))
    assert code == 2
    assert "not happened yet" in words
    assert nothing_stored()
