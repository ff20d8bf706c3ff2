"""A new bot at a venue: the venue is asked before anything is locked."""

from decimal import Decimal

import pytest
from django.db import transaction

from accounts.domain.refusals import Refusal
from accounts.models import User
from bots.models import Bot
from ledger.models import Market
from ledger.operations import funding, wallets
from trading.operations import demo, demo_bot
from trading.tests.builders import NOON
from trading.tests.doors import builders

pytestmark = pytest.mark.django_db


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("make", [builders.bot, lambda alice: demo_bot.make(owner=alice, actor="t", request_id="", now=NOON)])
def test_no_bot_is_made_inside_a_transaction_that_would_wait_for_the_venue(make, alice: User) -> None:
    fund(alice)
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        make(alice)
    assert not Bot.objects.exists()
    assert make(alice).owner == alice


def test_the_markets_of_the_venue_are_loaded_even_for_a_bot_that_is_refused(alice: User) -> None:
    with pytest.raises(Refusal, match="no PAPER wallet"):
        builders.bot(alice, symbol="NEAR/USDT")
    assert Market.objects.filter(venue="sim", symbol="NEAR/USDT").exists()


@pytest.mark.django_db(transaction=True)
def test_the_demo_loads_its_markets_before_its_bots_are_made_each_in_one_go() -> None:
    """A demo that ends half-way leaves no bot that never starts; run again, it makes the rest."""
    made = demo.seed(password="correct horse battery", otp_secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", finest="5s", now=NOON)
    assert len(made.bots) == len(demo.PLANS)
    assert not Bot.objects.filter(pause_reason="NEW").exists()


def fund(user: User) -> None:
    wallet = wallets.open_wallet(owner=user, venue="sim", mode="PAPER", now=NOON)
    funding.deposit(wallet=wallet.id, asset="USDT", amount=Decimal(5_000), actor="test", request_id="", now=NOON)
