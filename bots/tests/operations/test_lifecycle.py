"""Moves as people and automatons make them: one row, one move, one audit row, one event."""

from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.domain.refusals import Conflict, Missing
from accounts.models import AuditRow
from accounts.realtime import wire
from bots.domain.lifecycle import MOVES, Move, Situation
from bots.models import Bot, BotMove
from bots.operations import halts, lifecycle
from bots.tests import builders
from bots.tests.builders import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def by(alice):
    builders.funded(alice, amount="100000")
    return {"actor": f"user:{alice.id}", "request_id": "r-9", "now": NOON}


def stands(bot):
    bot.refresh_from_db()
    return bot.status, bot.pause_reason


def halted(alice, **more):
    asked = {"scope": "USER", "level": "HALTED", "source": "EMERGENCY_STOP", "reason": "", "user": alice.id, **more}
    return halts.raise_halt(**asked, actor=f"user:{alice.id}", request_id="", now=NOON)


def test_a_bot_runs_rests_and_runs_again(alice, by):
    bot = builders.bot(alice)
    lifecycle.start(bot_id=bot.id, **by)
    assert stands(bot) == ("RUNNING", "")
    lifecycle.pause(bot_id=bot.id, reason="holiday", **by)
    assert stands(bot) == ("PAUSED", "USER")
    lifecycle.resume(bot_id=bot.id, **by)
    assert stands(bot) == ("RUNNING", "")
    assert list(BotMove.objects.order_by("id").values_list("move", "before", "after", "reason")) == [
        ("START", "PAUSED", "RUNNING", ""),
        ("PAUSE", "RUNNING", "PAUSED", "holiday"),
        ("RESUME", "PAUSED", "RUNNING", ""),
    ]
    row = AuditRow.objects.get(act="bot.pause")
    assert (row.before["status"], row.after["status"], row.after["pause_reason"]) == ("RUNNING", "PAUSED", "USER")
    assert (row.reason, row.request_id, row.subject) == ("holiday", "r-9", f"bot:{bot.id}")


def test_a_tripped_bot_is_quarantined_and_comes_back_paused(alice, by):
    bot = builders.bot(alice, running=True)
    lifecycle.trip(reasons={bot.id: "5 losses in a row"}, actor="system:breaker", now=NOON)
    assert stands(bot) == ("CIRCUIT_TRIPPED", "")
    assert bot.stage == "QUARANTINE"
    lifecycle.reset_all(bot_ids=[bot.id], owner=bot.owner_id, reason="looked at it", **by)
    assert stands(bot) == ("PAUSED", "BREAKER_RESET")
    assert bot.stage == "QUARANTINE"


def test_tripping_a_person_costs_as_many_statements_for_eight_bots_as_for_two(alice, bob):
    counted = []
    for person in (alice, bob):
        builders.funded(person, amount="10000")
    for person, number in ((alice, 2), (bob, 8)):
        for each in range(number):
            builders.bot(person, name=f"bot {each}", capital=Decimal(100), running=each % 2 == 0)
        with CaptureQueriesContext(connection) as spent:
            assert len(lifecycle.trip_people(reasons={(person.id, "PAPER"): "fell"}, actor="system:breaker", now=NOON)) == number
        counted.append(len(spent))
        assert set(person.bots.values_list("status", "stage")) == {("CIRCUIT_TRIPPED", "QUARANTINE")}
    assert counted[0] == counted[1]


def test_a_stop_remembers_what_becomes_of_the_position_and_ends_for_ever(alice, by):
    bot = builders.bot(alice, running=True)
    lifecycle.ask_stop(bot_id=bot.id, position="keep", **by)
    assert stands(bot) == ("PAUSED", "STOPPING")
    assert bot.stop_positions == "keep"
    for move in (lifecycle.resume, lifecycle.pause):
        with pytest.raises(Conflict, match="ILLEGAL_MOVE"):
            move(bot_id=bot.id, **by)
    lifecycle.finish_stop(bot_ids=[bot.id], reason="nothing left", actor="system:sweep", now=NOON)
    assert stands(bot) == ("STOPPED", "")
    with pytest.raises(Conflict) as refused:
        lifecycle.start(bot_id=bot.id, **by)
    assert refused.value.numbers["legal"] == []


