"""The emergency stop: after it returns nothing is claimed, whoever tries; it survives a kill; resuming needs a code and a reason."""

import json
import signal
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from accounts.domain.refusals import Conflict, Forbidden, Missing, Refusal
from accounts.models import Alert
from accounts.queries import broker
from accounts.realtime import wire
from accounts.tests import builders as people
from bots.models import Halt
from bots.operations import halts, lifecycle
from bots.tests.threads import PATIENCE_S
from ledger.operations import verify
from trading.models import Order
from trading.operations import stop, sweep
from trading.tests import builders
from trading.tests.builders import NOON, flat

D = Decimal


def press(*, user=None, flatten=False, now=NOON, source=stop.EMERGENCY_STOP):
    return stop.emergency_stop(
        scope="USER" if user else "GLOBAL", user=user and user.id, reason="", flatten=flatten, actor="operator:olga", request_id="r",
        now=now, policy=builders.policy(), source=source,
    )  # fmt: skip


def resume(actor, *, user=None, otp="", reason="all clear", now=NOON, switch=False):
    return stop.emergency_resume(
        scope="USER" if user else "GLOBAL", user=user and user.id, reason=reason, otp=otp, actor_user=actor, request_id="r", now=now,
        kill_switch=switch,
    )  # fmt: skip


@pytest.mark.django_db
def test_a_stop_cancels_what_waits_releases_its_money_and_pauses(alice, bob):
    builders.fund(alice)
    mine = builders.bot(alice)
    [order] = builders.sent(builders.request(mine))
    report = press()
    order.refresh_from_db()
    mine.refresh_from_db()
    assert (report.orders_cancelled, report.orders_open, report.bots_paused, report.closing_orders) == (1, 0, 1, 0)
    assert (order.state, mine.status, mine.pause_reason) == ("CANCELLED", "PAUSED", "EMERGENCY_STOP")
    assert builders.balance(mine) == (10_000, 0, 0)
    with pytest.raises(Conflict, match="HALTED: Trading of everybody is stopped: an operator has to lift the stop first"):
        lifecycle.resume(bot_id=mine.id, actor="user:a", request_id="", now=NOON)


@pytest.mark.django_db
def test_under_a_stop_not_even_exits_go_out_and_they_go_again_after_the_resume(alice, olga):
    builders.fund(alice)
    bot = builders.bot(alice)
    builders.holding(bot)
    press()
    [blocked] = builders.sent(builders.request(bot, side="SELL", candle=1))
    assert (blocked.state, blocked.refusal) == ("REFUSED", "HALTED")
    assert resume(olga, otp=people.code_at(NOON)) == 1
    [going] = builders.sent(builders.request(bot, side="SELL", candle=2))
    assert going.state == "OPEN"


@pytest.mark.django_db
def test_the_stop_of_one_person_leaves_others_alone(alice, bob):
    for user in (alice, bob):
        builders.fund(user)
    mine, his = builders.bot(alice), builders.bot(bob)
    press(user=alice)
    states = [(order.state, order.refusal) for order in builders.sent(builders.request(mine), builders.request(his))]
    assert states == [("REFUSED", "HALTED"), ("OPEN", "")]
    his.refresh_from_db()
    assert his.status == "RUNNING"


@pytest.mark.django_db
def test_a_stop_with_flatten_closes_positions_by_orders_that_carry_its_id(alice):
    """0.01 BTC bought at 20,000, sold at the next open of 19,000 x 0.99985 = 18,997.15; what waited is cancelled before."""
    builders.fund(alice)
    bot = builders.bot(alice)
    builders.holding(bot)
    builders.mark("20000")
    [leaving] = builders.sent(builders.request(bot, side="SELL", candle=1, price="25000"))
    report = press(flatten=True)
    leaving.refresh_from_db()
    assert leaving.state == "CANCELLED"
    assert (report.closing_orders, report.orders_cancelled) == (1, 1)
    [closing] = Order.objects.filter(halt_id=report.halt_id)
    assert (closing.state, closing.reason, closing.type, closing.price, closing.quantity) == ("OPEN", "FLATTEN", "MARKET", None, D("0.01"))
    [other] = builders.sent(builders.request(bot, side="SELL", candle=2, intent=uuid4()))
    assert other.refusal == "HALTED"
    tape = builders.Tape()
    tape.tick((19_000, 19_000, 19_000, 19_000))
    closing.refresh_from_db()
    assert (closing.state, closing.filled_value) == ("FILLED", D("189.9715"))
    assert builders.balance(bot, "BTC") == (0, 0, 0)
    again = press(flatten=True)
    assert (again.halt_id, again.closing_orders) == (report.halt_id, 0)
    assert verify.verify().ok


