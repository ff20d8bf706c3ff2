"""What one order of a careful bot may put at risk, on real books: shares of the person's equity, within a batch and across bots;
and whose breaker is judged by which profile."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Alert
from bots.operations import lifecycle
from bots.tests.threads import at_once
from ledger.tests import builders as money
from trading.models import BreakerState
from trading.operations import breaker
from trading.tests import builders
from trading.tests.builders import NOON

D = Decimal


def careful(owner, *, name="careful", capital="2000", born=0, **more):
    return builders.bot(owner, name=name, capital=capital, born=born, profile="conservative", **more)


def enter(of, *, quantity="0.02", candle=0, now=NOON, **changes):
    [order] = builders.claimed(wish(of, quantity=quantity, candle=candle), now=now, **changes).orders
    return order.refusal


def wish(of, *, quantity="0.02", candle=0):
    return builders.request(of, quantity=quantity, candle=candle, intent=uuid4(), profile=of.profile)


@pytest.mark.django_db
def test_a_careful_bots_position_is_at_most_five_percent_of_what_its_person_is_worth(alice):
    """0.025 BTC at 20,000 are 500 of 10,000; one step more is 520. A bot of the standard profile is not asked."""
    builders.fund(alice, "10000")
    bot, plain = careful(alice), builders.bot(alice, name="plain", capital="2000", born=1)
    assert enter(bot, quantity="0.026") == "POSITION_SIZE"
    assert enter(bot, quantity="0.025", candle=1) == ""
    assert enter(bot, quantity="0.002", candle=2) == "POSITION_SIZE"
    assert enter(plain, quantity="0.026") == ""


@pytest.mark.django_db
def test_under_fifteen_dollars_a_careful_bot_does_not_order(alice):
    """Two steps at 20,000 are 40 dollars: refused at a minimum of 40.01, taken at one of 40."""
    builders.fund(alice, "10000")
    bot = careful(alice)
    assert enter(bot, quantity="0.002", min_trade_notional_usd=D("40.01")) == "MIN_NOTIONAL"
    assert enter(bot, quantity="0.002", candle=1, min_trade_notional_usd=D(40)) == ""


@pytest.mark.django_db
def test_all_positions_and_working_entries_of_a_person_count_in_one_batch_and_across_bots(alice):
    """Worth 10,000, of which 1,500 may be at risk. A standard bot holds 0.03 BTC: 600. Careful bots ask for 400 each, two in one
    batch; what works counts with what it holds, 0.02 x 20,100 x 1.001 = 402.402. A third: 600 + 2 x 402.402 + 400 = 1,804.804."""
    builders.fund(alice, "10000")
    builders.holding(builders.bot(alice, name="plain", capital="2000"), quantity="0.03")
    bots = [careful(alice, name=f"c{n}", born=n + 1) for n in range(3)]
    orders = builders.claimed(*[wish(bot) for bot in bots]).orders
    assert [order.refusal for order in orders] == ["", "", "TOTAL_AT_RISK"]
    [later] = builders.claimed(wish(bots[2], candle=1)).orders
    assert later.refusal == "TOTAL_AT_RISK"
    assert orders[2].verdicts[-1].numbers["value"] == later.verdicts[-1].numbers["value"] == "0.180480"


@pytest.mark.django_db
def test_a_person_is_worth_what_all_their_wallets_hold_and_others_money_is_not_theirs(alice, bob):
    builders.fund(alice, "5000")
    bot = careful(alice)
    builders.fund(bob, "100000")
    assert enter(bot) == "POSITION_SIZE"
    money.fund(alice, "5000", venue="sim", now=NOON - timedelta(hours=1))
    assert enter(bot, candle=1) == ""


@pytest.mark.django_db(transaction=True)
def test_total_at_risk_is_exact_under_thirty_two_claims_at_once(alice):
    """Limit 15 % of 20,000 = 3,000; each order is 400 and, once it works, holds 402.402: 7 x 402.402 + 400 = 3,216.8 is too much,
    6 x 402.402 + 400 = 2,814.4 is not: seven pass."""
    builders.fund(alice, "20000")
    bots = [careful(alice, name=f"c{n}", capital="500", born=n) for n in range(32)]
    answers = at_once(32, lambda n: builders.claimed(wish(bots[n])))
    refusals = sorted(order.refusal for each in answers for order in each.orders)
    assert refusals == [""] * 7 + ["TOTAL_AT_RISK"] * 25


@pytest.mark.django_db
def test_a_careful_entry_costs_three_statements_more_whatever_the_number_of_bots(alice):
    builders.fund(alice, "1000000")

    def asked(profile, many, born):
        bots = [builders.bot(alice, name=f"{profile}{n}", capital="2000", born=born + n, profile=profile) for n in range(many)]
        wishes = [wish(bot) for bot in bots]
        with CaptureQueriesContext(connection) as seen:
            orders = builders.claimed(*wishes).orders
        assert {order.refusal for order in orders} == {""}
        return len(seen)

    plain = asked("standard", 2, 0)
    assert asked("conservative", 2, 10) == asked("conservative", 20, 20) == plain + 3


@pytest.mark.django_db
def test_sixty_percent_of_a_position_limit_warns_once_a_day(alice):
    """3 % of 5 % is 60 %: 0.015 BTC are 300 of 10,000. At 0.014 nobody is told."""
    builders.fund(alice, "10000")
    first, second = careful(alice, name="a"), careful(alice, name="b", born=1)
    assert enter(first, quantity="0.014") == ""
    assert not Alert.objects.filter(code="BREAKER_POSITION_SIZE").exists()
    for hour in range(3):
        assert enter(second, quantity="0.015", candle=hour, now=NOON + timedelta(hours=hour)) == ("" if hour == 0 else "POSITION_SIZE")
    [alert] = Alert.objects.filter(code="BREAKER_POSITION_SIZE")
    assert (alert.severity, alert.sentence) == ("WARNING", "The position's share of your equity. Used: 3.00 % of 5.00 %.")


def fallen(owner, *, today):
    return BreakerState.objects.create(
        owner=owner, mode="PAPER", equity=10_000, funding=10_000, nav=D(1), peak=today, day=NOON.date(), day_nav=today, week_nav=today, updated_at=NOON
    )


@pytest.mark.django_db
def test_where_profiles_meet_a_person_is_judged_by_the_strictest_of_their_running_bots(alice, bob):
    """4 % down today: under the 10 % of the standard profile, over the 3 % of the conservative one."""
    for person in (alice, bob):
        builders.fund(person, "10000")
        fallen(person, today=D("1.0417"))
    plain, his = builders.bot(alice, capital="2000"), builders.bot(bob, name="his", capital="2000", born=1)
    strict = careful(alice, born=2)
    done = builders.claimed(wish(plain, quantity="0.01"), wish(his, quantity="0.01"))
    assert [order.refusal for order in done.orders] == ["DAILY_LOSS", ""]
    assert [(trip.owner, trip.bot) for trip in done.trips] == [(alice.id, None)]
    lifecycle.pause(bot_id=strict.id, actor="user:a", request_id="", now=NOON)
    assert enter(plain, quantity="0.01", candle=1) == ""
    lifecycle.resume(bot_id=strict.id, actor="user:a", request_id="", now=NOON)
    assert [trip.use.limit for trip in breaker.observe_people([alice.id, bob.id], policy=builders.policy(), now=NOON)] == ["DAILY_LOSS"]
