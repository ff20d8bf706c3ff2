"""A stop beside many who claim, stop and resume at the same moment: what it forbids is never granted, and nobody waits for ever."""

import random
import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection

from accounts.models import Alert
from accounts.tests import builders as people
from bots.models import Halt
from bots.operations import halts, lifecycle
from bots.tests.threads import PATIENCE_S, at_once
from ledger.operations import verify
from trading.models import Order
from trading.operations import breaker, stop, sweep
from trading.tests import builders
from trading.tests.builders import NOON
from trading.tests.operations.test_unexplained_trades import by_hand, leaving


def press(*, user=None, source=stop.EMERGENCY_STOP):
    return stop.emergency_stop(
        scope="USER" if user else "GLOBAL", user=user and user.id, reason="", flatten=False, actor="operator:olga", request_id="r", now=NOON,
        policy=builders.policy(), source=source,
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_beside_eight_busy_claimers_nothing_is_claimed_after_the_stop_returns(alice):
    """Four bots' books, eight threads that claim without pause; the stop is pressed in the middle, and they try on."""
    builders.fund(alice, "1000000")
    bots = [builders.bot(alice, name=str(n), capital="100000", born=n) for n in range(4)]
    pressed, returned = threading.Event(), threading.Event()
    before: Counter[tuple[str, str]] = Counter()
    after: Counter[tuple[str, str]] = Counter()
    errors: list[Exception] = []

    def claimer(number):
        late = 0
        try:
            while late < 12:
                was_over = returned.is_set()
                [order] = builders.sent(builders.manual(bots[number % 4]))
                (after if was_over else before)[order.state, order.refusal] += 1
                late += was_over
                if before.total() >= 40:
                    pressed.set()
        except Exception as error:  # noqa: BLE001  the test looks at it
            errors.append(error)
            pressed.set()
        finally:
            connection.close()

    threads = [threading.Thread(target=claimer, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    assert pressed.wait(PATIENCE_S)
    report = press()
    granted = set(Order.objects.exclude(state="REFUSED").values_list("id", flat=True))
    returned.set()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert not errors, errors
    assert set(after) == {("REFUSED", "HALTED")}, after
    assert after.total() >= 96
    assert set(Order.objects.exclude(state="REFUSED").values_list("id", flat=True)) == granted
    assert before["OPEN", ""] > 0
    assert report.bots_paused == 4
    sweep.sweep(data_dir=builders.NOWHERE, policy=builders.policy(), now=NOON + timedelta(minutes=5))
    assert set(Order.objects.values_list("state", flat=True)) <= {"REFUSED", "REJECTED", "CANCELLED"}
    assert verify.verify().ok


@pytest.mark.django_db(transaction=True)
def test_thirty_two_who_stop_resume_and_claim_at_once_never_claim_under_a_stop_nor_wait_for_each_other():
    """Four people with a bot each, who stop and resume their own five times; two operators who do so with everything; the rest
    claim without pause. While a stopper's halt stands nothing of theirs is granted, whatever the others lift meanwhile. A lock
    that is not given within a minute is an error, and so is a deadlock. The seed is printed."""
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    crowd = [people.person(f"person {number}") for number in range(4)]
    for person in crowd:
        builders.fund(person, "10000000")
    bots = [builders.bot(person, capital="5000000") for person in crowd]
    stops_left = threading.Barrier(6)
    over = threading.Event()

    def granted(of):
        return set(Order.objects.filter(owner__in=of).exclude(state="REFUSED").values_list("id", flat=True))

    def stopper(number):
        """The first four stop themselves, the others everybody, each with a halt of their own that nobody else lifts."""
        own = number < 4
        whose = [crowd[number]] if own else crowd
        claims = 0
        for _ in range(5):
            report = press(user=whose[0] if own else None, source=stop.EMERGENCY_STOP if number < 5 else stop.KILL_SWITCH)
            before = granted(whose)
            for _ in range(3):
                [order] = builders.claimed(builders.manual(bots[number % 4])).orders
                assert order.refusal == "HALTED"
                claims += 1
            assert granted(whose) == before
            halts.lift(halt_ids=[report.halt_id], actor="operator:olga", reason="on", request_id="", now=NOON)
        if stops_left.wait() == 0:
            over.set()
        return claims

    def claimer(number):
        dice, passed, tried = random.Random(seed + number), 0, 0
        while not over.is_set() or tried < 10:
            [order] = builders.sent(builders.manual(dice.choice(bots)))
            passed, tried = passed + (order.state != "REFUSED"), tried + 1
        return passed

    def act(number):
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '60s'")
        try:
            return stopper(number) if number < 6 else claimer(number)
        except Exception:
            stops_left.abort()
            over.set()
            raise

    answers = at_once(32, act)
    assert [answer for answer in answers if isinstance(answer, Exception)] == [], f"seed {seed}"
    assert answers[:6] == [15] * 6
    assert Halt.objects.filter(lifted_at__isnull=True).count() == 0
    assert sum(answers[6:]) > 0
    assert verify.verify().ok


@pytest.mark.django_db(transaction=True)
def test_a_stop_that_loses_a_deadlock_to_a_late_fill_pauses_everybody_all_the_same(alice, bob, monkeypatch):
    """A fill of an order that the venue had denied restates a trade, which holds alice's audit chain, and trips her bot, which it then
    waits for; the stop of everybody holds all bots and waits for her chain."""
    builders.fund(alice)
    builders.fund(bob)
    bot, other = builders.bot(alice), builders.bot(bob, name="other")
    builders.holding(bot)
    older = by_hand(bot, "BUY")
    builders.booked(builders.fill(leaving(bot), price="20500"))
    for state in ("UNKNOWN", "NOT_PLACED"):
        Order.objects.filter(id=older.id).update(state=state)
    holds, tried, errors = threading.Event(), threading.Event(), []
    trip, pause = breaker.trip, lifecycle.pause_for_stop

    def trip_once_the_stop_waits(found, *, now):
        holds.set()
        assert tried.wait(PATIENCE_S)
        waits_for_a_lock()
        return trip(found, now=now)

    def pause_and_say_so(**wanted):
        tried.set()
        return pause(**wanted)

    def fill():
        try:
            builders.booked(builders.fill(older, price="19000", at=NOON - timedelta(seconds=30)))
        except Exception as error:  # noqa: BLE001  the test looks at it
            errors.append(error)
        finally:
            connection.close()

    monkeypatch.setattr(breaker, "trip", trip_once_the_stop_waits)
    monkeypatch.setattr(lifecycle, "pause_for_stop", pause_and_say_so)
    booking = threading.Thread(target=fill)
    booking.start()
    assert holds.wait(PATIENCE_S)
    press()
    booking.join()

    other.refresh_from_db()
    assert errors == []
    assert (other.status, other.pause_reason) == ("PAUSED", "EMERGENCY_STOP")
    assert Alert.objects.filter(person=bob, code=stop.EMERGENCY_STOP).count() == 1


def waits_for_a_lock() -> None:
    """Until somebody does: the stop, by then, has all bots."""
    while True:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
            if cursor.fetchone() != (0,):
                return
            cursor.execute("SELECT pg_sleep(0.01), pg_stat_clear_snapshot()")