def test_a_failed_bot_may_be_resumed(alice, by):
    bot = builders.bot(alice, running=True)
    lifecycle.fail(reasons={bot.id: "output not finite"}, actor="system:tick", now=NOON)
    assert stands(bot) == ("ERROR", "")
    lifecycle.resume(bot_id=bot.id, **by)
    assert stands(bot) == ("RUNNING", "")


def test_an_illegal_move_writes_nothing(alice, by):
    bot = builders.bot(alice)
    before = AuditRow.objects.count()
    with pytest.raises(Conflict) as refused:
        lifecycle.pause(bot_id=bot.id, **by)
    assert refused.value.numbers["legal"] == ["START", "STOP"]
    assert stands(bot) == ("PAUSED", "NEW")
    assert AuditRow.objects.count() == before
    assert not BotMove.objects.exists()


def test_somebody_elses_bot_does_not_exist(alice, bob, by):
    bot = builders.bot(alice)
    with pytest.raises(Missing, match="BOT_NOT_FOUND"):
        lifecycle.start(bot_id=bot.id, owner=bob.id, **by)
    assert stands(bot) == ("PAUSED", "NEW")


def test_pause_all_and_resume_all_leave_new_stopping_and_emergency_alone(alice, by):
    new, stopping, running, failed = (builders.bot(alice, running=run, name=str(run)) for run in (False, True, True, True))
    lifecycle.ask_stop(bot_id=stopping.id, position="close", **by)
    lifecycle.fail(reasons={failed.id: "x"}, actor="system:tick", now=NOON)
    assert lifecycle.pause_all(owner=alice.id, reason="night", **by) == 1
    assert stands(running) == ("PAUSED", "USER")
    assert lifecycle.resume_all(owner=alice.id, **by) == 2
    assert [stands(bot) for bot in (new, stopping, running, failed)] == [
        ("PAUSED", "NEW"),
        ("PAUSED", "STOPPING"),
        ("RUNNING", ""),
        ("RUNNING", ""),
    ]
    stop = halts.raise_halt(scope="GLOBAL", level="HALTED", source="EMERGENCY_STOP", reason="panic", **by)
    assert lifecycle.pause_for_stop(halt=stop.id, reason="panic", **by) == {alice.id: 2}
    halts.lift(halt_ids=[stop.id], reason="over", **by)
    assert stands(running) == ("PAUSED", "EMERGENCY_STOP")
    assert lifecycle.resume_all(owner=alice.id, **by) == 0
    lifecycle.resume(bot_id=running.id, **by)
    assert stands(running) == ("RUNNING", "")


def test_pausing_a_person_leaves_others_running(alice, bob, by):
    builders.funded(bob)
    mine, his = builders.bot(alice, running=True), builders.bot(bob, running=True)
    assert lifecycle.pause_for_stop(halt=halted(alice).id, reason="", **by) == {alice.id: 1}
    assert (stands(mine)[0], stands(his)[0]) == ("PAUSED", "RUNNING")


def test_the_number_of_statements_does_not_depend_on_the_number_of_bots(alice, by):
    def statements(bots):
        for number in range(bots):
            builders.bot(alice, running=True, name=f"{bots} {number}", capital=Decimal(10))
        with CaptureQueriesContext(connection) as captured:
            assert lifecycle.pause_all(owner=alice.id, **by) == bots
        return len(captured)

    assert statements(1) == statements(12) <= 12


def test_nothing_starts_or_resumes_under_an_emergency_stop(alice, by):
    new, failed = builders.bot(alice), builders.bot(alice, running=True)
    lifecycle.fail(reasons={failed.id: "x"}, actor="system:tick", now=NOON)
    stop = halted(alice)
    for act in (
        lambda: lifecycle.start(bot_id=new.id, **by),
        lambda: lifecycle.resume(bot_id=failed.id, **by),
        lambda: lifecycle.resume_all(owner=alice.id, **by),
    ):
        with pytest.raises(Conflict) as refused:
            act()
        assert refused.value.code == "HALTED"
        assert refused.value.numbers["halt_id"] == stop.id
    assert (stands(new), stands(failed)) == (("PAUSED", "NEW"), ("ERROR", ""))


def test_under_a_reducing_halt_a_bot_may_start_because_its_entries_are_vetoed_anyway(alice, by):
    bot = builders.bot(alice)
    halted(alice, level="REDUCING", source="BREAKER")
    lifecycle.start(bot_id=bot.id, **by)
    assert stands(bot) == ("RUNNING", "")