@pytest.mark.django_db
def test_who_stopped_first_and_wants_to_flatten_then_may(alice):
    builders.fund(alice)
    bot = builders.bot(alice)
    builders.holding(bot)
    builders.mark("20000")
    first = press()
    second = press(flatten=True)
    assert (second.halt_id != first.halt_id, second.closing_orders) == (True, 1)
    assert Order.objects.get(halt_id=second.halt_id).state == "OPEN"
    press()
    sweep.sweep(data_dir=builders.NOWHERE, policy=builders.policy(), now=NOON + timedelta(minutes=5))
    assert Order.objects.get(halt_id=second.halt_id).state == "OPEN"


@pytest.mark.django_db
def test_a_person_who_flattens_does_not_pass_an_operators_stop(alice):
    builders.fund(alice)
    bot = builders.bot(alice)
    builders.holding(bot)
    builders.mark("20000")
    press()
    assert press(user=alice, flatten=True).closing_orders == 0


CRASH = """
import sys, os, signal
from datetime import datetime, timezone
from django.conf import settings
from trading.operations import stop
def die(*args, **more): os.kill(os.getpid(), signal.SIGKILL)
stop.cancel.cancel_where = die
stop.emergency_stop(scope="GLOBAL", user=None, reason="", flatten=False, actor="operator:command", request_id="",
    now=datetime(2026, 3, 2, 12, tzinfo=timezone.utc), policy=settings.POLICY)
"""


@pytest.mark.django_db(transaction=True)
def test_a_stop_killed_after_its_halt_leaves_everything_halted_and_finishes_when_pressed_again(alice):
    builders.fund(alice)
    bot = builders.bot(alice)
    [order] = builders.sent(builders.request(bot))
    process = builders.elsewhere(CRASH)
    _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == -signal.SIGKILL, said
    bot.refresh_from_db()
    assert (bot.status, Order.objects.get().state, Halt.objects.filter(lifted_at__isnull=True).count()) == ("RUNNING", "OPEN", 1)
    [refused] = builders.sent(builders.manual(bot))
    assert refused.refusal == "HALTED"
    report = press()
    assert (report.orders_cancelled, report.bots_paused) == (1, 1)
    assert Halt.objects.count() == 1
    order.refresh_from_db()
    assert order.state == "CANCELLED"


@pytest.mark.django_db(transaction=True)
def test_the_sweeper_finishes_a_killed_stop_without_anybody_pressing(alice):
    builders.fund(alice)
    builders.sent(builders.request(builders.bot(alice)))
    builders.elsewhere(CRASH).communicate(timeout=PATIENCE_S)
    swept = sweep.sweep(data_dir=builders.NOWHERE, policy=builders.policy(), now=NOON + timedelta(minutes=2))
    assert swept.cancelled == 1
    assert Order.objects.get().state == "CANCELLED"


@pytest.mark.django_db(transaction=True)
def test_a_stop_works_with_redis_dead(alice):
    builders.fund(alice)
    bot = builders.bot(alice)
    builders.sent(builders.request(bot))
    process = builders.elsewhere(
        "from django.core.management import call_command; call_command('emergency_stop', '--json')", REDIS_URL="unix:///nonexistent/socket?db=0"
    )
    said, complained = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, complained
    assert json.loads(said.splitlines()[-1])["orders_cancelled"] == 1
    bot.refresh_from_db()
    assert (bot.pause_reason, Order.objects.get().state) == ("EMERGENCY_STOP", "CANCELLED")
    assert Alert.objects.filter(code="EMERGENCY_STOP", person=alice).count() == 1


