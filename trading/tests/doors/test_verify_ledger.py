"""`verify_ledger`: 0 all holds, 1 the first difference is named, 2 cannot be done; a rebuild writes what is derived anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from accounts.tests.builders import person
from ledger.models import EquityPoint, Wallet
from ledger.operations import anchors, verify
from ledger.tests import builders as ledger_builders
from trading.models import Trade
from trading.tests import builders

pytestmark = pytest.mark.django_db(transaction=True)
Captured = pytest.CaptureFixture[str]


@pytest.fixture
def traded(alice: User) -> Trade:
    """0.01 BTC bought at 20,000 and sold at 20,500."""
    builders.fund(alice)
    bot = builders.bot(alice)
    builders.holding(bot)
    builders.sold(bot, price="20500")
    return Trade.objects.get()


def proven(capsys: Captured, *arguments: str, code: int = 0) -> dict[str, Any]:
    """The JSON answer of the command, which ends with this exit code."""
    capsys.readouterr()
    if code:
        with pytest.raises(SystemExit) as stopped:
            call_command("verify_ledger", "--json", *arguments)
        assert stopped.value.code == code
    else:
        call_command("verify_ledger", "--json", *arguments)
    out = capsys.readouterr().out
    return json.loads(out) if out else {}


def test_all_holds_and_every_check_is_named(traded: Trade, capsys: Captured) -> None:
    answer = proven(capsys)
    assert (answer["ok"], answer["wallets"], answer["fills"], answer["first_difference"]) == (True, 1, 2, None)
    assert set(answer["checks"].values()) == {True}
    assert {"chain", "postings", "lots", "equity", "trades"} <= answer["checks"].keys()


def test_a_wallet_that_nobody_has_cannot_be_proven(traded: Trade, capsys: Captured) -> None:
    assert proven(capsys, "--wallet", str(uuid4()), code=2) == {}
    assert proven(capsys, "--wallet", "mine", code=2) == {}


def test_a_head_that_is_not_the_newest_entrys_is_named_on_the_terminal_too(traded: Trade, capsys: Captured) -> None:
    Wallet.objects.update(entries=3)
    with pytest.raises(SystemExit) as stopped:
        call_command("verify_ledger")
    assert stopped.value.code == 1
    assert "first difference: ledger_wallet" in capsys.readouterr().out


def test_a_wrong_trade_is_named_and_a_rebuild_brings_it_to_its_matches(traded: Trade, capsys: Captured) -> None:
    with builders.past_the_triggers() as cursor:
        cursor.execute("UPDATE trading_trade SET profit_loss = 50, gross = 50")
    answer = proven(capsys, "--wallet", str(traded.order.wallet_id), code=1)
    first = answer["first_difference"]
    assert (first["table"], first["column"], first["stored"][:5], first["expected"][:4]) == ("trading_trade", "gross", "50.00", "5.00")
    assert str(traded.id) in first["key"]
    assert proven(capsys, "--rebuild")["ok"]
    assert Trade.objects.get().profit_loss == 5


def test_a_wrong_equity_point_is_named_with_its_book_and_time_and_no_rebuild_rewrites_the_past(traded: Trade, capsys: Captured) -> None:
    point = EquityPoint.objects.filter(book=traded.order.book_id).latest("at", "seq")
    with builders.past_the_triggers() as cursor:
        cursor.execute("UPDATE ledger_equitypoint SET realised = realised + 7, unrealised = unrealised - 7 WHERE id = %s", [point.id])
    for arguments in ((), ("--rebuild",)):
        first = proven(capsys, *arguments, code=1)["first_difference"]
        assert first["key"] == f"{point.id} of book {point.book_id} in USDT at {point.at:%Y-%m-%dT%H:%M:%S.%fZ}"
        assert (first["column"], first["stored"][:6], first["expected"][:5]) == ("realised", "12.000", "5.000")


def test_with_anchors_a_chain_that_is_other_than_it_was_is_named(traded: Trade, capsys: Captured, tmp_path: Path, settings: Any) -> None:
    settings.ANCHOR_KEY = "away"
    anchors.write(folder=tmp_path, key="away", now=builders.NOON)
    assert proven(capsys, "--anchors", str(tmp_path))["checks"]["anchors"]
    with builders.past_the_triggers() as cursor:
        cursor.execute("UPDATE ledger_wallet SET entries = entries - 1")
        cursor.execute("DELETE FROM ledger_journalentry WHERE seq = (SELECT max(seq) FROM ledger_journalentry)")
    answer = proven(capsys, "--anchors", str(tmp_path), "--wallet", str(traded.order.wallet_id), code=1)
    assert not answer["checks"]["anchors"]
    assert "anchors" not in proven(capsys, code=1)["checks"]


def test_a_folder_without_anchors_cannot_be_compared_with(traded: Trade, capsys: Captured, tmp_path: Path) -> None:
    assert proven(capsys, "--anchors", str(tmp_path / "none"), code=2) == {}


@pytest.mark.parametrize("number", ["0", "-1", "two", "65", "1.5"])
def test_a_number_of_processes_that_is_none_is_refused(number: str) -> None:
    with pytest.raises(CommandError):
        call_command("verify_ledger", f"--processes={number}")


def test_several_processes_come_to_the_same_answer(traded: Trade, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four wallets of which the second is wrong, one to a process at a time."""
    for name in ("ann", "ben", "cleo"):
        ledger_builders.fund(person(name))
    monkeypatch.setattr(verify, "SWEEP", 1)
    wrong = list(Wallet.objects.order_by("id"))[1]
    with builders.past_the_triggers() as cursor:
        cursor.execute("UPDATE ledger_balance SET cash = cash + 1 WHERE book_id IN (SELECT id FROM ledger_book WHERE wallet_id = %s)", [wrong.id])
    one, three = proven(capsys, "--processes", "1", code=1), proven(capsys, "--processes", "3", code=1)
    assert one["wallets"] == 4
    assert {**three, "seconds": 0} == {**one, "seconds": 0}
