"""Binance's "Trade History" of spot orders, in its three headers. Figures are made by hand in the shape that public parsers read."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from accounts.models import User
from accounts.tests.builders import person
from ledger.models import Fill, LotMatch
from ledger.tests import builders as b
from ledger.tests.doors.importing import Captured, counts, fills_of, proven, ran, refused, told

pytestmark = pytest.mark.django_db

GLUED = '"Date(UTC)","Pair","Side","Price","Executed","Amount","Fee"'
BUY = '"2026-03-02 09:00:00","BTCUSDT","BUY","20000.00","0.1001000000BTC","2002.00000000USDT","0.0001000000BTC"'
SELL = '"2026-03-02 09:05:00","BTCUSDT","SELL","21000.00","0.0500000000BTC","1050.00000000USDT","1.05000000USDT"'
BARE = "Date(UTC),Market,Type,Price,Amount,Total,Fee,Fee Coin"


def test_amounts_with_their_asset_glued_on_are_booked_to_the_digit(alice: User, tmp_path: Path, capsys: Captured):
    """0.1001 BTC for 2,002 USDT, 0.0001 BTC of it as fee: 0.1 BTC that cost 20,020 each. Half of it sold for 1,050 less 1.05:
    1,050 - 1,001 - 1.05 = 47.95."""
    answer = ran(capsys, told(tmp_path, BUY, SELL, header=GLUED))
    assert counts(answer) == (2, 2, 0, 0, 0, 0)
    assert (answer["layout"], answer["missing"]) == ("Binance spot trade history", {"USDT": "2002"})
    assert fills_of() == [
        ("BTC/USDT", "BUY", "0.1001", "20000", "0.0001", "BTC", "2026-03-02 09:00:00"),
        ("BTC/USDT", "SELL", "0.05", "21000", "1.05", "USDT", "2026-03-02 09:05:00"),
    ]
    assert [match.net for match in LotMatch.objects.all()] == [Decimal("47.95")]
    proven()


def test_two_fills_that_are_alike_stay_two_and_come_in_once(alice: User, tmp_path: Path, capsys: Captured):
    """No trade id in this export: three lines, two of them alike, 3 x 0.1 BTC; again, and the other way round, nothing is new."""
    other = BUY.replace("09:00:00", "09:00:01")
    assert counts(ran(capsys, told(tmp_path, BUY, BUY, other, header=GLUED))) == (3, 3, 0, 0, 0, 0)
    assert counts(ran(capsys, told(tmp_path, BUY, BUY, other, header=GLUED))) == (3, 0, 3, 0, 0, 0)
    assert counts(ran(capsys, told(tmp_path, other, BUY, BUY, header=GLUED))) == (3, 0, 3, 0, 0, 0)
    assert counts(ran(capsys, told(tmp_path, BUY, BUY, BUY, header=GLUED))) == (3, 1, 2, 0, 0, 0)
    assert len({row.trade_id for row in Fill.objects.all()}) == 4
    proven()


def test_an_id_does_not_hang_on_quotes_zeros_or_the_zone_of_the_export(alice: User, tmp_path: Path, capsys: Captured):
    assert ran(capsys, told(tmp_path, BUY, header=GLUED))["booked"] == 1
    plainly = "2026-03-02 11:00:00,BTCUSDT,BUY,20000,0.1001BTC,2002USDT,0.0001BTC"
    answer = ran(capsys, told(tmp_path, plainly, header="Date(UTC+2),Pair,Side,Price,Executed,Amount,Fee"))
    assert counts(answer) == (1, 0, 1, 0, 0, 0)


def test_fills_that_the_ledger_knows_under_their_venues_ids_are_not_booked_again(alice: User, tmp_path: Path, capsys: Captured):
    """Two of three alike came in with their ids and milliseconds; of the export, which has neither, the third alone is new. And the other
    way round."""
    ours = "BTC/USDT,buy,0.1001,20000,0.0001,BTC,2026-03-02T09:00:00.{ms}Z,{id}"
    known = told(tmp_path, ours.format(ms=125, id=71), ours.format(ms=126, id=72), name="known.csv")
    export = told(tmp_path, BUY, BUY, BUY, SELL, header=GLUED, name="export.csv")
    ran(capsys, known)
    assert counts(ran(capsys, export)) == (4, 2, 2, 0, 0, 0)
    assert counts(ran(capsys, export)) == (4, 0, 4, 0, 0, 0)
    assert [row[2] for row in fills_of()] == ["0.1001", "0.1001", "0.1001", "0.05"]
    carol = person("carol").username
    assert ran(capsys, export, user=carol)["booked"] == 4
    assert counts(ran(capsys, known, user=carol)) == (2, 0, 2, 0, 0, 0)
    proven()


def test_a_fee_in_a_third_coin_is_an_expense_whose_price_is_pending(alice: User, tmp_path: Path, capsys: Captured):
    line = BUY.replace("0.0001000000BTC", "0.00075000BNB")
    assert "never bought: 0.00075 BNB" in ran(capsys, told(tmp_path, line, header=GLUED), code=1)["said"]
    answer = ran(capsys, told(tmp_path, line, header=GLUED), "--opening-balance", "BNB=0.00075")
    assert counts(answer) == (1, 1, 0, 0, 0, 1)
    assert fills_of()[0][4:6] == ("0.00075", "BNB")
    proven()


def test_an_asset_that_begins_with_a_digit_is_parted_by_the_pair(alice: User, tmp_path: Path, capsys: Captured):
    """'100.51INCH' of 1INCHUSDT is 100.5 of 1INCH, at 0.5 for 50.25 USDT; the fee '0.10051INCH' is 0.1005 of it."""
    line = '"2026-03-02 09:00:00","1INCHUSDT","BUY","0.5","100.51INCH","50.25USDT","0.10051INCH"'
    ran(capsys, told(tmp_path, line, header=GLUED))
    assert fills_of() == [("1INCH/USDT", "BUY", "100.5", "0.5", "0.1005", "1INCH", "2026-03-02 09:00:00")]


def test_what_can_be_parted_in_two_ways_is_refused_by_line(alice: User, tmp_path: Path, capsys: Captured):
    """0.5 of 111 for 501 USDT, or 0.51 of 11 for 50 1USDT?"""
    line = '"2026-03-02 09:00:00","111USDT","BUY","1002","0.5111","501USDT","0USDT"'
    said = refused(capsys, told(tmp_path, BUY, line, header=GLUED), venue="binance")
    assert said == "Nothing was booked. Line 3: '0.5111' of the pair '111USDT' can be 0.5 111 or 0.51 11."


def test_the_header_of_late_names_no_zone_and_the_person_says_it(alice: User, tmp_path: Path, capsys: Captured):
    """'26-03-02 03:00:00' six hours behind UTC is nine o'clock."""
    path = told(tmp_path, BUY.replace("2026-03-02 09", "26-03-02 03"), header=GLUED.replace("Date(UTC)", "Time"))
    said = refused(capsys, path, venue="binance")
    assert said == (
        "Nothing was booked. Line 2: the time '26-03-02 03:00:00' has no zone and its column 'Date' names none; say it with --zone."
    )
    assert "'nine' is no distance from UTC" in refused(capsys, path, "--zone", "nine", venue="binance")
    ran(capsys, path, "--zone=-06:00")
    assert fills_of()[0][-1] == "2026-03-02 09:00:00"


