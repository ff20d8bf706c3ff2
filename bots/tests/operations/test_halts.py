"""Halts: raised under the closed gate, counted, told, lifted once."""

import json
import threading
from datetime import timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.domain.refusals import Missing, Refusal
from accounts.models import Alert, AuditRow
from accounts.queries import broker, sql
from accounts.realtime import wire
from bots.models import Halt
from bots.operations import halts, lifecycle
from bots.queries import halts as halt_queries
from bots.tests import builders
from bots.tests.builders import NOON
from bots.tests.threads import PATIENCE_S, at_once

pytestmark = pytest.mark.django_db


def stop(user=None, **more):
    scope = "GLOBAL" if user is None else "USER"
    asked = {"scope": scope, "level": "HALTED", "source": "EMERGENCY_STOP", "reason": "panic", "now": NOON, **more}
    return halts.raise_halt(**asked, user=user and user.id, actor="operator:olga", request_id="r-1")


def lift(*raised, reason="all clear"):
    return halts.lift(
        halt_ids=[halt.id for halt in raised], actor="operator:olga", reason=reason, request_id="r-2", now=NOON
    )


def test_nothing_stands_at_first():
    assert halt_queries.standing().rows == ()


def test_a_raised_halt_stands_counts_and_is_told(alice):
    before = halt_queries.standing().epoch
    halt = stop(alice, flatten=True)
    standing = halt_queries.standing()
    assert standing.epoch == before + 1
    [row] = standing.rows
    assert (row.id, row.scope, row.level, row.user, row.flatten) == (halt.id, "USER", "HALTED", alice.id, True)
    assert AuditRow.objects.get(act="halt.raise").after["source"] == "EMERGENCY_STOP"
    alert = Alert.objects.get(code="EMERGENCY_STOP")
    assert (alert.person_id, alert.severity) == (alice.id, "CRITICAL")


@pytest.mark.parametrize(
    ("scope", "level", "reason", "said"),
    [
        ("USER", "HALTED", "Emergency stop", "Your trading is stopped: nothing is ordered. Reason: Emergency stop."),
        ("USER", "REDUCING", "Five lost.", "Your trading is restricted: only closing orders are sent. Reason: Five lost."),
        ("GLOBAL", "HALTED", "", "Trading of everybody is stopped: nothing is ordered."),
    ],
)
def test_the_alert_speaks_to_whom_it_concerns(alice, scope, level, reason, said):
    stop(alice if scope == "USER" else None, level=level, reason=reason)
    assert Alert.objects.get().sentence == said


def test_a_lifted_halt_no_longer_stands_and_counts_again(alice):
    halt, kept = stop(alice), stop()
    before = halt_queries.standing().epoch
    assert lift(halt) == 1
    standing = halt_queries.standing()
    assert [row.id for row in standing.rows] == [kept.id]
    assert standing.epoch == before + 1
    assert AuditRow.objects.get(act="halt.lift").reason == "all clear"
    with pytest.raises(Missing, match="NO_SUCH_HALT"):
        lift(halt)
    assert halt_queries.standing().epoch == before + 1


def test_lifting_needs_a_reason(alice):
    halt = stop(alice)
    with pytest.raises(Refusal, match="REASON_REQUIRED"):
        lift(halt, reason="  ")
    assert len(halt_queries.standing().rows) == 1


def test_pressing_stop_again_answers_with_the_halt_that_stands(alice):
    first, again, flatten = stop(alice), stop(alice), stop(alice, flatten=True)
    assert again.id == first.id
    assert flatten.id != first.id
    assert AuditRow.objects.filter(act="halt.raise").count() == 3


def test_the_pages_are_told_of_the_halt_that_stands_and_no_alert_names_one_that_does_not(alice, django_capture_on_commit_callbacks):
    """Pressed now, and again eleven minutes later, when the alert is raised anew."""
    with broker.connection().pubsub(ignore_subscribe_messages=True) as line:
        line.subscribe(wire.PEOPLE)
        line.get_message(timeout=PATIENCE_S)
        with django_capture_on_commit_callbacks(execute=True):
            halt = stop(alice)
        with django_capture_on_commit_callbacks(execute=True):
            assert stop(alice, now=NOON + timedelta(minutes=11)).id == halt.id
        told: list[dict[str, Any]] = []
        while len(told) < 2:
            published = line.get_message(timeout=PATIENCE_S)
            assert published is not None, told
            messages = [json.loads(each.split(" ", 1)[1]) for each in published["data"].decode().split("\n")]
            told += [each["data"] for each in messages if each["type"] == "halt"]
    assert told == [{"id": str(halt.id), "scope": "USER", "level": "HALTED"}] * 2
    assert [alert.data for alert in Alert.objects.all()] == [{"scope": "USER", "level": "HALTED", "bot": None}] * 2


def test_a_persons_view_of_halts_leaves_others_out(alice, bob):
    mine, everybody, his = stop(alice), stop(), stop(bob)
    seen = {halt.id for halt in halt_queries.over(owner=alice.id)}
    assert seen == {mine.id, everybody.id}
    assert his.id not in seen


