"""What can be wrong with a sheet of any venue: letters, separators, headers, the wrong venue; and what is kept of one in part."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from accounts.models import User
from ledger.models import Fill
from ledger.tests.doors.importing import BOUGHT, HEADER, Captured, counts, fills_of, proven, ran, refused, told

pytestmark = pytest.mark.django_db

BINANCE = "Date(UTC),Pair,Side,Price,Executed,Amount,Fee"
LINE = "2026-03-02 09:00:00,BTCUSDT,BUY,20000,0.1BTC,2000USDT,2USDT"
BOOKED = [("BTC/USDT", "BUY", "0.1", "20000", "2", "USDT", "2026-03-02 09:00:00")]
TEXT = f"{BINANCE}\r\n{LINE}\r\n"


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode("utf-8-sig"), TEXT.replace(",", ";").encode(), TEXT.replace(",", "\t").encode(), gzip.compress(TEXT.encode()),
        ("\n\n" + TEXT.replace("\r\n", "\n\n")).encode(), TEXT.replace(",", " , ").encode(),
    ],
    ids=["byte order mark", "semicolons", "tabs", "gzip", "empty lines", "blanks"],
)  # fmt: skip
def test_harmless_differences_are_read(alice: User, tmp_path: Path, capsys: Captured, content: bytes):
    (tmp_path / "fills").write_bytes(content)
    assert ran(capsys, str(tmp_path / "fills"))["booked"] == 1
    assert fills_of() == BOOKED


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (TEXT.encode("utf-16"), "Line 1: it is not UTF-8 text but UTF-16; save the file as UTF-8"),
        (TEXT.encode("utf-16-be"), "Line 1: it is not UTF-8 text but UTF-16"),
        (f"Kontoinhaber: Müller\n{TEXT}".encode("latin-1"), "Line 1: it is not UTF-8 text: its byte 16 is 0xFC, as in Latin-1"),
        (TEXT.replace("2USDT\r", "2USDT€\r").encode("cp1252"), "Line 2: it is not UTF-8 text: its byte 60 is 0x80"),
    ],
    ids=["UTF-16", "UTF-16 without mark", "Latin-1", "Windows-1252"],
)
def test_other_letters_are_named_and_refused(alice: User, tmp_path: Path, capsys: Captured, content: bytes, sentence: str):
    (tmp_path / "fills").write_bytes(content)
    assert sentence in refused(capsys, str(tmp_path / "fills"), venue="binance")
    assert sentence in refused(capsys, str(tmp_path / "fills"), "--partial", venue="binance")


@pytest.mark.parametrize("price", ["20,000", "20.000", "20000,5", "1.234.567", "20 000", "'20000", "20000.", ".5", "२०", "1,00,000"])
def test_in_a_sheet_with_semicolons_what_may_be_thousands_is_refused(alice: User, tmp_path: Path, capsys: Captured, price: str):
    """20.000 is twenty here and twenty thousand there."""
    path = told(tmp_path, LINE.replace(",", ";").replace("20000", price), header=BINANCE.replace(",", ";"))
    said = refused(capsys, path, venue="binance")
    assert said.startswith(f"Nothing was booked. Line 2: the Price {price!r} ")


def test_our_own_lines_are_separated_by_commas_and_never_by_thousands(alice: User, tmp_path: Path, capsys: Captured):
    path = told(tmp_path, BOUGHT.replace(",", ";"), header=HEADER.replace(",", ";"))
    assert "Line 1: our own columns are separated by commas, not by ';'" in refused(capsys, path, venue="binance")
    path = told(tmp_path, BOUGHT.replace("20000", '"20,000.5"'))
    assert "Line 2: the price '20,000.5' will not do" in refused(capsys, path, venue="binance")


def test_an_unknown_header_is_shown_with_what_is_known(alice: User, tmp_path: Path, capsys: Captured):
    said = refused(capsys, told(tmp_path, "1,2", header="when,what"), venue="binance")
    assert said.startswith("Nothing was booked. Line 1: its columns 'when', 'what' are of no export that is known here; known are ")
    for name in ("Binance spot trade history", "KuCoin spot filled orders", "Coinbase fills", "Luno wallet statement", "trade_id"):
        assert name in said


def test_a_header_that_lacks_a_column_or_has_one_more_is_named_with_its_nearest(alice: User, tmp_path: Path, capsys: Captured):
    said = refused(capsys, told(tmp_path, LINE, header=BINANCE.replace(",Fee", ",Rabatt")), venue="binance")
    assert "are nearest to those of 'Binance spot trade history', but it lacks 'Fee', and has 'Rabatt', which is not known there" in said
    said = refused(capsys, told(tmp_path, LINE + ",BTC", header=BINANCE + ",Pair"), venue="binance")
    assert "but it has 'Pair' twice" in said


def test_a_statement_that_tells_no_trades_is_no_trade_history(alice: User, tmp_path: Path, capsys: Captured):
    """Binance's account statement: what moved, but not at which price."""
    header = "User_ID,UTC_Time,Account,Operation,Coin,Change,Remark"
    said = refused(capsys, told(tmp_path, "1,2026-03-02 09:00:00,Spot,Buy,BTC,0.1,", header=header), venue="binance")
    assert "Line 1: its columns 'User_ID', 'UTC_Time', 'Account'" in said


def test_another_venues_file_is_not_this_venues(alice: User, tmp_path: Path, capsys: Captured):
    said = refused(capsys, told(tmp_path, LINE, header=BINANCE), venue="kucoin")
    assert said == "fills.csv is of Binance spot trade history; it is not imported with --venue kucoin."


def test_a_header_is_found_below_some_lines_but_not_below_a_book(alice: User, tmp_path: Path, capsys: Captured):
    """Twenty lines of preamble are read over, forty are not."""
    ran(capsys, told(tmp_path, BINANCE, LINE, header="Report of,a person\n" * 19 + "since 2026"))
    assert fills_of() == BOOKED
    said = ran(capsys, told(tmp_path, BINANCE, LINE, header="Report of,a person\n" * 40), code=2)["said"]
    assert "Line 1: its columns 'Report of', 'a person' are of no export" in said


def test_in_part_the_good_lines_of_a_venues_sheet_are_kept(alice: User, tmp_path: Path, capsys: Captured):
    """Of thirty lines, every third has another total than its price: twenty are booked, the first bad ones told, all counted."""
    lines = [LINE.replace("09:00:00", f"09:{n:02d}:00").replace("2000USDT", "2000USDT" if n % 3 else "2100USDT") for n in range(30)]
    path = told(tmp_path, *lines, header=BINANCE)
    assert "Line 2: 0.1 at 20000 are 2000, but its total says 2100; 9 more lines" in refused(capsys, path, venue="binance")
    answer = ran(capsys, path, "--partial")
    assert counts(answer) == (30, 20, 0, 0, 0, 0)
    assert (answer["rejected"], [refusal["line"] for refusal in answer["refusals"]]) == (10, list(range(2, 32, 3)))
    assert counts(ran(capsys, path, "--partial")) == (30, 0, 20, 0, 0, 0)
    proven()


def test_two_people_with_the_same_file_have_a_fill_each(alice: User, bob: User, tmp_path: Path, capsys: Captured):
    for user in ("alice", "bob"):
        assert ran(capsys, told(tmp_path, LINE, header=BINANCE), user=user)["booked"] == 1
    assert Fill.objects.count() == 2
