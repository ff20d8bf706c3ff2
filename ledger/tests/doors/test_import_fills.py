"""`import_fills`: whole files or nothing, once for ever, and what must have been there before."""

from __future__ import annotations

import gzip
import json
import random
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from accounts.models import Alert, AuditRow, User
from accounts.tests.builders import person
from ledger.models import Balance, Book, Fill, JournalEntry, Lot, LotMatch, Market, ProfitBucket, Uncovered, Wallet
from ledger.operations import line_files, verify
from ledger.queries import fills, money
from ledger.tests import builders as b
from ledger.tests.doors.importing import BOUGHT, HEADER, OVERSOLD, SOLD, Captured, counts, proven, ran, told

pytestmark = pytest.mark.django_db

def test_trades_are_booked_into_the_external_book_of_the_real_wallet(alice: User, tmp_path: Path, capsys: Captured):
    """0.1 bought for 2,000 + 2, 0.04 sold for 840 - 0.84: 840 - 800 - 0.80 - 0.84 = 38.36; 0.06 are left at 1,200 + 1.20."""
    answer = ran(capsys, told(tmp_path, BOUGHT, SOLD))
    assert counts(answer) == (2, 2, 0, 0, 0, 0)
    assert (answer["missing"], answer["mode"]) == ({"USDT": "2002"}, "LIVE")
    book = Book.objects.get(kind="EXTERNAL")
    assert (book.wallet.owner, book.wallet.mode, book.wallet.venue) == (alice, "LIVE", "binance")
    assert [m.net for m in LotMatch.objects.all()] == [Decimal("38.36")]
    assert [(x.remaining, x.cost_left, x.fee_left) for x in Lot.objects.all()] == [(Decimal("0.06"), 1200, Decimal("1.2"))]
    assert AuditRow.objects.get(act="fills.import").after["booked"] == 2
    assert json.loads(Fill.objects.get(trade_id="2").raw)["line"] == 3
    proven()


def test_a_market_that_nobody_knew_is_made_inactive(alice: User, tmp_path: Path, capsys: Captured):
    ran(capsys, told(tmp_path, BOUGHT))
    market = Market.objects.get(venue="binance", symbol="BTC/USDT")
    assert (market.active, market.amount_step, market.price_tick) == (False, Decimal("0.1"), 1)


def test_on_a_venue_of_pretended_money_they_are_paper(alice: User, tmp_path: Path, capsys: Captured):
    assert ran(capsys, told(tmp_path, BOUGHT), venue="sim")["mode"] == "PAPER"
    assert ran(capsys, told(tmp_path, BOUGHT), "--mode", "PAPER", venue="kucoin")["mode"] == "PAPER"
    assert set(Wallet.objects.values_list("mode", flat=True)) == {"PAPER"}


def test_the_same_file_twice_changes_nothing(alice: User, tmp_path: Path, capsys: Captured):
    path = told(tmp_path, BOUGHT, SOLD, SOLD)
    assert counts(ran(capsys, path)) == (3, 2, 1, 0, 0, 0)
    before = verify.verify().digest
    assert counts(ran(capsys, path)) == (3, 0, 3, 0, 0, 0)
    assert (verify.verify().digest, JournalEntry.objects.count()) == (before, 2)
    proven()


def test_the_same_trade_with_other_numbers_is_counted_and_told(alice: User, tmp_path: Path, capsys: Captured):
    ran(capsys, told(tmp_path, BOUGHT))
    answer = ran(capsys, told(tmp_path, BOUGHT.replace("20000", "20001"), SOLD))
    assert counts(answer) == (2, 1, 0, 1, 0, 0)
    assert Alert.objects.get(code="FILL_CONFLICT").data["price"] == "20001"
    proven()


def test_a_sale_that_nothing_covers_refuses_the_whole_file_and_names_what_is_missing(alice: User, tmp_path: Path, capsys: Captured):
    """0.1 - 0.04 - 0.5 = -0.44."""
    answer = ran(capsys, told(tmp_path, BOUGHT, SOLD, OVERSOLD), code=1)
    assert counts(answer) == (3, 0, 0, 0, 0, 0)
    assert answer["missing"] == {"BTC": "0.44", "USDT": "2002"}
    assert "never bought: 0.44 BTC." in answer["said"]
    assert not Wallet.objects.exists()
    assert not Market.objects.exists()


