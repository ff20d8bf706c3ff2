"""Coinbase's fills report and its "Transaction history" in the four headers it has had. The shapes are those that public parsers read;
figures are made by hand."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from accounts.models import User
from ledger.models import Fill
from ledger.tests.doors.importing import Captured, counts, fills_of, proven, ran, refused, told

pytestmark = pytest.mark.django_db

FILLS = "portfolio,trade id,product,side,created at,size,size unit,price,fee,total,price/fee/total unit"
BUY = "default,381617,BTC-USDC,BUY,2026-03-02T09:00:00.518Z,0.10000000,BTC,19000.00,9.5,-1909.5,USDC"
SELL = "default,382592,BTC-USDC,SELL,2026-03-02T09:05:00Z,0.05000000,BTC,20000.00,5,995,USDC"
HISTORY = (
    "ID,Timestamp,Transaction Type,Asset,Quantity Transacted,Price Currency,Price at Transaction,Subtotal,"
    "Total (inclusive of fees and/or spread),Fees and/or Spread,Notes"
)
PREAMBLE = "\nTransactions\nUser,Jane Doe,00000000-0000-0000-0000-000000000000\n" + HISTORY
ADVANCED = (
    '6764,2026-03-02 09:00:00 UTC,Advanced Trade Buy,BTC,0.015,EUR,"€82,304.00","€1,234.56","€1,240.73",€6.17,'
    "Bought 0.015 BTC for 1240.73 EUR on BTC-EUR at 82304 EUR/BTC"
)
SIMPLE = '6765,2026-03-02 09:10:00 UTC,Sell,BTC,-0.005,EUR,€81999.99,€410.00,€405.90,€4.10,"Sold 0.005 BTC for €405.90 EUR"'
RECEIVED = "6766,2026-03-02 09:20:00 UTC,Receive,BTC,0.05,EUR,€82000.00,,,,Received 0.05 BTC from a friend"
REWARD = "6767,2026-03-02 09:30:00 UTC,Staking Income,ETH,0.0001,EUR,€2000,€0.20,€0.20,€0.00,"
CONVERTED = "6768,2026-03-02 09:40:00 UTC,Convert,BTC,-0.001,EUR,€82000,€82,€82,€0,Converted 0.001 BTC to 0.04 ETH"


def test_fills_are_booked_under_their_trade_ids(alice: User, tmp_path: Path, capsys: Captured):
    """0.1 x 19,000 + 9.50 = 1,909.50 paid; 0.05 x 20,000 - 5 = 995 received."""
    answer = ran(capsys, told(tmp_path, BUY, SELL, header=FILLS), venue="coinbase")
    assert counts(answer) == (2, 2, 0, 0, 0, 0)
    assert answer["missing"] == {"USDC": "1909.5"}
    assert fills_of() == [
        ("BTC/USDC", "BUY", "0.1", "19000", "9.5", "USDC", "2026-03-02 09:00:00"),
        ("BTC/USDC", "SELL", "0.05", "20000", "5", "USDC", "2026-03-02 09:05:00"),
    ]
    assert set(Fill.objects.values_list("trade_id", flat=True)) == {"381617", "382592"}
    old = told(tmp_path, *(line.removeprefix("default,") for line in (BUY, SELL)), header=FILLS.removeprefix("portfolio,"))
    assert counts(ran(capsys, old, venue="coinbase")) == (2, 0, 2, 0, 0, 0)
    proven()


def test_of_the_history_purchases_and_sales_are_booked_and_the_rest_is_named(alice: User, tmp_path: Path, capsys: Captured):
    """1,234.56 for 0.015 BTC are 82,304 each; 410 for 0.005 are 82,000, whatever its rounded price says. The friend's coin, the reward
    and the conversion are no trades of ours: they are counted, not dropped."""
    path = told(tmp_path, ADVANCED, SIMPLE, RECEIVED, REWARD, CONVERTED, RECEIVED, header=PREAMBLE)
    answer = ran(capsys, path, venue="coinbase")
    assert counts(answer) == (2, 2, 0, 0, 0, 0)
    assert answer["not_trades"] == {"Receive": 2, "Staking Income": 1, "Convert": 1}
    assert "not trades: 2 x Receive" in answer["all said"]
    assert fills_of() == [
        ("BTC/EUR", "BUY", "0.015", "82304", "6.17", "EUR", "2026-03-02 09:00:00"),
        ("BTC/EUR", "SELL", "0.005", "82000", "4.1", "EUR", "2026-03-02 09:10:00"),
    ]
    assert set(Fill.objects.values_list("trade_id", flat=True)) == {"6764", "6765"}
    proven()


def test_notes_may_go_on_over_some_lines_and_an_open_quote_costs_one(alice: User, tmp_path: Path, capsys: Captured):
    """A friend's greeting has three lines. The quote that nobody closed is refused by its line, and what stands behind it is read."""
    greeting = RECEIVED.replace("Received 0.05 BTC from a friend", '"Thank you,\n\nyours ""Bob"",\nwith love"')
    path = told(tmp_path, greeting, ADVANCED, RECEIVED.replace("Received 0.05", '"Received 0.05'), SIMPLE, header=PREAMBLE)
    answer = ran(capsys, path, "--partial", venue="coinbase")
    assert (answer["booked"], answer["not_trades"]) == (2, {"Receive": 1})
    assert [(refusal["line"], refusal["code"]) for refusal in answer["refusals"]] == [(10, "NOT_A_SHEET")]


