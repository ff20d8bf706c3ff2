"""The ledger is proven over and over: a few wallets a call, a pause after each pass, an alert for what does not hold."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import Alert, User
from accounts.tests.builders import person
from ledger.models import Balance
from ledger.tests.builders import MONDAY, fund
from trading.models import Heartbeat
from trading.operations import ledger_proof
from trading.queries import system

pytestmark = pytest.mark.django_db
NOON = MONDAY.replace(hour=12)


@pytest.fixture
def three(btc: object) -> list[User]:
    """Three people with a wallet each."""
    people = [person(name) for name in ("ann", "ben", "cleo")]
    for one in people:
        fund(one, "100")
    return people


def spoil(owner: User) -> None:
    Balance.objects.filter(book__wallet__owner=owner, asset="USDT").update(cash=Decimal("101"))


def test_one_call_proves_every_wallet_that_fits_its_time(three: list[User]) -> None:
    assert system.proof(now=NOON) is None
    ledger_proof.advance(now=NOON)
    last = system.proof(now=NOON + timedelta(seconds=90))
    assert last is not None
    assert (last.ok, last.wallets, last.at, last.age_s) == (True, 3, NOON, 90.0)
    assert last.seconds > 0


def test_a_call_without_time_proves_one_wallet_and_the_next_goes_on_behind_it(three: list[User]) -> None:
    for minute in range(2):
        ledger_proof.advance(now=NOON + timedelta(minutes=minute), budget_s=0.0)
        assert system.proof(now=NOON) is None
        assert Heartbeat.objects.get(process="ledger").detail["pass"]["wallets"] == minute + 1
    ledger_proof.advance(now=NOON + timedelta(minutes=2), budget_s=0.0)
    last = system.proof(now=NOON)
    assert last is not None
    assert (last.wallets, last.at) == (3, NOON + timedelta(minutes=2))


def test_after_a_pass_it_rests_a_quarter_of_an_hour(three: list[User]) -> None:
    ledger_proof.advance(now=NOON)
    spoil(three[0])
    ledger_proof.advance(now=NOON + timedelta(minutes=14, seconds=59))
    assert not Alert.objects.exists()
    ledger_proof.advance(now=NOON + timedelta(minutes=15))
    assert Alert.objects.count() == 1


def test_a_difference_is_told_to_operators_with_its_place_and_the_other_wallets_are_proven_all_the_same(three: list[User]) -> None:
    spoil(three[1])
    ledger_proof.advance(now=NOON)
    last = system.proof(now=NOON)
    assert last is not None
    assert (last.ok, last.wallets) == (False, 3)
    alert = Alert.objects.get()
    assert (alert.severity, alert.code, alert.person) == ("CRITICAL", "LEDGER_DIFFERENCE", None)
    assert (alert.data["table"], alert.data["column"]) == ("ledger_balance", "cash")
    assert Decimal(alert.data["stored"]) == 101
    assert Decimal(alert.data["expected"]) == 100
    assert "balances" in alert.sentence


def test_what_is_whole_again_is_said_to_hold_again(three: list[User]) -> None:
    spoil(three[2])
    ledger_proof.advance(now=NOON)
    Balance.objects.filter(book__wallet__owner=three[2], asset="USDT").update(cash=Decimal("100"))
    ledger_proof.advance(now=NOON + timedelta(minutes=15))
    last = system.proof(now=NOON)
    assert last is not None
    assert last.ok


def test_a_call_that_was_overtaken_writes_nothing(three: list[User], monkeypatch: pytest.MonkeyPatch) -> None:
    """Two workers got the same call: the second to end finds the row changed and leaves it alone."""
    Heartbeat.objects.create(process="ledger", at=NOON, detail={})
    prove = ledger_proof._prove

    def slow(so_far: ledger_proof.Pass, **named: object) -> bool:
        Heartbeat.objects.filter(process="ledger").update(detail={"pass": {"after": "", "wallets": 9}})
        return prove(so_far, budget_s=0.0, now=NOON)

    monkeypatch.setattr(ledger_proof, "_prove", slow)
    ledger_proof.advance(now=NOON)
    assert Heartbeat.objects.get(process="ledger").detail == {"pass": {"after": "", "wallets": 9}}


def test_without_any_wallet_the_pass_ends_at_once(db: None) -> None:
    ledger_proof.advance(now=NOON)
    last = system.proof(now=NOON)
    assert last is not None
    assert (last.ok, last.wallets) == (True, 0)