@pytest.mark.django_db
def test_resuming_everything_needs_an_operator_a_fresh_code_and_a_reason(alice, olga):
    builders.fund(alice)
    bot = builders.bot(alice)
    press()
    code = people.code_at(NOON)
    for actor, facts, no, kind in (
        (olga, {"otp": code, "reason": "  "}, "REASON_REQUIRED", Refusal), (alice, {"otp": code}, "OPERATORS_ONLY", Forbidden),
        (olga, {"otp": ""}, "OTP_MISSING", Forbidden), (olga, {"otp": "000000"}, "OTP_WRONG", Forbidden),
    ):  # fmt: skip
        with pytest.raises(kind) as refused:
            resume(actor, **facts)
        assert refused.value.code == no
    assert Halt.objects.filter(lifted_at__isnull=True).count() == 1
    assert resume(olga, otp=code) == 1
    bot.refresh_from_db()
    assert (bot.status, bot.pause_reason) == ("PAUSED", "EMERGENCY_STOP")
    press()
    with pytest.raises(Forbidden):
        resume(olga, otp=code)
    with pytest.raises(Missing, match="NOT_STOPPED"):
        resume(olga, user=olga, otp=people.code_at(NOON + timedelta(seconds=30)))


@pytest.mark.django_db
def test_ones_own_stop_is_lifted_by_oneself_only(olga):
    alice = people.person("ann", phone=True)
    press(user=alice)
    with pytest.raises(Forbidden, match="NOT_YOURS"):
        resume(olga, user=alice, otp=people.code_at(NOON))
    assert resume(alice, user=alice, otp=people.code_at(NOON)) == 1


@pytest.mark.django_db
def test_a_page_is_told_once_that_its_stop_is_lifted(django_capture_on_commit_callbacks):
    alice = people.person("ann", phone=True)
    halt = press(user=alice).halt_id
    with broker.connection().pubsub(ignore_subscribe_messages=True) as line:
        line.subscribe(wire.PEOPLE)
        line.get_message(timeout=PATIENCE_S)
        with django_capture_on_commit_callbacks(execute=True):
            resume(alice, user=alice, otp=people.code_at(NOON))
        with django_capture_on_commit_callbacks(execute=True):
            wire.publish_on_commit(person=alice.id, type="halt", data={"last": True})
        told: list[dict[str, object]] = []
        while {"last": True} not in told:
            published = line.get_message(timeout=PATIENCE_S)
            assert published is not None, told
            messages = [json.loads(each.split(" ", 1)[1]) for each in published["data"].decode().split("\n")]
            told += [each["data"] for each in messages if each["type"] == "halt"]
    assert told == [{"lifted": [str(halt)]}, {"last": True}]


@pytest.mark.django_db
def test_a_halt_that_only_reduces_lets_exits_pass_and_no_entries(alice):
    builders.fund(alice)
    bot = builders.bot(alice)
    builders.holding(bot)
    halts.raise_halt(scope="BOT", level="REDUCING", source="BREAKER", reason="", actor="system:b", request_id="", now=NOON, bot=bot.id)
    entry, leaving = builders.sent(builders.manual(bot), builders.request(bot, side="SELL", candle=1))
    assert (entry.state, leaving.state) == ("OPEN", "OPEN")  # a person's own order falls under no bot's halt
    [entry] = builders.sent(builders.request(bot, candle=2))
    assert entry.refusal == "REDUCING"


@pytest.mark.django_db
def test_under_a_stop_ticks_go_on_filling_and_judging_but_order_nothing(alice):
    builders.fund(alice)
    bot = builders.bot(alice)
    tape = builders.Tape()
    tape.tick(*flat(20_000, 3))
    press()
    lifecycle_before = Order.objects.count()
    tape.tick((20_000, 22_000, 20_000, 22_000))
    assert Order.objects.count() == lifecycle_before  # paused by the stop: it does not even wish
    assert builders.balance(bot) == (10_000, 0, 0)