def test_kinds_without_number_or_letters_are_told_briefly(alice: User, tmp_path: Path, capsys: Captured):
    """Thirty kinds of rows, and one that would colour the terminal."""
    lines = [RECEIVED.replace(",Receive,", f",Kind {n},") for n in range(30)]
    path = told(tmp_path, RECEIVED.replace(",Receive,", ",\x1b[31mred,"), ADVANCED, *lines, header=HISTORY)
    answer = ran(capsys, path, venue="coinbase")
    assert answer["not_trades"]["'\\x1b[31mred'"] == 1
    assert (len(answer["not_trades"]), answer["not_trades"]["rows of other kinds"]) == (21, 11)
    assert "\x1b" not in answer["all said"]


def test_a_trade_in_other_money_than_the_reports_is_read_from_its_notes(alice: User, tmp_path: Path, capsys: Captured):
    """0.035 SOL at 190 are 6.65 USDC, with the fee 6.6899: a fee of 0.0399, 0.6 % as in the report's euros."""
    line = (
        "1,2026-03-02 09:00:00 UTC,Advanced Trade Buy,SOL,0.035,EUR,€175.00,€6.12,€6.1567,€0.0367,"
        "Bought 0.035 SOL for 6.6899 USDC on SOL-USDC at 190 USDC/SOL"
    )
    ran(capsys, told(tmp_path, line, header=HISTORY), venue="coinbase")
    assert fills_of() == [("SOL/USDC", "BUY", "0.035", "190", "0.0399", "USDC", "2026-03-02 09:00:00")]
    cut = told(tmp_path, line.replace("at 190 ", "at 180 "), header=HISTORY)
    assert "its Notes leave a fee of 0.3899 USDC, another share" in ran(capsys, cut, venue="coinbase", code=2)["said"]
    silent = told(tmp_path, line.rsplit(",", 1)[0] + ",Bought SOL", header=HISTORY)
    assert "do not say on which market it was traded" in ran(capsys, silent, venue="coinbase", code=2)["said"]