def test_standing_halts_are_one_statement(alice, django_assert_num_queries):
    for number in range(3):
        stop(alice, source=f"TEST_{number}")
    with django_assert_num_queries(1):
        assert len(halt_queries.standing().rows) == 3


def test_the_sql_and_the_rules_agree_which_halt_covers_what(alice, bob):
    """Every halt that the database takes, over every order of two people, in two wallets, by two bots and by hand: 75 over 24. GLOBAL
    covers 24 and, in a mode, 12 each. A person's cover 12, 6 in either wallet, and half of that in either mode: 48 each. A bot's 54
    cover its 8 orders, whatever else they name."""
    wallets = [builders.funded(alice, venue=venue).id for venue in ("sim", "recorded")]
    bots = [builders.bot(alice, name=name).id for name in ("one", "other")]
    people, modes = [alice.id, bob.id], ["PAPER", "LIVE"]
    subjects = [
        *product(["GLOBAL"], [None], ["", *modes], [None], [None]), *product(["USER"], people, ["", *modes], [None, *wallets], [None]),
        *product(["BOT"], [None, *people], ["", *modes], [None, *wallets], bots),
    ]  # fmt: skip
    raised = Halt.objects.bulk_create(
        Halt(
            scope=scope, user_id=user, mode=mode, wallet_id=wallet, bot_id=bot, level="HALTED", source="TEST", raised_by="t", raised_at=NOON
        )
        for scope, user, mode, wallet, bot in subjects
    )
    orders = list(product(people, modes, wallets, [None, *bots]))
    found = sql.fetch(
        f"""
        SELECT h.id, o.owner, o.mode, o.wallet, o.bot
        FROM bots_halt h, unnest(%s::uuid[], %s::text[], %s::uuid[], %s::uuid[]) AS o(owner, mode, wallet, bot)
        WHERE {halt_queries.covering(owner="o.owner", mode="o.mode", wallet="o.wallet", bot="o.bot")}
        """,
        *map(list, zip(*orders, strict=True)),
    )
    ruled = {
        (halt.id, *order)
        for halt, order in product(raised, orders)
        if halt_queries.veto_of(halt).covers(**dict(zip(("owner", "mode", "wallet", "bot"), order, strict=True)))
    }
    assert set(found) == ruled
    assert (len(raised), len(orders), len(found)) == (75, 24, 48 + 2 * 48 + 54 * 8)


@pytest.mark.django_db(transaction=True)
def test_sixteen_who_stop_at_once_raise_one_halt(alice):
    answers = at_once(16, lambda _: stop(alice))
    assert len({halt.id for halt in answers}) == 1, answers
    assert Halt.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_stop_waits_for_the_claim_under_way_and_later_claims_queue_behind_it(alice):
    """The claim in the gate commits first; one that comes while the stop waits sees the halt."""
    inside, leave = threading.Event(), threading.Event()
    seen: dict[str, Any] = {}

    def early_claim():
        with transaction.atomic():
            halts.share_gate()
            seen["early"] = halt_queries.standing().rows
            inside.set()
            assert leave.wait(PATIENCE_S)
            seen["stop had returned"] = "stop" in seen
        connection.close()

    def press_stop():
        assert inside.wait(PATIENCE_S)
        seen["stop"] = stop(alice).id
        connection.close()

    def late_claim():
        with transaction.atomic():
            halts.share_gate()
            seen["late"] = [row.id for row in halt_queries.standing().rows]
        connection.close()

    def waiters(granted_to):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            return cursor.fetchone()[0] >= granted_to

    def until(count):
        for _ in range(PATIENCE_S * 50):
            if waiters(count):
                return
            threading.Event().wait(0.02)
        raise AssertionError(f"nobody waits: {seen}")

    threads = [threading.Thread(target=act) for act in (early_claim, press_stop, late_claim)]
    threads[0].start()
    threads[1].start()
    assert inside.wait(PATIENCE_S)
    until(1)
    threads[2].start()
    until(2)
    leave.set()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert seen["early"] == ()
    assert seen["stop had returned"] is False
    assert seen["late"] == [seen["stop"]]


@pytest.mark.django_db(transaction=True)
def test_a_bot_that_starts_beside_a_stop_never_runs_under_it(alice):
    """Whoever comes first: the stop pauses the bot, or the start sees the halt."""
    builders.funded(alice)
    for round_ in range(4):
        bots = [builders.bot(alice, name=f"{round_} {number}", capital=Decimal(20)) for number in range(4)]

        def act(number, bots=bots):
            if number < 4:
                return lifecycle.start(bot_id=bots[number].id, actor="user:a", request_id="", now=NOON)
            halt = stop(alice)
            return halt, lifecycle.pause_for_stop(halt=halt.id, reason="", actor="user:a", request_id="", now=NOON)

        answers = at_once(5, act)
        for bot in bots:
            bot.refresh_from_db()
            assert bot.status == "PAUSED", answers
            assert bot.pause_reason in ("NEW", "EMERGENCY_STOP")
        lift(answers[4][0])
