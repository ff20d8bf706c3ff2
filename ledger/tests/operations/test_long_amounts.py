"""Amounts with more than the 28 digits of Python's own decimal context move whole: no digit is lost, none is made."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from accounts.domain.refusals import Refusal
from accounts.models import Alert
from ledger.models import Allocation, JournalEntry, Wallet
from ledger.operations import capital, funding, verify
from ledger.tests import builders as b

LONG = Decimal("10003.123456789012345678901238")  # 29 digits; rounded to 28 it would end on 40


def free(wallet: Wallet) -> Decimal:
    [usdt] = b.balances(wallet)
    return usdt.free


def asked(wallet: Wallet, amount: Decimal, **more: Any) -> dict[str, Any]:
    return {"wallet": wallet.id, "asset": "USDT", "amount": amount, "actor": "user:x", "request_id": "", "now": b.MONDAY, **more}


def proven() -> None:
    connection.check_constraints()
    verdict = verify.verify()
    assert verdict.ok, verdict.first_difference


def test_all_that_is_free_can_be_withdrawn_to_the_last_of_29_digits_and_no_more(alice_wallet: Wallet):
    funding.deposit(**asked(alice_wallet, LONG - 10000))
    assert free(alice_wallet) == LONG
    funding.withdraw(**asked(alice_wallet, LONG))
    [usdt] = b.balances(alice_wallet)
    assert (usdt.free, usdt.balance, usdt.deficit) == (0, 0, 0)
    proven()


def test_a_deposit_of_29_digits_is_booked_and_its_key_gives_the_same_answer_again(alice_wallet: Wallet):
    first = funding.deposit(**asked(alice_wallet, LONG, external_id="k"))
    assert funding.deposit(**asked(alice_wallet, LONG, external_id="k")).seq == first.seq
    assert free(alice_wallet) == Decimal("20003.123456789012345678901238")
    proven()


def test_capital_of_29_digits_comes_back_whole(alice_wallet: Wallet):
    funding.deposit(**asked(alice_wallet, LONG))
    book = b.book(alice_wallet, "10000")
    capital.allocate(book=book.id, asset="USDT", amount=LONG, actor="user:x", now=b.MONDAY + timedelta(minutes=1))
    capital.release(book=book.id, asset="USDT", amount=LONG, actor="user:x", now=b.MONDAY + timedelta(minutes=2))
    assert free(alice_wallet) == LONG
    assert Allocation.objects.get(book=book).amount == 10000
    proven()


@pytest.mark.parametrize("amount", ["9" * 32, "9" * 32 + "." + "9" * 24, "999999999999999999"], ids=len)
def test_a_paper_wallet_holds_no_more_than_a_quintillion(amount: str, alice_wallet: Wallet):
    before = (JournalEntry.objects.count(), Alert.objects.count())
    with pytest.raises(Refusal) as refused:
        funding.deposit(**asked(alice_wallet, Decimal(amount)))
    assert (refused.value.code, refused.value.numbers["free"], refused.value.numbers["most"]) == ("AMOUNT_TOO_LARGE", 10000, 10**18)
    assert (JournalEntry.objects.count(), Alert.objects.count()) == before
