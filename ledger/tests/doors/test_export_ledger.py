"""`export_ledger`: what an outsider needs to recompute the chains, and nothing but reading."""

from __future__ import annotations

import csv
import io
import json
import stat
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import User
from ledger.models import Wallet
from ledger.operations import funding
from ledger.tests import builders as b

pytestmark = pytest.mark.django_db

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def traded(alice: User) -> Wallet:
    """Deposit, capital, a purchase, a sale with an unknown fee, texts with separators in them."""
    b.market("BTC/USDT")
    wallet = b.fund(alice, "10000")
    book = b.book(wallet, "5000")
    b.filled(book, "BUY", "0.1", "20000", fee="2", trade="a|b\\c", order="o-1")
    b.filled(book, "SELL", "0.04", "21000", fee=None, fee_asset=None, at=b.MONDAY + b.minutes(5))
    wallet.refresh_from_db()
    return wallet


def exported(capsys: Captured, *more: str) -> str:
    capsys.readouterr()
    call_command("export_ledger", *more)
    return capsys.readouterr().out


def written(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\p").replace("\n", "\\n")


def recomputed(entry: dict[str, Any]) -> str:
    """The hash after the recipe of the export, without a line of the ledger's own code."""
    lines = [
        "|".join(
            ["entry", entry["id"], entry["wallet"], entry["kind"], entry["event_time"], str(len(entry["postings"])),
             entry["reverses"] or "", *(written(entry[name]) for name in ("external_id", "actor", "reason"))]
        )
    ]  # fmt: skip
    if fill := entry["fill"]:
        lines.append(
            "|".join(
                ["fill", fill["book"], fill["market"], written(fill["symbol"]), written(fill["trade_id"]), fill["side"],
                 *(fill[name] or "" for name in ("quantity", "price", "fee", "fee_asset", "fee_price")), fill["executed_at"],
                 written(fill["client_order_id"]), "t" if fill["bootstrap"] else "f", sha256(fill["raw"].encode()).hexdigest()]
            )
        )  # fmt: skip
    for leg in entry["postings"]:
        lines.append("|".join(["posting", str(leg["n"]), leg["account"], leg["book"], leg["asset"], leg["amount"]]))
    return sha256(bytes.fromhex(entry["prev_hash"]) + "\n".join(lines).encode()).hexdigest()


def test_every_hash_of_every_wallet_can_be_recomputed_from_the_export_alone(traded: Wallet, bob: User, capsys: Captured):
    b.fund(bob, "7")
    told = json.loads(exported(capsys))
    assert [len(wallet["journal"]) for wallet in told["wallets"]] == [4, 1]
    for wallet in told["wallets"]:
        before = "00" * 32
        for entry in wallet["journal"]:
            assert entry["prev_hash"] == before
            assert recomputed(entry) == entry["hash"]
            before = entry["hash"]
        assert (wallet["head"], wallet["entries"]) == (before, len(wallet["journal"]))


def test_a_changed_amount_is_found(traded: Wallet, capsys: Captured):
    entry = json.loads(exported(capsys))["wallets"][0]["journal"][2]
    entry["postings"][0]["amount"] = "0.200000000000000000000000"
    assert recomputed(entry) != entry["hash"]


def test_the_sheet_holds_the_same(traded: Wallet, capsys: Captured):
    [wallet] = json.loads(exported(capsys, "--user", "alice"))["wallets"]
    rows = list(csv.DictReader(io.StringIO(exported(capsys, "--wallet", str(traded.id), "--format", "csv"))))
    assert len(rows) == sum(len(entry["postings"]) for entry in wallet["journal"])
    bought = [row for row in rows if row["seq"] == "3"]
    assert {row["hash"] for row in bought} == {wallet["journal"][2]["hash"]}
    assert [row["amount"] for row in bought] == [leg["amount"] for leg in wallet["journal"][2]["postings"]]
    assert bought[0]["fill_raw"] == wallet["journal"][2]["fill"]["raw"]


def test_no_cell_of_the_sheet_is_a_formula_and_negative_amounts_stay_numbers(traded: Wallet, capsys: Captured):
    """A venue's trade id and an operator's reason are free text; a spreadsheet would run what begins like a formula."""
    funding.withdraw(
        wallet=traded.id, asset="USDT", amount=Decimal(5), actor="user:x", request_id="", now=b.MONDAY, external_id="@SUM(1+1)"
    )
    b.filled(b.book(traded, "100", label="other"), "BUY", "0.001", "20000", trade='=HYPERLINK("http://x","y")', order="-1+1")
    text = exported(capsys, "--wallet", str(traded.id), "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["fill_trade_id"] for row in rows} >= {'\'=HYPERLINK("http://x","y")'}
    assert "'-1+1" in {row["fill_client_order_id"] for row in rows}
    assert "'@SUM(1+1)" in {row["external_id"] for row in rows}
    assert {row["amount"][0] for row in rows} >= {"-"}
    amounts = {"amount", "fill_quantity", "fill_price", "fill_fee"}
    assert not [value for row in rows for name, value in row.items() if name not in amounts and value.startswith(("=", "+", "-", "@"))]
    assert all(Decimal(row["amount"]) for row in rows)


def test_a_file_is_for_its_owner_and_never_overwritten(traded: Wallet, tmp_path: Path, capsys: Captured):
    out = tmp_path / "ledger.json"
    assert exported(capsys, "--out", str(out)) == ""
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert len(json.loads(out.read_text())["wallets"]) == 1
    with pytest.raises(SystemExit) as stopped:
        call_command("export_ledger", "--out", str(out))
    assert stopped.value.code == 2


@pytest.mark.parametrize(
    "more",
    [("--user", "zoe"), ("--wallet", "x"), ("--wallet", "00000000-0000-0000-0000-000000000000"), ("--out", "/nowhere/x")],
)
def test_nobody_and_nowhere(traded: Wallet, more: tuple[str, ...]):
    with pytest.raises(SystemExit) as stopped:
        call_command("export_ledger", *more)
    assert stopped.value.code == 2


def test_one_persons_export_never_holds_another(traded: Wallet, bob: User, capsys: Captured):
    b.fund(bob, "7")
    [wallet] = json.loads(exported(capsys, "--user", "bob"))["wallets"]
    assert wallet["owner"] == bob.username
    with pytest.raises(SystemExit):
        call_command("export_ledger", "--user", "bob", "--wallet", str(traded.id))