def test_booked_in_part_the_uncovered_units_stay_unexplained(alice: User, tmp_path: Path, capsys: Captured):
    answer = ran(capsys, told(tmp_path, BOUGHT, SOLD, OVERSOLD), "--partial")
    assert counts(answer) == (3, 3, 0, 0, 1, 0)
    assert answer["missing"] == {"BTC": "0.44", "USDT": "2002"}
    assert answer["owed"] == {"BTC": "0.44"}  # the sale brought 11,000
    assert Uncovered.objects.get().quantity == Decimal("0.44")
    assert Alert.objects.filter(code="FILL_UNEXPLAINED").count() == 1
    proven()


def test_with_exactly_the_missing_balance_nothing_is_unexplained_and_its_cost_is_flagged(alice: User, tmp_path: Path, capsys: Captured):
    """0.44 BTC adopted before the first fill at its price of 20,000: 8,800. They are the oldest lot, so all of SOLD and 0.4 of
    OVERSOLD come out of them, the other 0.1 out of what was bought."""
    path = told(tmp_path, BOUGHT, SOLD, OVERSOLD)
    answer = ran(capsys, path, "--opening-balance", "BTC=0.44", "--opening-balance", "USDT=2002")
    assert counts(answer) == (3, 3, 0, 0, 0, 0)
    assert answer["missing"] == answer["owed"] == {}
    entry = JournalEntry.objects.get(kind="ADJUSTMENT", external_id="opening:BTC")
    assert entry.event_time == datetime(2026, 3, 2, 8, 59, 59, 999999, tzinfo=UTC)
    lot = Lot.objects.get(entry=entry)
    assert (lot.quantity, lot.currency_id, lot.cost_unknown) == (Decimal("0.44"), "USDT", True)
    assert [m.cost for m in LotMatch.objects.order_by("sold_at", "n")] == [800, 8000, 2000]
    assert counts(ran(capsys, path, "--opening-balance", "BTC=0.44")) == (3, 0, 3, 0, 0, 0)
    assert JournalEntry.objects.filter(kind="ADJUSTMENT").count() == 2
    proven()


def test_money_that_was_paid_and_never_came_in_is_named_owed_and_repaid_by_telling_what_was_there(
    alice: User, tmp_path: Path, capsys: Captured
):
    """2,002 paid, 839.16 received: 1,162.84 are owed in the end, and 2,002 were needed at the first instant. With 1,500 told the book has
    337.16 and nothing is owed, though the first instant still lacks 502; with all of it nothing is missing."""
    path = told(tmp_path, BOUGHT, SOLD)
    answer = ran(capsys, path)
    assert (answer["missing"], answer["owed"]) == ({"USDT": "2002"}, {"USDT": "1162.84"})
    assert "owes 1162.84 USDT" in answer["said"]
    assert "this LIVE wallet opens no position" in answer["said"]
    assert "--opening-balance for what was there: 2002 USDT" in answer["said"]
    assert money.in_deficit() == [(UUID(answer["wallet"]), alice.id)]
    answer = ran(capsys, path, "--opening-balance", "USDT=1500")
    assert (answer["booked"], answer["missing"], answer["owed"]) == (0, {"USDT": "502"}, {})
    assert answer["opened"] == {"USDT": "1500"}
    assert answer["said"] == "Booked as there before the first fill: 1500 USDT. The external book owes nothing now."
    assert [row.after["opened"] for row in AuditRow.objects.filter(act="fills.import").order_by("id")] == [{}, {"USDT": "1500"}]
    assert money.in_deficit() == []
    again = ran(capsys, path, "--opening-balance", "USDT=1500")
    assert (again["opened"], again["said"]) == ({}, "2/2 fills, 0 booked")
    assert ran(capsys, path, user=person("carol").username).get("owed") == {"USDT": "1162.84"}
    assert ran(capsys, path, "--opening-balance", "USDT=2002", user=person("dave").username)["missing"] == {}
    proven()