def test_each_move_is_published_once_and_only_after_commit(alice, by, django_capture_on_commit_callbacks):
    bot = builders.bot(alice)
    before = wire.head(person=alice.id)
    with django_capture_on_commit_callbacks(execute=True):
        lifecycle.start(bot_id=bot.id, **by)
        assert wire.head(person=alice.id) == before
    assert wire.head(person=alice.id) == before + 1


ALONE: dict[Move, Any] = {
    Move.START: lifecycle.start,
    Move.PAUSE: lifecycle.pause,
    Move.RESUME: lifecycle.resume,
    Move.FAIL: lambda *, bot_id, **by: lifecycle.fail(reasons={bot_id: "x"}, **by),
    Move.TRIP: lambda *, bot_id, **by: lifecycle.trip(reasons={bot_id: "x"}, **by),
    Move.STOP: partial(lifecycle.ask_stop, position="keep"),
    Move.FINISH: lambda *, bot_id, **by: lifecycle.finish_stop(bot_ids=[bot_id], reason="x", **by),
}
OF_MANY = (Move.FAIL, Move.TRIP, Move.FINISH)  # automatons' moves: whoever cannot take them is left out of the set
WAYS = {
    Situation.NEW: [], Situation.RUNNING: [Move.START], Situation.PAUSED: [Move.START, Move.PAUSE], Situation.ERROR: [Move.START, Move.FAIL],
    Situation.CIRCUIT_TRIPPED: [Move.TRIP], Situation.STOPPING: [Move.STOP], Situation.STOPPED: [Move.STOP, Move.FINISH],
}  # fmt: skip


@pytest.mark.parametrize(("here", "move"), [(here, move) for here in Situation for move in Move], ids=lambda each: each.name)
def test_each_move_of_the_table_leaves_one_move_one_audit_row_and_one_event_and_every_other_pair_leaves_nothing(
    alice, by, here, move, django_capture_on_commit_callbacks
):
    bot = builders.bot(alice)
    for way in WAYS[here]:
        ALONE[way](bot_id=bot.id, **{**by, "request_id": "on the way"})
    status, pause_reason = stands(bot)
    act = partial(lifecycle.reset_all, bot_ids=[bot.id], owner=alice.id, reason="x") if move is Move.RESET else partial(ALONE[move], bot_id=bot.id)
    moves, rows, heard = BotMove.objects.count(), AuditRow.objects.count(), wire.head(person=alice.id)
    with django_capture_on_commit_callbacks(execute=True):
        if (here, move) not in MOVES and move in OF_MANY:
            assert act(**by) == frozenset()
        elif (here, move) not in MOVES:
            with pytest.raises(Conflict, match="ILLEGAL_MOVE"):
                act(**by)
        else:
            act(**by)
    legal = int((here, move) in MOVES)
    assert (BotMove.objects.count() - moves, AuditRow.objects.count() - rows, wire.head(person=alice.id) - heard) == (legal, legal, legal)
    if legal:
        row = AuditRow.objects.get(act=f"bot.{move.value.lower()}", request_id="r-9")
        assert (row.before, row.after["status"]) == ({"status": status, "pause_reason": pause_reason}, stands(bot)[0])
        assert (row.actor, row.subject) == (by["actor"], f"bot:{bot.id}")


def test_the_all_forms_leave_a_row_and_an_event_for_each_bot(alice, by, django_capture_on_commit_callbacks):
    """Three new bots: all started, all paused, all resumed, all asked to stop; nothing is left for a second call."""
    for name in "abc":
        builders.bot(alice, name=name)
    rows, heard = AuditRow.objects.count(), wire.head(person=alice.id)
    every = (lifecycle.start_all, lifecycle.pause_all, lifecycle.resume_all, partial(lifecycle.ask_stop_all, position="close"))
    with django_capture_on_commit_callbacks(execute=True):
        assert [act(owner=alice.id, **by) for act in every for _ in range(2)] == [3, 0] * 4
    assert (BotMove.objects.count(), AuditRow.objects.count() - rows, wire.head(person=alice.id) - heard) == (12, 12, 12)
    assert set(Bot.objects.values_list("status", "pause_reason", "stop_positions")) == {("PAUSED", "STOPPING", "close")}
