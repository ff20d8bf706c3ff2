"""KuCoin's "Filled Orders" (per fill and per order), and the trade history of its first years. The shapes are those of its data export as
public parsers read them; byte order mark and CRLF as it writes them. Figures are made by hand."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from accounts.models import User
from ledger.models import Fill
from ledger.tests.doors.importing import Captured, counts, fills_of, proven, ran, refused, told

pytestmark = pytest.mark.django_db

FILLS = (
    "UID,Account Type,Order ID,Symbol,Side,Order Type,Avg. Filled Price,Filled Amount,Filled Volume,Filled Volume (USDT),"
    "Filled Time(UTC+08:00),Fee,Tax,Maker/Taker,Fee Currency"
)
BUY = "10,mainAccount,6501,ADA-USDT,BUY,LIMIT,0.4,500,200,200,2026-03-02 17:00:00,0.2,,TAKER,USDT"
SELL = "10,mainAccount,6502,ADA-USDT,SELL,LIMIT,0.5,100,50,50,2026-03-02 17:05:00,-0.01,,MAKER,USDT"
ORDERS = (
    "UID,Account Type,Order ID,Order Time(UTC),Symbol,Side,Order Type,Order Price,Order Amount,Avg. Filled Price,Filled Amount,"
    "Filled Volume,Filled Volume (USDT),Filled Time(UTC),Fee,Fee Currency,Tax,Status"
)
ORDER = "10,main,o1,2026-03-02 09:00:00,BTC-USDT,BUY,MARKET,0,0.7,333.3286,0.7,233.33,233.33,2026-03-02 09:00:01,0.23,USDT,,deal"
EMPTY = "10,main,o2,2026-03-02 09:00:00,BTC-USDT,BUY,LIMIT,300,1,0,0,0,0,2026-03-02 09:00:01,0,USDT,,cancelled"
FIRST = "tradeCreatedAt,orderId,symbol,side,price,size,funds,fee,liquidity,feeCurrency,orderType,"


def test_fills_are_read_in_the_zone_of_their_header(alice: User, tmp_path: Path, capsys: Captured):
    """Five in the afternoon in Singapore is nine o'clock; a maker got 0.01 back."""
    path = tmp_path / "Spot Orders_Filled Orders (Show Order-Splitting).csv"
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join([FILLS, BUY, SELL, ""]).encode())
    answer = ran(capsys, str(path), venue="kucoin")
    assert counts(answer) == (2, 2, 0, 0, 0, 0)
    assert answer["layout"] == "KuCoin spot filled orders, order splitting shown"
    assert fills_of() == [
        ("ADA/USDT", "BUY", "500", "0.4", "0.2", "USDT", "2026-03-02 09:00:00"),
        ("ADA/USDT", "SELL", "100", "0.5", "-0.01", "USDT", "2026-03-02 09:05:00"),
    ]
    proven()


def test_the_same_fills_exported_in_another_zone_are_the_same(alice: User, tmp_path: Path, capsys: Captured):
    ran(capsys, told(tmp_path, BUY, SELL, header=FILLS), venue="kucoin")
    lines = [line.replace("17:0", "09:0") + ",CLASSIC" for line in (SELL, BUY)]
    header = FILLS.replace("(UTC+08:00)", "(UTC)") + ",Account Mode"
    assert counts(ran(capsys, told(tmp_path, *lines, header=header), venue="kucoin")) == (2, 0, 2, 0, 0, 0)


def test_two_fills_of_one_order_that_are_alike_but_for_their_order_are_three(alice: User, tmp_path: Path, capsys: Captured):
    path = told(tmp_path, BUY, BUY, BUY.replace("6501", "6509"), header=FILLS)
    assert ran(capsys, path, venue="kucoin")["booked"] == 3
    assert len({row.trade_id for row in Fill.objects.all()}) == 3
    assert ran(capsys, path, venue="kucoin")["duplicates"] == 3


def test_of_an_order_what_was_paid_is_exact_and_its_cut_price_is_reckoned(alice: User, tmp_path: Path, capsys: Captured):
    """233.33 for 0.7 are 333.32857142...; the sheet says 333.3286, which would be 233.33002. The order that nothing filled is named."""
    path = told(tmp_path, ORDER, EMPTY, header=ORDERS)
    answer = ran(capsys, path, venue="kucoin")
    assert (answer["booked"], answer["not_trades"]) == (1, {"order without a fill": 1})
    row = Fill.objects.get()
    assert row.trade_id == "o1"
    assert abs(row.quantity * row.price - Decimal("233.33")) < Decimal("1e-22")
    assert counts(ran(capsys, path, venue="kucoin")) == (1, 0, 1, 0, 0, 0)
    proven()


