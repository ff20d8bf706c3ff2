"""Whose bots a stop of everybody has paused hears it: once, in the transaction that pauses them, and it costs one statement."""

import signal
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Alert
from accounts.operations import alerts
from accounts.queries import alerts as alert_queries
from accounts.tests import builders as people
from bots.models import Bot
from bots.operations import halts
from bots.tests.threads import PATIENCE_S
from trading.models import ReplayRun
from trading.operations import stop, sweep
from trading.tests import builders
from trading.tests.builders import NOON

OPERATOR_SAYS = (
    "An operator has stopped trading for everybody: your running bots are paused and nothing is ordered. "
    "Resume them once the stop is lifted. Reason: Drill."
)
KILLED = """
import os, signal
from datetime import datetime, timezone
from django.conf import settings
from trading.operations import stop
def die(*args, **more): os.kill(os.getpid(), signal.SIGKILL)
stop.alerts.tell_each = die
stop.emergency_stop(scope="GLOBAL", user=None, reason="Drill", flatten=False, actor="operator:olga", request_id="",
    now=datetime(2026, 3, 2, 12, tzinfo=timezone.utc), policy=settings.POLICY)
"""


def press(*, user=None, now=NOON, source=stop.EMERGENCY_STOP, reason="Drill"):
    return stop.emergency_stop(
        scope="USER" if user else "GLOBAL", user=user and user.id, reason=reason, flatten=False, actor="operator:olga", request_id="r",
        now=now, policy=builders.policy(), source=source,
    )  # fmt: skip


def crowd(size):
    """So many people with a running bot each."""
    found = [people.person() for _ in range(size)]
    for each in found:
        builders.fund(each)
        builders.bot(each)
    return found


def told():
    """Who was told what, without the operators."""
    return sorted(Alert.objects.exclude(person=None).values_list("person__username", "severity", "code", "sentence"))


@pytest.mark.django_db
def test_everybody_whose_bots_were_paused_is_told_once_and_nobody_else(alice, bob):
    """Alice has two running bots, bob one, carol one that is new; a replay runs for dora."""
    carol, dora = people.person("carol"), people.person("dora")
    for each in (alice, bob, carol, dora):
        builders.fund(each)
        builders.bot(each, running=each is not carol)
    builders.bot(alice, name="second")
    ReplayRun.objects.create(name="past", owner=dora, settings={}, started_at=NOON)
    assert press().bots_paused == 4
    press(now=NOON + timedelta(minutes=30))
    assert told() == [(each.username, "CRITICAL", "EMERGENCY_STOP", OPERATOR_SAYS) for each in (alice, bob)]
    assert Alert.objects.filter(person=alice).get().data["scope"] == "GLOBAL"


@pytest.mark.django_db
def test_the_kill_switch_is_named_when_it_was_that(alice):
    crowd(1)
    press(source=stop.KILL_SWITCH, reason="Kill switch")
    [(_, severity, code, sentence)] = told()
    assert (severity, code, sentence.split(":")[0]) == ("CRITICAL", "KILL_SWITCH", "The kill switch has stopped trading for everybody")


@pytest.mark.django_db
def test_who_is_stopped_alone_hears_it_once(alice):
    builders.fund(alice)
    builders.bot(alice)
    press(user=alice)
    assert told() == [("alice", "CRITICAL", "EMERGENCY_STOP", "Your trading is stopped: nothing is ordered. Reason: Drill.")]


@pytest.mark.django_db
def test_twenty_people_are_told_in_as_many_statements_as_two(olga):
    counts = []
    for size in (2, 20):
        crowd(size)
        with CaptureQueriesContext(connection) as asked:
            report = press(now=NOON + timedelta(hours=size))
        assert report.bots_paused == size
        about = [one["sql"] for one in asked.captured_queries if "accounts_alert" in one["sql"]]
        counts.append((len(about), sum("INSERT INTO accounts_alert" in each for each in about)))
        halts.lift(halt_ids=[report.halt_id], actor="operator:olga", reason="over", request_id="", now=NOON + timedelta(hours=size))
    assert counts == [(3, 1), (3, 1)]  # two more for the operators' own
    assert len(told()) == 22


@pytest.mark.django_db(transaction=True)
def test_who_dies_before_people_are_told_has_paused_nobody_and_the_sweeper_does_both(alice):
    builders.fund(alice)
    bot = builders.bot(alice)
    process = builders.elsewhere(KILLED)
    _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == -signal.SIGKILL, said
    assert (Bot.objects.get(id=bot.id).status, told()) == ("RUNNING", [])
    for minutes in (2, 4):
        sweep.sweep(data_dir=builders.NOWHERE, policy=builders.policy(), now=NOON + timedelta(minutes=minutes))
    assert (Bot.objects.get(id=bot.id).status, told()) == ("PAUSED", [("alice", "CRITICAL", "EMERGENCY_STOP", OPERATOR_SAYS)])


@pytest.mark.django_db
def test_an_operator_reads_once_what_many_were_told_and_nothing_of_replays(alice, bob, olga):
    for each in (alice, bob):
        builders.fund(each)
        builders.bot(each)
    press()
    alerts.raise_alert(person=bob.id, severity="CRITICAL", code="TRIP", sentence="Of bob.", data={}, now=NOON)
    assert [alert.person for alert in alert_queries.newest_critical(but=[], most=5)] == [bob, None]
    assert [alert.person for alert in alert_queries.newest_critical(but=[bob.id], most=5)] == [None]