def test_one_unit_less_is_refused(alice: User, tmp_path: Path, capsys: Captured):
    answer = ran(capsys, told(tmp_path, BOUGHT, SOLD, OVERSOLD), "--opening-balance", "BTC=0.439999999999999999999999", code=1)
    assert answer["missing"] == {"BTC": "0.000000000000000000000001", "USDT": "2002"}


def test_an_opening_balance_that_stands_is_not_told_differently(alice: User, tmp_path: Path, capsys: Captured):
    path = told(tmp_path, BOUGHT)
    ran(capsys, path, "--opening-balance", "BTC=1", "--opening-balance", "USDT=5000")
    [cash] = Balance.objects.filter(asset="USDT", book__kind="EXTERNAL")
    assert (cash.cash, cash.deficit) == (2998, 0)
    assert "stands in the journal as 1" in ran(capsys, path, "--opening-balance", "BTC=2", code=2)["said"]
    proven()


def test_equity_adds_up_after_coins_were_adopted_and_coins_were_paid_with_coins(alice: User, tmp_path: Path, capsys: Captured):
    """ETH bought with BTC, sold for USDT; USDT changed into ZAR; fees in BNB and in a third currency: both formulas agree, no alert."""
    path = told(
        tmp_path,
        "BTC/USDT,BUY,1,20000,0.3,BNB,2026-03-02T09:00:00Z,1,250",
        "ETH/BTC,BUY,4,0.05,0.002,BTC,2026-03-02T09:01:00Z,2,",
        "ETH/BTC,SELL,1,0.06,0.0001,BTC,2026-03-02T09:02:00Z,3,",
        "ETH/USDT,SELL,2,1300,1,EUR,2026-03-02T09:03:00Z,4,1.1",
        "BTC/USDT,SELL,0.85,21000,,,2026-03-02T09:04:00Z,5,",
        "USDT/ZAR,SELL,100,18,1,ZAR,2026-03-02T09:05:00Z,6,",
        header=HEADER + ",fee_price",
    )
    for symbol, price in (("BTC/USDT", "21000"), ("ETH/BTC", "0.06"), ("ETH/USDT", "1300"), ("BNB/USDT", "250")):
        b.mark(b.market(symbol, venue="binance"), price)
    answer = ran(capsys, path, "--opening-balance", "BNB=0.3")
    assert counts(answer) == (6, 6, 0, 0, 0, 1)
    assert fills.fee_pending(owner=alice.id) == [Fill.objects.get(trade_id="5").pk]
    assert not Alert.objects.filter(code="EQUITY_DISAGREES").exists()
    points = {p.currency_id: p.equity for p in Wallet.objects.get().equity_points.all()}
    # USDT: -20000 + 2600 + 17850 - 100 = 350 in cash; 1 ETH at 0.06 BTC; 0.0079 BTC in itself; EUR -1; ZAR 1800 - 1
    assert points["EUR"] == -1
    assert points["ZAR"] == 1799
    assert Lot.objects.filter(currency="BTC", asset="ETH").get().remaining == 1
    proven()


def test_imported_history_behind_newer_trades_ends_as_if_it_had_come_in_time(alice: User, bob: User, tmp_path: Path, capsys: Captured):
    """Forty trades, once in one file, once the newer half first: equal lots, matches and buckets, old days restated."""
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    lines = []
    for number in range(40):
        side = "BUY" if number % 3 != 2 else "SELL"
        quantity = f"{chance.randrange(1, 10**6) / 10**6:.6f}"
        day = f"2026-03-{2 + number // 5:02d}T09:{chance.randrange(60):02d}:00Z"
        lines.append(f"BTC/USDT,{side},{quantity},{20000 + chance.randrange(500)},0.01,USDT,{day},{number}")
    ran(capsys, told(tmp_path, *lines), "--partial")
    ran(capsys, told(tmp_path, *lines[20:]), "--partial", user="bob")
    ran(capsys, told(tmp_path, *lines[:20]), "--partial", user="bob")

    def derived(owner: User) -> list[Any]:
        mine = {"book__wallet__owner": owner}
        return [
            sorted(Balance.objects.filter(**mine).values_list("asset", "cash", "deficit")),
            sorted(Lot.objects.filter(**mine).values_list("opened_at", "tie", "remaining", "cost_left", "fee_left")),
            sorted(LotMatch.objects.filter(**mine).values_list("sold_at", "quantity", "cost", "net")),
            sorted(ProfitBucket.objects.filter(**mine).values_list("day", "gross", "fees", "net", "matches")),
            sorted(Uncovered.objects.filter(**mine).values_list("quantity", "proceeds")),
        ]

    assert derived(alice) == derived(bob)
    assert AuditRow.objects.filter(act="ledger.refold").exists()
    proven()