@pytest.mark.parametrize(
    ("header", "line"),
    [
        (HISTORY.removeprefix("ID,"), "2022-03-02T09:00:00Z,Buy,SOL,10,EUR,100.00,1000.00,1010.00,10.00,Bought 10 SOL for €1010 EUR"),
        (
            HISTORY.removeprefix("ID,").replace("Price Currency,Price at", "Spot Price Currency,Spot Price at"),
            "2022-03-02T09:00:00Z,Buy,SOL,10,EUR,100.00,1000.00,1010.00,10.00,Bought 10 SOL for €1010 EUR",
        ),
        (
            "Timestamp,Transaction Type,Asset,Quantity Transacted,Spot Price Currency,Spot Price at Transaction,Subtotal,"
            "Total (inclusive of fees),Fees,Notes",
            "2022-03-02T09:00:00Z,Buy,SOL,10,EUR,100.00,1000.00,1010.00,10.00,Bought 10 SOL for €1010 EUR",
        ),
        (
            "Timestamp,Transaction Type,Asset,Quantity Transacted,EUR Spot Price at Transaction,EUR Subtotal,"
            "EUR Total (inclusive of fees),EUR Fees,Notes",
            "2022-03-02T09:00:00Z,Buy,SOL,10,100.00,1000.00,1010.00,10.00,Bought 10 SOL for €1010 EUR",
        ),
    ],
)
def test_older_headers_of_the_history_say_the_same(alice: User, tmp_path: Path, capsys: Captured, header: str, line: str):
    """10 SOL for 1,000 euros and a fee of 10; without an id two lines that are alike stay two, once."""
    path = told(tmp_path, line, line, header=header)
    assert ran(capsys, path, venue="coinbase")["booked"] == 2
    assert fills_of() == [("SOL/EUR", "BUY", "10", "100", "10", "EUR", "2022-03-02 09:00:00")] * 2
    assert ran(capsys, path, venue="coinbase")["duplicates"] == 2


def test_a_third_of_a_cent_is_kept_to_the_last_digit_there_is(alice: User, tmp_path: Path, capsys: Captured):
    """100 euros for 3 coins: 33.333... with 24 digits, so that what was paid is 100 but for the last one."""
    line = "1,2026-03-02 09:00:00 UTC,Buy,SOL,3,EUR,€33.33,€100.00,€101.00,€1.00,Bought 3 SOL for €101.00 EUR"
    ran(capsys, told(tmp_path, line, header=HISTORY), venue="coinbase")
    row = Fill.objects.get()
    assert row.price == Decimal("33." + "3" * 24)
    assert row.quantity * row.price == Decimal("99." + "9" * 24)


BAD = {
    "a total that does not add up": (FILLS, SELL.replace(",995,", ",959,"), "1000 and a fee of 5 make 995, but its total says 959"),
    "a product of other units": (FILLS, SELL.replace("BTC-USDC", "ETH-USDC"), "does not match its units BTC and USDC"),
    "a fee that is no number": (FILLS, SELL.replace(",5,995", ",five,995"), "the fee 'five' is not a number"),
    "a time without zone": (FILLS, SELL.replace("09:05:00Z", "09:05:00"), "has no zone"),
    "a total without its fees": (HISTORY, SIMPLE.replace("€405.90,", "€410.00,"), "410 and a fee of 4.1 make 405.9, but its total says 410"),
    "an amount in words": (HISTORY, SIMPLE.replace("€410.00,", "four hundred,"), "the Subtotal 'four hundred' is not an amount"),
    "two signs": (HISTORY, SIMPLE.replace(",-0.005,", ",-€-0.005,"), "is not an amount such as"),
    "an asset that is none": (HISTORY, SIMPLE.replace(",BTC,", ",Bit coin,"), "is not BASE/QUOTE"),
}


@pytest.mark.parametrize("name", sorted(BAD))
def test_a_bad_line_refuses_the_file_by_its_number(alice: User, tmp_path: Path, capsys: Captured, name: str):
    header, line, sentence = BAD[name]
    said = refused(capsys, told(tmp_path, line, header=header), venue="coinbase")
    assert said.startswith("Nothing was booked. Line 2: ")
    assert sentence in said
