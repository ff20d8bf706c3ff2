"""What `export_ledger` writes, `import_fills` reads: into the same wallet it changes nothing, into another it makes the same fills."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command

from accounts.models import Alert, User
from ledger.models import Fill, JournalEntry, Wallet
from ledger.operations import funding, verify
from ledger.tests import builders as b
from ledger.tests.doors.importing import BOUGHT, OVERSOLD, SOLD, Captured, counts, fills_of, proven, ran, told

pytestmark = pytest.mark.django_db

FORMS = ("json", "csv")
ODD = ("a|b\\c", "=1+1", "'=1+1", "''-5", "-5", "'quoted'", 'with "quotes", and commas', "@x")


@pytest.fixture
def traded(alice: User) -> Wallet:
    """A paper wallet at the exchange sim: a bot's fills with fees of every kind, ids that a spreadsheet would run, amounts that need every
    digit; and a wallet at recorded beside it."""
    for symbol in ("BTC/USDT", "BNB/USDT"):
        b.market(symbol)
    b.market("BTC/USDT", venue="recorded")
    wallet = b.fund(alice, "100000")
    book = b.book(wallet, "50000")
    b.filled(book, "BUY", "10", "20", symbol="BNB/USDT", trade="0")
    for number, trade in enumerate(ODD):
        b.filled(book, "BUY", "0.1", "20000.123456789012345678", fee="2", trade=trade, at=b.MONDAY + b.minutes(1 + number))
    late = {"at": b.MONDAY + b.minutes(60)}
    b.filled(book, "SELL", "0.04", "21000", fee=None, fee_asset=None, trade="1", **late)
    b.filled(book, "SELL", "0.04", "21000", fee="-0.5", trade="2", order="o-1", **late)
    b.filled(book, "SELL", "0.04", "21000", fee="0.5", fee_asset="BNB", fee_price="25.5", trade="3", **late)
    b.filled(book, "BUY", "0.04", "21000", fee="0.00000000000000000001", fee_asset="BTC", trade="4", **late)
    funding.withdraw(
        wallet=wallet.id, asset="USDT", amount=Decimal(5), actor="user:x", request_id="", now=b.MONDAY, external_id='two\n"lines",\n'
    )
    b.filled(b.book(b.fund(alice, "5000", venue="recorded"), "5000"), "BUY", "0.1", "20000", trade="other")
    return wallet


def exported(folder: Path, form: str, *more: str) -> str:
    path = folder / f"ledger.{form}"
    path.unlink(missing_ok=True)
    call_command("export_ledger", "--format", form, "--out", str(path), *more)
    return str(path)


@pytest.mark.parametrize("form", FORMS)
def test_into_the_same_wallet_it_changes_nothing(traded: Wallet, tmp_path: Path, capsys: Captured, form: str):
    """Of thirteen fills at sim none is new; what else the ledger holds is named: two deposits, two allocations, a
    withdrawal whose reference has lines of its own, the other wallet's fill."""
    before = (verify.verify().digest, JournalEntry.objects.count())
    answer = ran(capsys, exported(tmp_path, form, "--user", "alice"), venue="sim")
    assert counts(answer) == (13, 0, 13, 0, 0, 1)
    assert answer["not_trades"] == {"FUNDING": 2, "ALLOCATION": 2, "WITHDRAWAL": 1, "FILL of the PAPER wallet at recorded": 1}
    assert answer["layout"] == "export_ledger"
    assert (verify.verify().digest, JournalEntry.objects.count()) == before
    assert not Alert.objects.filter(code="FILL_CONFLICT").exists()


@pytest.mark.parametrize("form", FORMS)
def test_into_another_persons_wallet_it_makes_the_same_fills(traded: Wallet, bob: User, tmp_path: Path, capsys: Captured, form: str):
    path = exported(tmp_path, form, "--wallet", str(traded.id))
    assert ran(capsys, path, user="bob", venue="sim")["booked"] == 13
    sim = Fill.objects.filter(wallet__venue="sim")
    told_of = ("symbol", "trade_id", "side", "quantity", "price", "fee", "fee_asset", "fee_price", "executed_at")
    both = [sorted(map(str, sim.filter(wallet__owner__username=name).values_list(*told_of))) for name in ("alice", "bob")]
    assert both[0] == both[1]
    assert Fill.objects.get(wallet__owner=bob, trade_id="'=1+1").price == Decimal("20000.123456789012345678")
    assert ran(capsys, path, user="bob", venue="sim")["duplicates"] == 13
    proven()


@pytest.mark.parametrize("form", FORMS)
def test_what_was_imported_goes_out_and_in_again_though_a_sale_in_it_is_uncovered(
    alice: User, tmp_path: Path, capsys: Captured, form: str
):
    """Nothing in the file is new, so nothing of it can be missing."""
    ran(capsys, told(tmp_path, BOUGHT, SOLD, OVERSOLD), "--partial")
    before = fills_of()
    answer = ran(capsys, exported(tmp_path, form))
    assert counts(answer) == (3, 0, 3, 0, 1, 0)
    assert (fills_of(), answer["missing"]) == (before, {"BTC": "0.44", "USDT": "2002"})
    proven()


@pytest.mark.parametrize("form", FORMS)
def test_in_another_mode_or_at_another_venue_it_holds_no_fills(traded: Wallet, tmp_path: Path, capsys: Captured, form: str):
    path = exported(tmp_path, form, "--wallet", str(traded.id))
    said = ran(capsys, path, "--mode", "LIVE", venue="sim", code=2)["said"]
    assert said == (
        f"ledger.{form} holds no fills; 13 rows are 'FILL of the PAPER wallet at sim'; 1 rows are 'FUNDING'; 1 rows are 'ALLOCATION'; "
        "1 rows are 'WITHDRAWAL'."
    )
    assert "'FILL of the PAPER wallet at sim'" in ran(capsys, path, venue="binance", code=2)["said"]


def test_an_export_that_was_cut_or_changed_is_refused_by_line(traded: Wallet, tmp_path: Path, capsys: Captured):
    path = Path(exported(tmp_path, "json", "--wallet", str(traded.id)))
    whole = path.read_text()
    lines = whole.splitlines()
    path.write_text("\n".join(lines[:5]) + "\n" + lines[5][:40])
    assert "Line 6: it is not an entry as export_ledger writes it." in ran(capsys, str(path), venue="sim", code=2)["said"]
    path.write_text(whole.replace('"side": "SELL"', '"side": "KEEP"'))
    assert "the side 'KEEP' is neither BUY nor SELL; 2 more lines are refused" in ran(capsys, str(path), venue="sim", code=2)["said"]
    path.write_text(json.dumps(json.loads(whole)["wallets"][0]["journal"][2]))
    assert "Line 1: the column 'symbol' is missing" in ran(capsys, str(path), venue="sim", code=2)["said"]
