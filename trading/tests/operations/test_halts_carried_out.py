"""A stop that died half-way is finished by the sweeper, to the end and only once; a narrowed halt touches what it covers."""

import signal
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Alert, AuditRow
from accounts.realtime import wire
from bots.models import BotMove, Halt
from bots.operations import halts
from bots.tests.threads import PATIENCE_S
from ledger.operations import verify, wallets
from trading.models import Order
from trading.operations import claim, stopping, sweep
from trading.tests import builders
from trading.tests.builders import NOON, flat

LATER = NOON + timedelta(minutes=2)
STOPPED_AT = {
    "before the first order is cancelled": "stop.cancel.cancel_where",
    "before a bot is paused": "stop.lifecycle.pause_for_stop",
    "before a position is closed": "stop.closing.flatten",
    "between the claim of a closing order and its sending": "stop.closing.act.send",
}
KILLED = """
import sys, os, signal
from datetime import datetime, timezone
from uuid import UUID
from django.conf import settings
from trading.operations import stop
def die(*args, **more): os.kill(os.getpid(), signal.SIGKILL)
{place} = die
stop.emergency_stop(scope="USER", user=UUID(sys.argv[1]), reason="fire", flatten=True, actor="user:a", request_id="r",
    now=datetime(2026, 3, 2, 12, tzinfo=timezone.utc), policy=settings.POLICY)
"""


def swept(now=LATER):
    return sweep.sweep(data_dir=builders.NOWHERE, policy=builders.policy(), now=now)


def everything():
    """What a sweep could change."""
    return (
        list(Order.objects.order_by("id").values_list("id", "state", "history")), BotMove.objects.count(), AuditRow.objects.count(),
        Alert.objects.count(), Halt.objects.count(),
    )  # fmt: skip


def halted(**more):
    asked = {"scope": "USER", "level": "HALTED", "source": "EMERGENCY_STOP", "reason": "", **more}
    return halts.raise_halt(**asked, actor="user:a", request_id="", now=NOON)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("place", STOPPED_AT.values(), ids=STOPPED_AT.keys())
def test_a_stop_with_flatten_that_is_killed_is_finished_by_the_sweeper_once(alice, place):
    """One bot holds 0.01 BTC, the other waits with an entry; whatever was done when the process died, the end is the same."""
    builders.fund(alice)
    holder, waiter = builders.bot(alice), builders.bot(alice, name="waiter")
    builders.holding(holder)
    builders.mark("20000")
    [entry] = builders.sent(builders.request(waiter))
    process = builders.elsewhere(KILLED.format(place=place), str(alice.id))
    _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == -signal.SIGKILL, said
    halt = Halt.objects.get()
    assert (halt.level, Alert.objects.filter(code="EMERGENCY_STOP").count(), AuditRow.objects.get(act="halt.raise").reason) == ("HALTED", 1, "fire")
    heard = wire.head(person=alice.id)
    swept()
    assert wire.head(person=alice.id) > heard
    entry.refresh_from_db()
    for bot in (holder, waiter):
        bot.refresh_from_db()
    assert (entry.state, holder.pause_reason, waiter.pause_reason) == ("CANCELLED", "EMERGENCY_STOP", "EMERGENCY_STOP")
    closing = Order.objects.get(halt_id=halt.id)
    assert (closing.state, closing.reason) == ("OPEN", "FLATTEN")
    assert closing.attempt == 1
    before = everything()
    assert swept() == sweep.Swept(adopted=0, cancelled=0, paused=0, closing_orders=0, stopped=0, kill_switch=False)
    assert swept(LATER + timedelta(minutes=5)).closing_orders == 0
    assert everything() == before
    tape = builders.Tape()
    tape.tick(*flat(19_000, 4))  # the order is of 12:02: the candle that opens then fills it
    closing.refresh_from_db()
    assert closing.state == "FILLED"
    assert verify.verify().ok


@pytest.mark.django_db
def test_a_closing_order_that_came_to_nothing_is_tried_again_a_minute_later(alice):
    builders.fund(alice)
    bot = builders.bot(alice)
    builders.holding(bot)
    builders.mark("20000")
    market = builders.market()
    market.active = False
    market.save(update_fields=["active"])
    halt = halted(user=alice.id, flatten=True)
    states = []
    for seconds in (0, 2, 59, 61, 63):
        swept(NOON + timedelta(seconds=seconds))
        states.append([order.state for order in Order.objects.filter(halt_id=halt.id)])
    assert states == [["REJECTED"]] * 3 + [["REJECTED"] * 2] * 2
    market.active = True
    market.save(update_fields=["active"])
    assert swept(NOON + timedelta(seconds=125)).closing_orders == 1


@pytest.mark.django_db
def test_dust_that_no_market_takes_is_not_asked_for_at_all(alice):
    """0.01 BTC at 200 are 2 USDT, under the minimum of 5."""
    builders.fund(alice)
    builders.holding(builders.bot(alice))
    builders.mark("200")
    halted(user=alice.id, flatten=True)
    assert swept().closing_orders == 0
    assert not Order.objects.filter(leg="EXIT").exists()


