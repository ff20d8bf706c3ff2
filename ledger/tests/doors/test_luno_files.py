"""Luno's statements of wallets, of a coin and of the money it was traded for, and the trades of its API as a sheet. The words are those of
real statements as public parsers read them; figures are made by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from accounts.models import Alert, User
from ledger.tests import builders as b
from ledger.tests.doors.importing import Captured, counts, fills_of, proven, ran, refused, told

pytestmark = pytest.mark.django_db

HEADER = (
    "Wallet ID,Row,Timestamp (UTC),Description,Currency,Balance delta,Available balance delta,Balance,Available balance,"
    "Cryptocurrency transaction ID,Cryptocurrency address,Value currency,Value amount,Reference"
)
OLD = HEADER.replace("Value currency,Value amount,Reference", "Value")


def coin(row: int, at: str, words: str, delta: str, reference: str = "", wallet: str = "900", currency: str = "XBT") -> str:
    return f'{wallet},{row},2026-03-02 {at},"{words}",{currency},{delta},{delta},1,1,,,ZAR,0.00,{reference}'


def money(row: int, at: str, words: str, delta: str, reference: str = "") -> str:
    return coin(row, at, words, delta, reference, wallet="901", currency="ZAR")


BUY = coin(1, "09:00:00", "Bought 0.01 BTC/ZAR @ 850,000", "0.01000000", "r1")
BUY_FEE = coin(2, "09:00:00", "Trading fee", "-0.00001000", "r1")
BUY_LEG = money(1, "09:00:00", "Bought 0.01 BTC/ZAR @ 850,000", "-8500.00", "r1")
SELL = coin(3, "10:00:00", "Sold 0.005 BTC/ZAR @ 900,000.50", "-0.00500000", "r2")
SELL_LEG = money(2, "10:00:00", "Sold 0.005 BTC/ZAR @ 900,000.50", "4500.00", "r2")
SELL_FEE = money(3, "10:00:00", "Trading fee", "-4.50", "r2")
OTHERS = [
    coin(4, "11:00:00", "Received Bitcoin", "0.1", "r3"), coin(5, "12:00:00", "Sent Bitcoin to bc1qx", "-0.05", "r4"),
    coin(6, "12:00:00", "Bitcoin send fee", "-0.0001", "r4"),
]  # fmt: skip


def test_the_statement_of_a_coin_tells_its_trades_and_their_fees(alice: User, tmp_path: Path, capsys: Captured):
    """0.01 BTC at 850,000 rand with 0.00001 BTC as fee. Of the sale this statement does not say the fee, which the money may have paid:
    it is pending, not zero."""
    answer = ran(capsys, told(tmp_path, BUY, BUY_FEE, SELL, *OTHERS, header=HEADER), venue="luno")
    assert counts(answer) == (2, 2, 0, 0, 0, 1)
    assert answer["not_trades"] == {"Received Bitcoin": 1, "Sent Bitcoin": 1, "Bitcoin send": 1}
    assert fills_of() == [
        ("BTC/ZAR", "BUY", "0.01", "850000", "0.00001", "BTC", "2026-03-02 09:00:00"),
        ("BTC/ZAR", "SELL", "0.005", "900000.5", None, None, "2026-03-02 10:00:00"),
    ]
    proven()


def test_both_legs_in_one_file_are_one_trade_whose_fee_is_where_it_was_paid(alice: User, tmp_path: Path, capsys: Captured):
    """The sale of 0.005 at 900,000.50 brought 4,500.0025, of which 4,500.00 arrived, less 4.50."""
    lines = [BUY_LEG, SELL_LEG, SELL_FEE, BUY, BUY_FEE, SELL]
    answer = ran(capsys, told(tmp_path, *lines, header=HEADER), venue="luno")
    assert counts(answer) == (2, 2, 0, 0, 0, 0)
    assert answer["not_trades"] == {}
    assert [row[4:6] for row in fills_of()] == [("0.00001", "BTC"), ("4.5", "ZAR")]
    proven()


def test_the_statement_of_the_money_alone_tells_no_trade_and_adds_none(alice: User, tmp_path: Path, capsys: Captured):
    leg = "leg of a trade that the statement of its coin tells"[:40]
    said = refused(capsys, told(tmp_path, BUY_LEG, SELL_LEG, SELL_FEE, header=HEADER), venue="luno")
    assert said == f"fills.csv holds no fills; 2 rows are '{leg}'."
    ran(capsys, told(tmp_path, BUY, BUY_FEE, SELL, header=HEADER), venue="luno")
    lines = [BUY_LEG, SELL_LEG, SELL_FEE, BUY, BUY_FEE, SELL]
    assert counts(ran(capsys, told(tmp_path, *lines, header=HEADER), venue="luno")) == (2, 0, 2, 0, 0, 1)
    assert not Alert.objects.filter(code="FILL_CONFLICT").exists()


def test_older_statements_have_no_reference_and_the_fee_is_the_row_behind(alice: User, tmp_path: Path, capsys: Captured):
    """Two purchases in one second, the second twice as large, newest first in the file: each with the fee behind it."""
    rows = [
        '900,1,2021-11-18T16:46:00Z,"Bought 0.01 BTC/ZAR @ 850,000",XBT,0.01,0.01,1,1,,,8500',
        "900,2,2021-11-18T16:46:00Z,Trading fee,XBT,-0.00001,-0.00001,1,1,,,8.5",
        '900,3,2021-11-18T16:46:00Z,"Bought 0.02 BTC/ZAR @ 850,000",XBT,0.02,0.02,1,1,,,17000',
        "900,4,2021-11-18T16:46:01Z,Trading fee,XBT,-0.00002,-0.00002,1,1,,,17",
    ]
    ran(capsys, told(tmp_path, *reversed(rows), header=OLD), venue="luno")
    assert sorted(row[2:6] for row in fills_of()) == [("0.01", "850000", "0.00001", "BTC"), ("0.02", "850000", "0.00002", "BTC")]


def test_an_instant_trade_has_its_fee_in_its_price(alice: User, tmp_path: Path, capsys: Captured):
    """1,000 rand for 0.002 BTC are 500,000 each, 1,500 for 0.0025 are 600,000; the words have blanks that do not break."""
    lines = [
        coin(1, "09:00:00", "Bought BTC\u00a00.002 for ZAR\u00a01,000.00", "0.002", "r1"),
        coin(2, "09:10:00", "Sold BTC 0.0025 for R 1,500", "-0.0025", "r2"),
    ]
    ran(capsys, told(tmp_path, *lines, header=HEADER), "--partial", venue="luno")
    assert fills_of() == [
        ("BTC/ZAR", "BUY", "0.002", "500000", "0", None, "2026-03-02 09:00:00"),
        ("BTC/ZAR", "SELL", "0.0025", "600000", "0", None, "2026-03-02 09:10:00"),
    ]


def test_the_trades_of_its_api_have_numbers_and_milliseconds(alice: User, tmp_path: Path, capsys: Captured):
    """1,772,442,000 seconds are nine o'clock on the second of March."""
    header = "pair,sequence,order_id,type,timestamp,price,volume,base,counter,fee_base,fee_counter"
    lines = [
        "XBTZAR,11,BX1,BID,1772442000000,850000.00,0.01,0.01,8500.00,0.00001,0.00",
        "XBTZAR,12,BX2,ASK,1772442000250,900000.00,0.005,0.005,4500.00,0.00,4.50",
    ]
    b.market("BTC/ZAR", venue="luno")
    ran(capsys, told(tmp_path, *lines, header=header), venue="luno")
    assert fills_of() == [
        ("BTC/ZAR", "BUY", "0.01", "850000", "0.00001", "BTC", "2026-03-02 09:00:00"),
        ("BTC/ZAR", "SELL", "0.005", "900000", "4.5", "ZAR", "2026-03-02 09:00:00"),
    ]
    both = told(tmp_path, lines[0].replace("11,BX1", "13,BX1").replace("0.00001,0.00", "0.00001,4.50"), header=header)
    assert "it has a fee in both assets" in ran(capsys, both, venue="luno", code=2)["said"]


BAD = {
    "words and balance that differ": ([BUY.replace("0.01000000", "0.02000000")], "its words say 0.01, but the balance moved by 0.02"),
    "legs that differ": ([BUY, BUY_LEG.replace("-8500.00", "-8600.00")], "0.01 at 850000 are 8500, but its total says 8600"),
    "fees in two assets": ([BUY, BUY_FEE, BUY_LEG, BUY_FEE.replace("900,2", "901,2").replace("XBT", "ZAR")], "fee rows are in BTC and ZAR"),
    "a balance that is no number": ([BUY.replace("0.01000000", "much")], "the Balance delta 'much' is not a number"),
    "a sign of no currency": ([coin(1, "09:00:00", "Sold BTC 0.01 for $ 500", "-0.01")], "the sign '$' is of no currency that we know"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(BAD))
def test_a_trade_that_contradicts_itself_is_refused_by_line(alice: User, tmp_path: Path, capsys: Captured, name: str):
    lines, sentence = BAD[name]
    said = refused(capsys, told(tmp_path, *lines, header=HEADER), venue="luno")
    assert said.startswith("Nothing was booked. Line 2: ")
    assert sentence in said
