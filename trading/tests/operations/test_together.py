"""Single orders that share a claim: each with its own answer, exact money, and only the guilty one fails."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest
from django.db import IntegrityError

from bots.tests.threads import at_once
from trading.models import Order
from trading.operations import together
from trading.tests import builders
from trading.tests.builders import NOON

POLICY = builders.policy(burst_limit_orders_per_exchange=10**6, max_trades_per_bot_daily=10**6)


def ask(wish):
    return together.claim_one(wish, policy=POLICY, now=NOON, kill_switch=False)


@pytest.mark.django_db(transaction=True)
def test_sixteen_at_once_each_get_their_own_order(alice):
    builders.fund(alice)
    bots = [builders.bot(alice, name=f"bot {n}", capital="1000", born=n) for n in range(16)]
    wishes = [builders.manual(bot) for bot in bots]
    answers = at_once(16, lambda n: ask(wishes[n]))
    assert [answer.request for answer in answers] == wishes
    assert {answer.state for answer in answers} == {"SENDING"}
    assert {order.book_id for order in Order.objects.filter(state="SENDING")} == {bot.book_id for bot in bots}


@pytest.mark.django_db(transaction=True)
def test_of_sixteen_that_want_a_book_for_five_exactly_five_get_it(alice):
    """0.01 at the bound of 20,100 with the fee of 0.1 % holds 201.201; five of them hold 1,006.005 of 1,007."""
    builders.fund(alice)
    bot = builders.bot(alice, capital="1007")
    answers = at_once(16, lambda n: ask(builders.manual(bot)))
    assert sorted(answer.state for answer in answers) == ["REFUSED"] * 11 + ["SENDING"] * 5
    assert {answer.refusal for answer in answers if answer.state == "REFUSED"} == {"INSUFFICIENT_FUNDS"}


@pytest.mark.django_db(transaction=True)
def test_one_that_the_database_refuses_fails_alone(alice):
    """Two with one request key: the unique key lets one of them in, whoever shares a transaction with them."""
    builders.fund(alice)
    bots = [builders.bot(alice, name=f"bot {n}", capital="1000", born=n) for n in range(8)]
    wishes = [replace(builders.manual(bot), request_key=uuid4().hex) for bot in bots]
    wishes[7] = replace(wishes[7], request_key=wishes[6].request_key)
    answers = at_once(8, lambda n: ask(wishes[n]))
    failed = [answer for answer in answers if isinstance(answer, IntegrityError)]
    assert len(failed) == 1
    assert Order.objects.filter(state="SENDING").count() == 7


@pytest.mark.django_db
def test_inside_a_transaction_nobody_is_waited_for(alice):
    builders.fund(alice)
    assert ask(builders.manual(builders.bot(alice))).state == "SENDING"