def test_json_lines_and_gzip_say_the_same_as_a_sheet(alice: User, tmp_path: Path, capsys: Captured):
    rows = [dict(zip(HEADER.split(","), line.split(","), strict=True)) for line in (BOUGHT, SOLD)]
    as_json = "\n".join(json.dumps(row) for row in rows)
    number = as_json.replace('"0.1"', "0.1").replace('"trade_id": "2"', '"trade_id": 2').replace('"fee": "2"', '"fee": 2')
    assert number != as_json
    (tmp_path / "fills.jsonl").write_text(number)
    assert counts(ran(capsys, str(tmp_path / "fills.jsonl"))) == (2, 2, 0, 0, 0, 0)
    (tmp_path / "fills.csv.gz").write_bytes(gzip.compress("\ufeff".encode() + "\r\n".join([HEADER, BOUGHT, "", SOLD, ""]).encode()))
    assert counts(ran(capsys, str(tmp_path / "fills.csv.gz"))) == (2, 0, 2, 0, 0, 0)
    assert Fill.objects.get(trade_id="1").quantity == Decimal("0.1")


BAD_LINES = {
    "a number that is none": BOUGHT.replace("0.1", "0.1x"),
    "not a number": BOUGHT.replace("0.1", "NaN"),
    "infinity": BOUGHT.replace("20000", "Infinity"),
    "a negative quantity": BOUGHT.replace("0.1", "-0.1"),
    "zero": BOUGHT.replace("0.1", "0"),
    "an exponent": BOUGHT.replace("0.1", "1e-1"),
    "25 decimals": BOUGHT.replace("0.1", "0." + "1" * 25),
    "more digits together than the ledger holds": BOUGHT.replace("0.1", "0." + "1" * 20).replace("20000", "20000.12345"),
    "more than there is": BOUGHT.replace("0.1", "1" + "0" * 24),
    "an unknown side": BOUGHT.replace("buy", "hold"),
    "no side": BOUGHT.replace("buy", ""),
    "a symbol that is none": BOUGHT.replace("BTC/USDT", "BTCUSDT"),
    "a coin against itself": BOUGHT.replace("BTC/USDT", "BTC/BTC"),
    "a time without zone": BOUGHT.replace("00Z", "00"),
    "a time as a number": BOUGHT.replace("2026-03-02T09:00:00Z", "1772442000"),
    "a day that does not exist": BOUGHT.replace("2026-03-02", "2026-02-30"),
    "the future": BOUGHT.replace("2026-03-02", "2126-03-02"),
    "before there were coins": BOUGHT.replace("2026-03-02", "1826-03-02"),
    "no trade id": BOUGHT[:-1],
    "a long trade id": BOUGHT + "1" * 80,
    "a fee without asset": BOUGHT.replace(",USDT,", ",,"),
    "a fee in the base larger than the fill": BOUGHT.replace("2,USDT", "0.1,BTC"),
    "a fee of ten times the value": BOUGHT.replace("2,USDT", "20000,USDT"),
    "a fee a little above the value": BOUGHT.replace("2,USDT", "2000.01,USDT"),
    "a rebate of more than the value": BOUGHT.replace("2,USDT", "-2000.01,USDT"),
    "a field too few": BOUGHT.rsplit(",", 1)[0],
    "a field too many": BOUGHT + ",",
    "an open quote": BOUGHT.replace("buy", '"buy'),
    "words": "and so on",
    "a null byte": BOUGHT.replace("buy", "b\x00uy"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(BAD_LINES))
def test_a_line_of_garbage_refuses_the_file_and_says_which(alice: User, tmp_path: Path, capsys: Captured, name: str):
    answer = ran(capsys, told(tmp_path, BOUGHT, BAD_LINES[name], SOLD), code=2)
    assert answer["said"].startswith("Nothing was booked. Line 3: "), answer["said"]
    assert not Wallet.objects.exists()
    assert not Market.objects.exists()


@pytest.mark.parametrize("name", sorted(BAD_LINES))
def test_in_part_the_good_lines_are_booked_and_the_garbage_is_told(alice: User, tmp_path: Path, capsys: Captured, name: str):
    answer = ran(capsys, told(tmp_path, BOUGHT, BAD_LINES[name], SOLD), "--partial")
    assert counts(answer) == (3, 2, 0, 0, 0, 0)
    assert (answer["rejected"], [refusal["line"] for refusal in answer["refusals"]]) == (1, [3])
    assert "Not booked, line 3: " in answer["all said"]
    assert sorted(Fill.objects.values_list("trade_id", flat=True)) == ["1", "2"]
    proven()


def test_in_part_a_file_without_one_good_line_is_refused_whole(alice: User, tmp_path: Path, capsys: Captured):
    answer = ran(capsys, told(tmp_path, *(BAD_LINES[name] for name in sorted(BAD_LINES))), "--partial", code=2)
    assert answer["said"].startswith("Nothing was booked. Line 2: ")
    assert answer["said"].endswith(f"; {len(BAD_LINES) - 1} more lines are refused.")
    assert not Wallet.objects.exists()


BAD_FILES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "holds no fills"),
    "a header alone": (HEADER.encode(), "holds no fills"),
    "a column twice": ((HEADER + ",side\n" + BOUGHT + ",buy").encode(), "Line 1: the column 'side' stands there twice"),
    "a column missing": ((HEADER.replace(",fee_asset", "") + "\n" + BOUGHT).encode(), "Line 1: the column 'fee_asset' is missing"),
    "an unknown column": ((HEADER + ",notes\n" + BOUGHT + ",x").encode(), "Line 1: the column 'notes' is not taken"),
    "no header": (BOUGHT.encode(), "Line 1: "),
    "other letters": ((HEADER + "\n" + BOUGHT).encode("utf-16"), "Line 1: it is not UTF-8 text"),
    "bytes": (HEADER.encode() + b"\n\xff\xfe\x00", "Line 2: it is not UTF-8 text"),
    "cut off gzip": (gzip.compress((HEADER + "\n" + "\n".join([BOUGHT] * 400)).encode())[:-40], "damaged or cut off after line"),
    "no gzip at all": (b"\x1f\x8bnothing", "damaged or cut off"),
    "a list": (b"{}\n[1, 2]", "Line 1: the column 'symbol' is missing"),
    "half an object": (b'{"symbol": "BTC/USDT"', "Line 1: it is not a JSON object"),
    "a key twice": (b'{"symbol": "BTC/USDT", "symbol": "ETH/USDT"}', "Line 1: the column 'symbol' stands there twice"),
    "a deep object": (b'{"symbol": ' + b"[" * 20000, "Line 1: it is not a JSON object"),
}