def test_the_oldest_header_has_bare_amounts_and_its_pair_is_parted_by_the_market(alice: User, tmp_path: Path, capsys: Captured):
    """0.1 ETH at 2,000 with 0.0001 ETH as fee."""
    path = told(tmp_path, "2020-03-02 09:00:00,ETHUSDT,BUY,2000,0.1,200,0.0001,ETH", header=BARE)
    assert "the pair 'ETHUSDT' is of no market that we know at this venue" in refused(capsys, path, venue="binance")
    b.market("ETH/USDT", venue="binance")
    assert ran(capsys, path)["layout"] == "Binance spot trade history before 2021"
    assert fills_of() == [("ETH/USDT", "BUY", "0.1", "2000", "0.0001", "ETH", "2020-03-02 09:00:00")]


def test_a_pair_that_two_markets_are_written_as_is_refused(alice: User, tmp_path: Path, capsys: Captured):
    b.market("BTC/USDT", venue="binance")
    b.market("BTCU/SDT", venue="binance")
    path = told(tmp_path, "2020-03-02 09:00:00,BTCUSDT,BUY,20000,0.1,2000,0,BTC", header=BARE)
    assert "Line 2: the pair 'BTCUSDT' can be BTC/USDT or BTCU/SDT." in refused(capsys, path, venue="binance")