def test_an_order_that_went_on_filling_is_a_conflict_and_not_booked_twice(alice: User, tmp_path: Path, capsys: Captured):
    ran(capsys, told(tmp_path, ORDER, header=ORDERS), venue="kucoin")
    more = ORDER.replace(",0.7,233.33,233.33,", ",0.8,266.66288,266.66,")
    assert counts(ran(capsys, told(tmp_path, more, header=ORDERS), venue="kucoin")) == (1, 0, 0, 1, 0, 0)


def test_the_two_forms_of_one_export_never_both_count(alice: User, bob: User, tmp_path: Path, capsys: Captured):
    """The archive of the data export holds both: one row per order, and one per fill of the same orders."""
    split = told(tmp_path, BUY, SELL, header=FILLS, name="split.csv")
    whole = told(tmp_path, ORDER.replace(",o1,", ",6502,"), header=ORDERS, name="whole.csv")
    sentence = "Nothing was booked. Line 2: the order '6502' was imported from the export's other form, one row per fill."
    ran(capsys, split, venue="kucoin")
    assert ran(capsys, whole, venue="kucoin", code=2)["said"] == sentence
    ran(capsys, whole, venue="kucoin", user="bob")
    said = ran(capsys, split, venue="kucoin", user="bob", code=2)["said"]
    assert said == sentence.replace("Line 2", "Line 3").replace("per fill", "per order")
    assert (len(fills_of("alice")), len(fills_of("bob"))) == (2, 1)


def test_the_first_years_named_no_zone(alice: User, tmp_path: Path, capsys: Captured):
    path = told(tmp_path, "2020-03-02 17:00:00,5e5c,ADA-BTC,buy,0.000005,200,0.001,0.000001,taker,BTC,limit,", header=FIRST)
    assert "Line 2: the time '2020-03-02 17:00:00' has no zone" in refused(capsys, path, venue="kucoin")
    ran(capsys, path, "--zone", "+08:00", "--opening-balance", "BTC=0.001001", venue="kucoin")
    assert fills_of() == [("ADA/BTC", "BUY", "200", "0.000005", "0.000001", "BTC", "2020-03-02 09:00:00")]


def test_fills_of_a_trading_bot_have_their_columns_under_other_names(alice: User, tmp_path: Path, capsys: Captured):
    header = (
        "UID,Account Type,Order ID,Symbol,Side,Order Type,Filled Price,Filled Amount,Filled Volume,Filled Volume (USDT),Time Filled(UTC),"
        "Fee,Fee Currency,Tax"
    )
    line = "10,bot,7,ADA-USDT,BUY,LIMIT,0.4,500,200,200,2026-03-02 09:00:00,0.2,USDT,"
    ran(capsys, told(tmp_path, line, header=header), venue="kucoin")
    assert fills_of() == [("ADA/USDT", "BUY", "500", "0.4", "0.2", "USDT", "2026-03-02 09:00:00")]


def test_a_sheet_without_records_says_so(alice: User, tmp_path: Path, capsys: Captured):
    sentence = "No matching records found."
    said = refused(capsys, told(tmp_path, sentence + "," * FILLS.count(","), header=FILLS), venue="kucoin")
    assert said == f"fills.csv holds no fills; 1 rows are '{sentence}'."


BAD = {
    "a tax beside the fee": (SELL.replace("-0.01,,", "-0.01,0.5,"), "its column 'Tax' says '0.5'"),
    "a pair in another spelling": (SELL.replace("ADA-USDT", "ADAUSDT"), "is not two asset codes with '-' between them"),
    "a pair of three": (SELL.replace("ADA-USDT", "ADA-USDT-X"), "is not two asset codes"),
    "a volume that does not add up": (SELL.replace(",100,50,", ",100,500,"), "100 at 0.5 are 50, but its total says 500"),
    "a fee without currency": (SELL.replace("MAKER,USDT", "MAKER,"), "a fee names its asset"),
    "nothing bought": (BUY.replace(",500,200,200,", ",,200,200,"), "the Filled Amount '' is not a number"),
    "an offset out of this world": (BUY.replace("17:00:00", "17:00:00+23:00"), "is no distance from UTC"),
}


@pytest.mark.parametrize("name", sorted(BAD))
def test_a_bad_line_refuses_the_file_by_its_number(alice: User, tmp_path: Path, capsys: Captured, name: str):
    line, sentence = BAD[name]
    said = refused(capsys, told(tmp_path, BUY, line, header=FILLS), venue="kucoin")
    assert said.startswith("Nothing was booked. Line 3: ")
    assert sentence in said
