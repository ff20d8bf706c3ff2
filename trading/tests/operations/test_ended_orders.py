"""What a final order held and did not spend is free again in the transaction that ends it, whichever way it ends."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from ledger.models import Reservation
from ledger.operations import verify
from trading.domain.matcher import Report
from trading.models import Order
from trading.operations import act, claim, record
from trading.tests import builders
from trading.tests.builders import NOON

D = Decimal
LATER = NOON + timedelta(minutes=1)


def sent(bot):
    """An order for 0.01 BTC bounded at 20,100: it holds 201.201 with the fee of 0.1 %."""
    [order] = claim.claim([builders.manual(bot)], policy=builders.policy(), now=NOON, kill_switch=False).orders
    act.send([order], market=bot.market, now=NOON)
    return order.client_order_id


def fill(name, quantity, *, trade):
    return Report(name, "FILL", LATER, D(20_000), D(quantity), D(quantity) * 20, "USDT", trade)


def told(bot, *reports):
    return record.book_reports(reports, market=bot.market, now=LATER, marks=None)


def held(name):
    row = Reservation.objects.get(client_order_id=name)
    return row.captured, row.released, row.live


@pytest.mark.django_db
def test_a_full_fill_frees_what_the_bound_held_beyond_its_price(alice):
    """0.01 at 20,000 with a fee of 0.20 costs 200.20; 1.001 of the 201.201 comes back: 1,000 - 200.20 = 799.80."""
    builders.fund(alice)
    bot = builders.bot(alice, capital="1000")
    name = sent(bot)
    assert builders.balance(bot) == (D("798.799"), D("201.201"), 0)
    told(bot, fill(name, "0.01", trade="t1"))
    assert held(name) == (D("200.2"), D("1.001"), False)
    assert builders.balance(bot) == (D("799.8"), 0, 0)
    assert verify.verify().ok


@pytest.mark.django_db
def test_a_part_keeps_the_rest_held_until_the_venue_ends_the_order(alice):
    """0.004 costs 80.08, 121.121 stays held; when the rest expires it is free: 1,000 - 80.08 = 919.92."""
    builders.fund(alice)
    bot = builders.bot(alice, capital="1000")
    name = sent(bot)
    told(bot, fill(name, "0.004", trade="t1"))
    assert held(name) == (D("80.08"), 0, True)
    assert builders.balance(bot) == (D("798.799"), D("121.121"), 0)
    told(bot, Report(name, "EXPIRED", LATER))
    assert held(name) == (D("80.08"), D("121.121"), False)
    assert builders.balance(bot) == (D("919.92"), 0, 0)
    assert Order.objects.get(client_order_id=name).state == "EXPIRED"
    assert verify.verify().ok


@pytest.mark.django_db
def test_a_part_and_the_end_in_one_report_free_the_rest_at_once(alice):
    builders.fund(alice)
    bot = builders.bot(alice, capital="1000")
    name = sent(bot)
    told(bot, fill(name, "0.004", trade="t1"), Report(name, "EXPIRED", LATER))
    assert held(name) == (D("80.08"), D("121.121"), False)
    assert builders.balance(bot) == (D("919.92"), 0, 0)


@pytest.mark.django_db
def test_a_fill_told_twice_ends_nothing_by_its_echo(alice):
    """0.006 and the same 0.006 again are not 0.012 of 0.01."""
    builders.fund(alice)
    bot = builders.bot(alice, capital="1000")
    name = sent(bot)
    told(bot, fill(name, "0.006", trade="t1"))
    told(bot, fill(name, "0.006", trade="t1"))
    assert held(name) == (D("120.12"), 0, True)
    assert Order.objects.get(client_order_id=name).state == "PARTIALLY_FILLED"