@pytest.mark.django_db
def test_under_an_operators_stop_the_flatten_of_a_person_asks_for_nothing_until_it_is_lifted(alice):
    builders.fund(alice)
    builders.holding(builders.bot(alice))
    builders.mark("20000")
    above = halted(scope="GLOBAL")
    halted(user=alice.id, flatten=True)
    for minute in range(3):
        assert swept(NOON + timedelta(minutes=minute)).closing_orders == 0
    assert not Order.objects.filter(leg="EXIT").exists()
    halts.lift(halt_ids=[above.id], actor="operator:o", reason="over", request_id="", now=LATER)
    assert swept(NOON + timedelta(minutes=4)).closing_orders == 1


def elsewhere(bot):
    return wallets.open_wallet(owner=bot.owner, venue="sim", mode="PAPER", now=NOON).id


NARROWED = {
    "everybody": (lambda bot: {"scope": "GLOBAL"}, "mine sibling foreign"),
    "a person": (lambda bot: {"user": bot.owner_id}, "mine sibling"),
    "their paper money": (lambda bot: {"user": bot.owner_id, "mode": "PAPER"}, "mine sibling"),
    "their live money": (lambda bot: {"user": bot.owner_id, "mode": "LIVE"}, ""),
    "one wallet": (lambda bot: {"user": bot.owner_id, "wallet": bot.book.wallet_id}, "mine sibling"),
    "another wallet": (lambda bot: {"user": bot.owner_id, "wallet": elsewhere(bot)}, ""),
    "one bot": (lambda bot: {"scope": "BOT", "bot": bot.id}, "mine"),
    "one bot, and what else it names does not narrow it": (
        lambda bot: {"scope": "BOT", "bot": bot.id, "user": bot.owner_id, "mode": "LIVE", "wallet": elsewhere(bot)}, "mine",
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("wish", NARROWED.values(), ids=NARROWED.keys())
def test_a_full_halt_cancels_and_pauses_what_it_covers_and_nothing_else(alice, bob, wish):
    """Two bots of alice in one wallet, and one of bob, each with an order that waits."""
    subject, covered = wish
    for person in (alice, bob):
        builders.fund(person)
    bots = {"mine": builders.bot(alice), "sibling": builders.bot(alice, name="sibling"), "foreign": builders.bot(bob)}
    orders = {name: builders.sent(builders.request(bot))[0] for name, bot in bots.items()}
    halted(**subject(bots["mine"]))
    swept()
    for order in orders.values():
        order.refresh_from_db()
    for bot in bots.values():
        bot.refresh_from_db()
    touched = {name for name in bots if name in covered.split()}
    assert {name for name, order in orders.items() if order.state == "CANCELLED"} == touched
    assert {name for name, bot in bots.items() if bot.pause_reason == "EMERGENCY_STOP"} == touched


@pytest.mark.django_db
def test_an_order_on_its_way_when_everything_stops_is_found_and_cancelled_when_its_lease_ends(alice):
    builders.fund(alice)
    bot = builders.bot(alice)
    [on_its_way] = builders.claimed(builders.request(bot)).orders
    halted(user=alice.id)
    assert swept(NOON + timedelta(seconds=30)).cancelled == 0
    assert Order.objects.get(id=on_its_way.id).state == "SENDING"
    done = swept(NOON + claim.LEASE + timedelta(seconds=1))
    assert (done.adopted, done.cancelled) == (1, 1)
    assert builders.balance(bot) == (10_000, 0, 0)


@pytest.mark.django_db
def test_where_nothing_was_left_half_way_the_orders_that_wait_are_read_once_and_none_is_locked(alice):
    """One waits in the market, one is on its way; a minute later the second has lost its sender, and is found by the same reading."""
    builders.fund(alice)
    bot = builders.bot(alice)
    resting = {"type": "LIMIT", "price": Decimal(19_000), "time_in_force": "GTC"}
    builders.sent(builders.manual(bot, **resting))
    builders.claimed(builders.manual(bot, **resting))
    with CaptureQueriesContext(connection) as quiet:
        assert swept(NOON + timedelta(seconds=30)).adopted == 0
    orders = [asked["sql"] for asked in quiet if "trading_order" in asked["sql"] and "bots_halt" not in asked["sql"]]
    assert [asked.split()[0] for asked in orders] == ["SELECT"]
    assert swept(NOON + claim.LEASE + timedelta(seconds=1)).adopted == 1


@pytest.mark.django_db
def test_an_order_on_its_way_when_its_bot_is_stopped_keeps_the_bot_until_it_is_cancelled(alice):
    builders.fund(alice)
    bot = builders.bot(alice)
    wish = builders.request(bot, type="LIMIT", price="19000", time_in_force="GTC")
    [on_its_way] = builders.claimed(wish).orders
    stopped = stopping.stop_bot(owner=alice.id, bot_id=bot.id, position="close", actor="user:a", request_id="r", now=NOON)
    assert (stopped.status, stopped.pause_reason) == ("PAUSED", "STOPPING")
    assert swept(NOON + timedelta(seconds=30)).stopped == 0
    done = swept(NOON + claim.LEASE + timedelta(seconds=1))
    assert (done.adopted, done.stopped, Order.objects.get(id=on_its_way.id).state) == (1, 1, "CANCELLED")
    stopped.refresh_from_db()
    assert stopped.status == "STOPPED"