BAD = {
    "a total that is not quantity times price": (BUY.replace("2002.00000000USDT", "2102USDT"), "but its total says 2102"),
    "an asset that is not in the pair": (BUY.replace("0.1001000000BTC", "0.1001ETH"), "do not make up the pair 'BTCUSDT'"),
    "no asset on the amount": (BUY.replace("0.1001000000BTC", "0.1001"), "do not make up the pair"),
    "no asset on the fee": (BUY.replace("0.0001000000BTC", "0.0001"), "the fee '0.0001' is not an amount with its asset"),
    "a side that is none": (BUY.replace("BUY", "HOLD"), "the side 'HOLD' is neither BUY nor SELL"),
    "one separator that may be a decimal mark": (BUY.replace("20000.00", "20,000"), "the Price '20,000' can be read in two ways"),
    "a time of another kind": (BUY.replace("2026-03-02 09:00:00", "3/2/2026 9:00"), "is not written as 2026-03-02 09:00:00"),
    "the future": (BUY.replace("2026", "2126"), "has not come yet"),
    "before there were coins": (BUY.replace("2026", "2008"), "is before there were coins"),
    "a day that is none": (BUY.replace("03-02", "02-30"), "does not exist"),
    "more digits than the ledger holds": (
        BUY.replace("0.1001000000BTC", "0." + "1" * 25 + "BTC").replace("2002.00000000USDT", "2222.22USDT"), "at most 32 digits before",
    ),
    "more than there is": (
        BUY.replace("0.1001000000BTC", "1" + "0" * 24 + "BTC").replace("2002.00000000USDT", "2" + "0" * 28 + "USDT"), "or more",
    ),
    "a formula": (BUY.replace("20000.00", "=1+1"), "is not a number in plain notation"),
    "an exponent": (BUY.replace("20000.00", "2E4"), "is not a number in plain notation"),
    "a cell too few": (BUY.rsplit(",", 1)[0], "it has 6 fields, the header has 7"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(BAD))
def test_a_bad_line_refuses_the_file_by_its_number(alice: User, tmp_path: Path, capsys: Captured, name: str):
    line, sentence = BAD[name]
    said = refused(capsys, told(tmp_path, BUY, line, SELL, header=GLUED), venue="binance")
    assert said.startswith("Nothing was booked. Line 3: ")
    assert sentence in said


def test_separators_of_thousands_that_can_be_nothing_else_are_read(alice: User, tmp_path: Path, capsys: Captured):
    """1,234.5 and 1,000,000 say what they are: 1,000,000 SHIB at 1,234.5 would be dear, but it adds up."""
    line = '"2026-03-02 09:00:00","SHIBUSDT","BUY","1,234.5","1,000,000SHIB","1,234,500,000.0USDT","0USDT"'
    ran(capsys, told(tmp_path, line, header=GLUED))
    assert fills_of()[0][2:4] == ("1000000", "1234.5")
