"""`tax_report`: worked by hand, reconciled with the books, and it changes nothing."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from ledger.models import LotMatch, Wallet
from ledger.operations import equity
from ledger.queries import tax
from ledger.tests import builders as b

pytestmark = pytest.mark.django_db

Captured = pytest.CaptureFixture[str]


def ran(capsys: Captured, *more: str, user: str = "alice") -> dict[str, Any]:
    capsys.readouterr()
    call_command("tax_report", "--user", user, *more)
    return json.loads(capsys.readouterr().out)


def day(number: int) -> datetime:
    return b.MONDAY + timedelta(days=number)


@pytest.fixture
def two_books(alice: User) -> Wallet:
    """Book one buys 1 BTC at 100 (fee 0.01 BTC) on day 0; book two buys 1 at 200 (fee 2 USDT) on day 10 and sells 1.5 at 300
    (fee 3 USDT) on day 20: half a coin that it never bought, but which its owner has."""
    b.market("BTC/USDT")
    wallet = b.fund(alice, "10000")
    one, two = b.book(wallet, "1000", label="one"), b.book(wallet, "1000", label="two")
    b.filled(one, "BUY", "1", "100", fee="0.01", fee_asset="BTC", at=day(0))
    b.filled(two, "BUY", "1", "200", fee="2", at=day(10))
    b.filled(two, "SELL", "1.5", "300", fee="3", at=day(20))
    return wallet


def test_first_in_first_out_over_two_books_by_hand(two_books: Wallet, capsys: Captured):
    """The oldest lot is 0.99 BTC for 100: proceeds 450 x 0.99 / 1.5 = 297, exit fee 3 x 0.66 = 1.98: 297 - 100 - 1.98 = 195.02.
    The other 0.51 come out of 1 BTC for 200 + 2: cost 102, entry fee 1.02, proceeds 153, exit fee 1.02: 48.96. In all 243.98."""
    found = ran(capsys)
    first, second = found["disposals"]
    keys = ("quantity", "cost", "proceeds", "gross", "entry_fee", "exit_fee", "net", "currency", "holding_days")
    assert [first[key] for key in keys] == ["0.99", "100", "297", "197", "0", "1.98", "195.02", "USDT", 20]
    assert [second[key] for key in keys] == ["0.51", "102", "153", "51", "1.02", "1.02", "48.96", "USDT", 10]
    assert (first["acquired_at"], first["sold_at"]) == ("2026-03-02T09:00:00.000000Z", "2026-03-22T09:00:00.000000Z")
    assert (found["total"], found["mode"]) == ("243.98", "PAPER")
    assert found["totals"] == {"USDT": {"gross": "248", "fees": "4.02", "net": "243.98", "disposals": 2}}


def test_the_report_and_the_books_count_the_same_money(two_books: Wallet, capsys: Captured):
    """Book two alone sold 1 of its own for 300 - 2 - 200 - 2 = 96 and half a coin unexplained for 150 - 1; open lots cost 100 there
    and 98 + 0.98 here: 96 - 100 + 149 = 243.98 - 98.98 = 145 = 447 - 202 - 100."""
    both = ran(capsys)["reconciled"]
    assert both["agrees"] is True
    assert both["currencies"]["USDT"] == {
        "report": {"net": "243.98", "open_cost": "98.98", "uncovered": "0", "cash": "145"},
        "books": {"net": "96", "open_cost": "100", "uncovered": "149", "cash": "145"},
    }
    assert [m.net for m in LotMatch.objects.all()] == [96]


def test_a_fee_in_a_third_coin_is_an_expense_and_a_disposal_of_that_coin(alice: User, capsys: Captured):
    """10 BNB at 20; 1 BTC at 100 with 0.5 BNB at 25 as fee: 12.50, of which 10 are cost: 2.50 gained on BNB, and the BTC carries
    12.50 as its entry fee. Sold for 150: 150 - 100 - 12.50 = 37.50. In all 40."""
    for symbol in ("BTC/USDT", "BNB/USDT"):
        b.market(symbol)
    book = b.book(b.fund(alice), "1000")
    b.filled(book, "BUY", "10", "20", symbol="BNB/USDT", at=day(0))
    b.filled(book, "BUY", "1", "100", fee="0.5", fee_asset="BNB", fee_price="25", at=day(1))
    b.filled(book, "SELL", "1", "150", at=day(3))
    found = ran(capsys)
    assert [(row["asset"], row["cost"], row["proceeds"], row["entry_fee"], row["net"]) for row in found["disposals"]] == [
        ("BNB", "10", "12.5", "0", "2.5"), ("BTC", "100", "150", "12.5", "37.5"),
    ]  # fmt: skip
    assert found["total"] == "40"


def test_a_year_is_a_utc_year_and_the_years_sum_to_the_whole(alice: User, capsys: Captured):
    b.market("BTC/USDT")
    book = b.book(b.fund(alice), "1000")
    b.filled(book, "BUY", "3", "100", at=datetime(2025, 6, 1, tzinfo=UTC))
    b.filled(book, "SELL", "1", "110", at=datetime(2025, 12, 31, 23, 59, 59, 999999, tzinfo=UTC))
    b.filled(book, "SELL", "1", "130", at=datetime(2026, 1, 1, tzinfo=UTC))
    assert [ran(capsys, "--year", year)["total"] for year in ("2024", "2025", "2026")] == ["0", "10", "30"]
    assert ran(capsys)["total"] == "40"


def test_coins_paid_with_coins_show_both_sides_and_no_gain_without_a_stored_rate(alice: User, capsys: Captured):
    """1 BTC for 20,000 USDT; 4 ETH for 0.2 BTC of it. The BTC cost 4,000 USDT and brought 0.2 BTC worth of ETH: no rate, no gain."""
    b.market("BTC/USDT")
    b.market("ETH/BTC")
    book = b.book(b.fund(alice, "50000"), "30000")
    b.filled(book, "BUY", "1", "20000", at=day(0))
    b.filled(book, "BUY", "4", "0.05", symbol="ETH/BTC", at=day(1))
    found = ran(capsys)
    [row] = found["disposals"]
    assert (row["asset"], row["quantity"]) == ("BTC", "0.2")
    assert (row["cost"], row["cost_currency"], row["proceeds"], row["proceeds_currency"]) == ("4000", "USDT", "0.2", "BTC")
    assert (row["rate_missing"], row["gross"], row["net"], row["currency"]) == (True, None, None, "USDT")
    assert (found["rate_missing"], found["total"], found["reconciled"]["agrees"]) == (1, "0", True)


def test_with_a_stored_rate_the_gain_is_told_in_the_reporting_currency(alice: User, capsys: Captured):
    """The equity point of that day kept BTC at 25,000: 0.2 x 25,000 - 4,000 = 1,000. Two days later it would be too old."""
    btc = b.market("BTC/USDT")
    b.market("ETH/BTC")
    wallet = b.fund(alice, "50000")
    book = b.book(wallet, "30000")
    b.filled(book, "BUY", "1", "20000", at=day(0))
    b.mark(btc, "25000", at=day(0))
    equity.snapshot(wallets=[wallet.id], books=[], now=day(0))
    b.filled(book, "BUY", "4", "0.05", symbol="ETH/BTC", at=day(1))
    b.filled(book, "BUY", "1", "0.05", symbol="ETH/BTC", at=day(3))
    b.mark(btc, "26000", at=day(9))
    first, second = ran(capsys)["disposals"]
    assert (first["net"], first["currency"], first["cost_rate"], first["proceeds_rate"]) == ("1000", "USDT", "1", "25000")
    assert (second["net"], second["rate_missing"]) == (None, True)


def test_purchases_in_two_currencies_are_one_line_of_lots(alice: User, capsys: Captured):
    """1 BTC for 18,000 EUR, then 1 for 20,000 USDT; sold for 21,000 USDT: the older one went, and euros are no dollars."""
    b.market("BTC/USDT")
    b.market("BTC/EUR")
    wallet = b.fund(alice, "50000")
    book = b.book(wallet, "30000")
    b.filled(book, "BUY", "1", "18000", fee_asset="EUR", symbol="BTC/EUR", at=day(0))
    b.filled(book, "BUY", "1", "20000", at=day(1))
    b.filled(book, "SELL", "1", "21000", at=day(2))
    found = ran(capsys)
    [row] = found["disposals"]
    assert (row["cost"], row["cost_currency"], row["proceeds_currency"], row["rate_missing"]) == ("18000", "EUR", "USDT", True)
    assert [m.net for m in LotMatch.objects.all()] == [1000]
    assert found["reconciled"]["agrees"] is True


def test_paper_and_real_trades_are_never_in_one_report(two_books: Wallet, alice: User, capsys: Captured, tmp_path: Any):
    path = tmp_path / "fills.csv"
    path.write_text(
        "symbol,side,quantity,price,fee,fee_asset,executed_at,trade_id\n"
        "BTC/USDT,BUY,1,100,0,,2026-03-02T09:00:00Z,1\nBTC/USDT,SELL,1,107,0,,2026-03-03T09:00:00Z,2\n"
    )
    call_command("import_fills", str(path), "--user", "alice", "--venue", "binance")
    assert (ran(capsys)["mode"], ran(capsys)["total"]) == ("LIVE", "7")
    assert ran(capsys, "--mode", "PAPER")["total"] == "243.98"


def test_adopted_coins_are_flagged(alice: User, capsys: Captured, tmp_path: Any):
    path = tmp_path / "fills.csv"
    path.write_text(
        "symbol,side,quantity,price,fee,fee_asset,executed_at,trade_id\nBTC/USDT,SELL,1,107,0,,2026-03-03T09:00:00Z,2\n"
    )
    call_command("import_fills", str(path), "--user", "alice", "--venue", "binance", "--opening-balance", "BTC=1")
    [row] = ran(capsys)["disposals"]
    assert (row["cost_unknown"], row["cost"], row["net"]) == (True, "107", "0")


def test_rows_of_any_length_sum_to_the_total(alice: User, capsys: Captured):
    """Three units for 10 in all, sold one by one: thirds with 24 digits."""
    b.market("BTC/USDT")
    book = b.book(b.fund(alice), "1000")
    b.filled(book, "BUY", "3", "3.333333333333333333", fee="0.1", at=day(0))
    for number in range(3):
        b.filled(book, "SELL", "1", "5", fee="0.07", at=day(1 + number))
    found = ran(capsys)
    assert sum(Decimal(row["net"]) for row in found["disposals"]) == Decimal(found["total"])
    assert sum(Decimal(row["cost"]) for row in found["disposals"]) == Decimal("9.999999999999999999")


def sheet(capsys: Captured) -> list[dict[str, str]]:
    capsys.readouterr()
    call_command("tax_report", "--user", "alice", "--format", "csv")
    return list(csv.DictReader(io.StringIO(capsys.readouterr().out)))


def test_a_sheet_has_the_same_rows_to_the_last_cell(two_books: Wallet, alice: User, capsys: Captured):
    """With a gain that has no rate, a loss, and a coin that was adopted at no known cost."""
    b.market("ETH/BTC")
    book = two_books.books.get(label="one")
    b.filled(book, "BUY", "1", "0.05", symbol="ETH/BTC", fee_asset="BTC", at=day(21))
    b.filled(book, "SELL", "0.1", "1", at=day(22))
    rows, found = sheet(capsys), ran(capsys)["disposals"]
    assert [row["net"] for row in rows[:2]] == ["195.02", "48.96"]
    assert len(rows) == len(found) == 4
    for written, row in zip(rows, found, strict=True):
        assert written == {name: "" if value is None else str(value) for name, value in row.items()}
    assert {row["rate_missing"] for row in rows} == {"True", "False"}
    assert min(Decimal(row["net"]) for row in rows if row["net"]) < 0


def test_no_cell_of_the_sheet_is_a_formula_and_losses_stay_numbers(alice: User, capsys: Captured):
    """A venue may list a coin by any name. Bought at 3, sold at 1: a loss of 2, and -2 is a number."""
    b.market("=1+1/USDT")
    book = b.book(b.fund(alice), "1000")
    b.filled(book, "BUY", "1", "3", symbol="=1+1/USDT", at=day(0))
    b.filled(book, "SELL", "1", "1", symbol="=1+1/USDT", at=day(1))
    [row] = sheet(capsys)
    assert (row["asset"], row["net"]) == ("'=1+1", "-2")
    assert ran(capsys)["disposals"][0]["asset"] == "=1+1"


def test_a_table_is_rounded_for_reading_and_is_what_a_terminal_gets(two_books: Wallet, capsys: Captured, monkeypatch: pytest.MonkeyPatch):
    capsys.readouterr()
    call_command("tax_report", "--user", "alice", "--format", "table")
    told = capsys.readouterr().out
    lines = [line.split() for line in told.splitlines()]
    assert lines[1] == ["2026-03-22", "BTC", "0.99", "100.00", "297.00", "1.98", "195.02", "USDT", "20"]
    assert lines[2] == ["2026-03-22", "BTC", "0.51", "102.00", "153.00", "2.04", "48.96", "USDT", "10"]
    assert "2 disposals in USDT: gross 248.00, fees 4.02, net 243.98" in told
    assert "one trade per closing order: over the whole history net 96.00 USDT." in told
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    call_command("tax_report", "--user", "alice")
    assert capsys.readouterr().out == told


def test_a_table_holds_the_largest_amounts_and_writes_nothing_without_a_sign(alice: User, capsys: Captured):
    """Ten billion trillions bought and sold at the same price of 10 to the minus 24, for 0.01 in all; a fee of 0.001: net -0.001."""
    b.market("HUGE/USDT")
    book = b.book(b.fund(alice, "1000"), "1000", label="one")
    for side, fee, number in (("BUY", "0", 0), ("SELL", "0.001", 1)):
        b.filled(book, side, "1" + "0" * 22, "0." + "0" * 23 + "1", fee=fee, at=day(number), symbol="HUGE/USDT")
    capsys.readouterr()
    call_command("tax_report", "--user", "alice", "--format", "table")
    told = capsys.readouterr().out
    assert told.splitlines()[1].split() == ["2026-03-03", "HUGE", "1" + "0" * 22, "0.01", "0.01", "0.00", "0.00", "USDT", "1"]
    assert "-0.00" not in told


def test_it_only_reads(two_books: Wallet, alice: User):
    with CaptureQueriesContext(connection) as caught:
        tax.report(owner=alice.id, currency="USDT")
    assert [row["sql"] for row in caught if row["sql"].split()[0] not in ("SELECT", "SAVEPOINT", "RELEASE")] == []


@pytest.mark.parametrize(("more", "user"), [((), "zoe"), (("--year", "0"), "alice"), (("--year", "-2026"), "alice")])
def test_nobody_and_no_year(alice: User, more: tuple[str, ...], user: str):
    with pytest.raises(SystemExit) as stopped:
        call_command("tax_report", "--user", user, *more)
    assert stopped.value.code == 2


def test_somebody_without_trades_has_nothing_to_tell(alice: User, capsys: Captured):
    found = ran(capsys)
    assert (found["disposals"], found["total"]) == ([], "0")