def test_a_fee_larger_than_the_trade_is_told_with_both_amounts(alice: User, tmp_path: Path, capsys: Captured):
    """0.1 BTC at 20,000 are 2,000; a fee of 20,000, or of 50 BNB at 400, is a slipped column. One of all the 2,000 is booked."""
    big = ran(capsys, told(tmp_path, BOUGHT.replace("2,USDT", "20000,USDT")), "--partial", code=2)["said"]
    assert big.startswith("Nothing was booked. Line 2: the fee of 20000 USDT is more than the 2000 that were traded.")
    third = told(tmp_path, BOUGHT.replace("2,USDT", "50,BNB") + ",400", header=HEADER + ",fee_price")
    assert "the fee of 20000 USDT is more than the 2000 that were traded" in ran(capsys, third, "--partial", code=2)["said"]
    assert not Wallet.objects.exists()
    assert ran(capsys, told(tmp_path, BOUGHT.replace("2,USDT", "2000,USDT")))["booked"] == 1


@pytest.mark.parametrize("name", sorted(BAD_FILES))
def test_a_file_that_is_none_is_refused_with_a_sentence(alice: User, tmp_path: Path, capsys: Captured, name: str):
    content, sentence = BAD_FILES[name]
    (tmp_path / "fills").write_bytes(content)
    assert sentence in ran(capsys, str(tmp_path / "fills"), code=2)["said"]
    assert not Wallet.objects.exists()


