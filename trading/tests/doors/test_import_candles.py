"""The command that imports candle files: what it answers, and that a bad file leaves nothing behind."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import AuditRow
from ledger.models import Market
from trading.market import files, store
from trading.models import CandleBlock
from trading.tests.recorded import HOURS, MINUTES, needs_recorded

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
    assert told["gaps"] == [{"from": "2023-03-01T00:02:00.000000Z", "to": "2023-03-01T00:03:00.000000Z", "missing": 2}]
    assert (told["timeframe"], told["first"], told["last"]) == ("1m", "2023-03-01T00:00:00.000000Z", "2023-03-01T00:04:00.000000Z")
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


def flipped_zip(folder: Path) -> Path:
    """A member whose bytes do not match their checksum."""
    path = zipped(folder, {"candles.csv": "\n".join(LINES)}, packing=zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"23140.48", b"23140.49"))
    return path


def zipped(folder: Path, members: dict[str, str], *, packing: int = zipfile.ZIP_DEFLATED) -> Path:
    path = folder / "candles.zip"
    with zipfile.ZipFile(path, "w", packing) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return path


def locked_zip(folder: Path) -> Path:
    """A zip that says of its member that it is encrypted: bit 0 of the flags, which stand at 6 in the local header and at 8 in the
    central one."""
    path = zipped(folder, {"candles.csv": "\n".join(LINES)})
    whole = bytearray(path.read_bytes())
    for start, at in ((whole.index(b"PK\x03\x04"), 6), (whole.index(b"PK\x01\x02"), 8)):
        whole[start + at] |= 1
    path.write_bytes(whole)
    return path


def wide(folder: Path) -> Path:
    """A line of ten million columns."""
    return written(folder, *LINES[:2], "," * 10_000_000)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (flipped_zip, "candles.zip is damaged or cut off"),
        (locked_zip, "candles.zip cannot be unpacked: File 'candles.csv' is encrypted"),
        (lambda folder: zipped(folder, {"a.csv": "", "b.csv": ""}), "must hold exactly one .csv file, it holds 2"),
        (lambda folder: zipped(folder, {"a.txt": ""}), "must hold exactly one .csv file, it holds 0"),
        (wide, "Line 3 has more than 10000 characters"),
        (lambda folder: Path("a\0b"), "This is no name of a file"),
        (lambda folder: written(folder, HEAD + ",close", LINES[1] + ",1"), "two columns named close"),
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


def as_zip(data: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("candles.csv", data)
    return held.getvalue()


def quiet(candles: int) -> bytes:
    """A market without a trade, as Binance writes it: what packs best of all that is true."""
    rows = (1_677_628_800_000 + 60_000 * number for number in range(candles))
    zero = "0.00000000"
    return "\n".join(f"{at},1.0000,1.0000,1.0000,1.0000,{zero},{at + 59_999},{zero},0,{zero},{zero},0" for at in rows).encode()


def understated(data: bytes) -> bytes:
    """A zip that says of its member that it is a thousand bytes long: in the local header at 22, in the central one at 24."""
    whole = bytearray(as_zip(data))
    for start, at in ((whole.index(b"PK\x03\x04"), 22), (whole.index(b"PK\x01\x02"), 24)):
        whole[start + at : start + at + 4] = (1000).to_bytes(4, "little")
    return bytes(whole)


@pytest.mark.parametrize("pack", [gzip.compress, as_zip])
def test_a_file_of_sixty_million_rows_that_packs_as_no_candles_do_is_refused_at_its_first_megabyte(tmp_path, pack):
    """A line of 12 characters 200,000 times: 2.4 MB in some 2.5 kB. Sixty million of them are refused as soon, for no line is read
    beyond the first megabyte, and of a zip none at all."""
    path = tmp_path / "bomb"
    path.write_bytes(pack(f"{HEAD}\n".encode() + b"1,1,1,1,1,1\n" * 200_000))
    code, told, words = run(path)
    assert (code, told) == (2, {})
    assert "unpacks to more than 200 times its size" in words
    assert "read 100000 lines" not in words
    assert nothing_stored()


def test_a_zip_that_lies_about_its_size_is_damaged(tmp_path):
    path = tmp_path / "liar.zip"
    path.write_bytes(understated(f"{HEAD}\n".encode() + b"1,1,1,1,1,1\n" * 200_000))
    code, told, words = run(path)
    assert (code, told) == (2, {})
    assert "damaged or cut off" in words
    assert nothing_stored()


def test_more_lines_than_anybody_has_are_refused_also_when_nothing_is_packed(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MOST_ROWS", 50)
    code, told, words = run(written(tmp_path, quiet(51).decode()))
    assert (code, told) == (2, {})
    assert "more than 50 lines" in words
    assert nothing_stored()


@pytest.mark.parametrize("pack", [gzip.compress, as_zip])
def test_the_quietest_market_is_let_in(tmp_path, pack):
    """20,000 minutes without a trade, 2.2 MB, pack about twenty times: ten times less than the bound."""
    path = tmp_path / "quiet"
    path.write_bytes(pack(quiet(20_000)))
    code, told, _ = run(path)
    assert (code, told["stored"]) == (0, 20_000)


@pytest.mark.parametrize("pack", [gzip.compress, as_zip])
def test_a_small_archive_of_a_huge_file_stops_at_a_bound(tmp_path, monkeypatch, pack):
    """A line of 40 characters 30,000 times packs into a few kilobytes and is 1.2 MB long; the bound here is 1 MB."""
    monkeypatch.setattr(files, "MOST_BYTES", 1_000_000)
    path = tmp_path / "bomb"
    path.write_bytes(pack(f"{HEAD}\n".encode() + b"1677628800000,1.0000,1.0000,1.0000,1,1\n" * 30_000))
    assert path.stat().st_size < 20_000
    code, told, words = run(path)
    assert (code, told) == (2, {})
    assert "unpacks to more than" in words
    assert nothing_stored()


def test_a_file_of_too_many_lines_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MOST_ROWS", 2)
    code, _, words = run(written(tmp_path, *LINES))
    assert code == 2
    assert "more than 2 lines; import it in parts" in words
    assert nothing_stored()


@pytest.mark.parametrize("unit", [10**3, 10**6])
@pytest.mark.parametrize("header", [(), ("open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore",)])
def test_public_files_of_binance_with_and_without_header_in_milli_and_microseconds(tmp_path, unit, header):
    lines = [f"{(1735689600 + at * 60) * unit},1.50000000,2,1,1.25,3,{(1735689660 + at * 60) * unit - 1},0,0,0,0,0" for at in range(3)]
    code, told, _ = run(written(tmp_path, *header, *lines))
    assert (code, told["stored"], told["first"], told["timeframe"]) == (0, 3, "2025-01-01T00:00:00.000000Z", "1m")


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
    assert (code, told["stored"], told["first"]) == (0, 3, "2025-01-01T00:00:00.000000Z")


def test_candles_that_have_not_happened_yet_are_refused(tmp_path):
    code, told, words = run(written(tmp_path, *LINES[:3], "4102444800000,1,1,1,1,1"))
    assert (code, told["refusals"][0]["line"]) == (1, 4)
    assert "Line 4: its candle of 2100-01-01 00:00:00 UTC has not happened yet" in words
    assert nothing_stored()


def test_a_file_of_another_timeframe_than_the_one_stated_is_refused(tmp_path):
    fives = [f"{1677628800 + 300 * at},1,1,1,1,1" for at in range(4)]
    code, _, words = run(written(tmp_path, HEAD, *fives), "--timeframe", "1m")
    assert code == 2
    assert "no candles of 1m: the nearest two lie 300 seconds apart" in words
    assert nothing_stored()


def test_a_file_of_minutes_and_hours_is_refused_where_the_hours_begin(tmp_path):
    minutes = [f"{1677628800 + 60 * at},1,1,1,1,1" for at in range(60)]
    hours = [f"{1677628800 + 3600 * at},1,1,1,1,1" for at in range(1, 30)]
    code, told, words = run(written(tmp_path, HEAD, *minutes, *hours))
    assert (code, told["rejected"]) == (1, 1)
    assert "Line 62: from here on candles lie 3600 seconds apart, not 60" in words
    assert nothing_stored()


@needs_recorded
def test_the_outages_of_an_exchange_are_listed_one_by_one():
    """From 17 August 2017 04:00 to 21 April 2024 14:00 are 58,547 hours; 58,419 are there, 128 lie in 28 outages, the longest of
    33 hours in February 2018."""
    code, told, _ = run(HOURS)
    assert (code, told["read"], told["stored"], told["timeframe"]) == (0, 58_419, 58_419, "1h")
    assert (len(told["gaps"]), sum(gap["missing"] for gap in told["gaps"])) == (28, 128)
    assert told["gaps"][0] == {"from": "2017-09-06T17:00:00.000000Z", "to": "2017-09-06T22:00:00.000000Z", "missing": 6}
    assert max(told["gaps"], key=lambda gap: gap["missing"]) == {
        "from": "2018-02-08T01:00:00.000000Z", "to": "2018-02-09T09:00:00.000000Z", "missing": 33,
    }  # fmt: skip
    assert told["gaps"][-1] == {"from": "2023-03-24T13:00:00.000000Z", "to": "2023-03-24T13:00:00.000000Z", "missing": 1}
    hours = (datetime.fromisoformat(told["last"]) - datetime.fromisoformat(told["first"])).total_seconds() / 3600 + 1
    assert hours == 58_547 == told["stored"] + 128


def test_a_market_made_from_round_numbers_gets_the_finer_steps_of_a_later_file(tmp_path):
    """Whole coins at whole prices first, then thousandths at cents."""
    run(written(tmp_path, HEAD, "1677628800,20000,20000,20000,20000,1", "1677628860,20000,20000,20000,20000,2"))
    assert [str(step.normalize()) for step in steps()] == ["1", "1", "1"]
    finer = ["1677628920,20000.01,20000.01,20000.01,20000.01,1.5", "1677628980,20000,20000,20000,20000,0.001"]
    run(written(tmp_path, HEAD, *finer, name="finer.csv"))
    assert [str(step.normalize()) for step in steps()] == ["0.01", "0.001", "0.001"]
    run(written(tmp_path, HEAD, "1677629040,3,3,3,3,3", "1677629100,3,3,3,3,3", name="coarser.csv"))
    assert [str(step.normalize()) for step in steps()] == ["0.01", "0.001", "0.001"]


def steps() -> tuple[Decimal, Decimal, Decimal]:
    place = Market.objects.get()
    return place.price_tick, place.amount_step, place.amount_min