@pytest.mark.parametrize("value", ["NaN", "true", "[1]", '{"a": 1}', "-0.1", "1e3"])
def test_a_field_of_a_json_line_that_is_no_amount_is_refused(alice: User, tmp_path: Path, capsys: Captured, value: str):
    row = json.dumps(dict(zip(HEADER.split(","), BOUGHT.split(","), strict=True))).replace('"0.1"', value)
    (tmp_path / "fills").write_text(row)
    assert ran(capsys, str(tmp_path / "fills"), code=2)["said"].startswith("Nothing was booked. Line 1: ")


def test_a_file_that_unpacks_to_gigabytes_of_short_lines_is_refused_on_the_way(
    alice: User, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
):
    """60,000 bytes packed, 6 MiB of lines: with a bound of one MiB the reading ends there."""
    monkeypatch.setattr(line_files, "MOST_BYTES", 1 << 20)
    path = tmp_path / "fills.csv.gz"
    path.write_bytes(gzip.compress((HEADER + "\n" + (BOUGHT + "\n") * 100_000).encode()))
    said = ran(capsys, str(path), code=2)["said"]
    assert "a file unpacks to at most 1 MiB; import it in parts" in said
    assert not Wallet.objects.exists()


def test_a_line_of_three_hundred_megabytes_is_refused_without_reading_it(alice: User, tmp_path: Path, capsys: Captured):
    path = tmp_path / "fills.csv.gz"
    with gzip.open(path, "wb", compresslevel=1) as stream:
        stream.write(HEADER.encode() + b"\n")
        for _ in range(300):
            stream.write(b"1" * 2**20)
    assert "Line 2: it is longer than 64 KiB" in ran(capsys, str(path), code=2)["said"]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--opening-balance", "BTC"], "given once, as ASSET=AMOUNT"),
        (["--opening-balance", "BTC=1", "--opening-balance", "BTC=2"], "given once"),
        (["--opening-balance", "BTC=-1"], "greater than zero"),
        (["--opening-balance", "BTC=NaN"], "plain notation"),
        (["--opening-balance", "btc=1"], "not an asset code"),
        (["--opening-balance", "BTC=" + "9" * 26], "or more"),
    ],
)
def test_a_wrong_opening_balance_is_refused(alice: User, tmp_path: Path, capsys: Captured, more: list[str], sentence: str):
    assert sentence in ran(capsys, told(tmp_path, BOUGHT), *more, code=2)["said"]
    assert not Wallet.objects.exists()


def test_nobody_nowhere_and_no_file(alice: User, tmp_path: Path, capsys: Captured):
    assert "no user 'zoe'" in ran(capsys, told(tmp_path, BOUGHT), user="zoe", code=2)["said"]
    assert "no venue 'mtgox'" in ran(capsys, told(tmp_path, BOUGHT), venue="mtgox", code=2)["said"]
    assert "cannot be read" in ran(capsys, str(tmp_path / "none.csv"), code=2)["said"]
    assert "cannot be read" in ran(capsys, str(tmp_path), code=2)["said"]
    assert "cannot be read" in ran(capsys, "/proc/self/mem", code=2)["said"]  # opens, and fails at its first byte


def test_one_persons_trades_never_reach_another(alice: User, tmp_path: Path, capsys: Captured):
    other = person("other")
    ran(capsys, told(tmp_path, BOUGHT))
    ran(capsys, told(tmp_path, BOUGHT), user="other")
    assert Fill.objects.filter(wallet__owner=other).count() == Fill.objects.filter(wallet__owner=alice).count() == 1
