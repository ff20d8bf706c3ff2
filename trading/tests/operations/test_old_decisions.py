"""Decisions are kept for 90 days and then go in batches; younger ones and those of replays go by nobody's hand."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection
from structlog.testing import capture_logs

from accounts.models import User
from bots.models import Bot
from trading import tasks
from trading.models import Decision, ReplayRun
from trading.operations import decisions
from trading.tests import builders
from trading.tests.builders import NOON

pytestmark = pytest.mark.django_db(transaction=True)
App = psycopg.Connection[tuple[Any, ...]]
DAY = timedelta(days=1)


@pytest.fixture
def now() -> datetime:
    """The database judges by its own clock, so these tests go by the real one."""
    return datetime.now(UTC)


@pytest.fixture
def trend(alice: User) -> Bot:
    builders.fund(alice)
    return builders.bot(alice)


def decided(of: Bot, *ages: timedelta, now: datetime) -> None:
    """Decisions of this bot so long ago, each on the candle of the minute before."""
    Decision.objects.bulk_create(
        Decision(bot=of, candle=now - age - timedelta(minutes=1), leg="ENTRY", timeframe="1m", strategy_version=1, at=now - age)
        for age in ages
    )


def ages(now: datetime) -> list[int]:
    """How many whole days ago those were made that are left, the oldest first."""
    return [(now - at) // DAY for at in Decision.objects.order_by("at").values_list("at", flat=True)]


def test_what_was_decided_more_than_90_days_ago_goes_and_the_rest_stays(trend: Bot, now: datetime) -> None:
    decided(trend, 400 * DAY, 91 * DAY, 90 * DAY + timedelta(minutes=1), 90 * DAY - timedelta(minutes=1), DAY, now=now)
    assert decisions.forget(now=now) == 3
    assert ages(now) == [89, 1]
    assert decisions.forget(now=now) == 0


def test_it_goes_batch_by_batch_and_each_is_told(trend: Bot, alice: User, now: datetime) -> None:
    """Five old ones of two bots in batches of two: 2, 2, 1, none; nothing is told of nothing."""
    other = builders.bot(alice, name="Other")
    decided(trend, *((100 + day) * DAY for day in range(3)), now=now)
    decided(other, *((100 + day) * DAY for day in range(2)), now=now)
    with capture_logs() as logs:
        assert [decisions.forget(now=now, batch=2) for _ in range(4)] == [2, 2, 1, 0]
    told = [(entry["event"], entry["decisions"], entry["more"]) for entry in logs]
    assert told == [("decisions.forgotten", 2, True), ("decisions.forgotten", 2, True), ("decisions.forgotten", 1, False)]


def test_a_late_decision_on_an_old_candle_counts_from_when_it_was_made(trend: Bot, now: datetime) -> None:
    Decision.objects.create(bot=trend, candle=now - 91 * DAY, leg="EXIT", timeframe="1m", strategy_version=1, at=now - 89 * DAY)
    assert decisions.forget(now=now) == 0


def test_the_decisions_of_a_replay_stay_with_it(trend: Bot, bob: User, now: datetime) -> None:
    """Candles of years ago are decided in a replay today; asked for again, it counts them again."""
    builders.fund(bob)
    ReplayRun.objects.create(name="of-old", owner=bob, settings={}, started_at=now)
    replayed = builders.bot(bob, name="Replayed")
    decided(replayed, 2000 * DAY, now=now)
    decided(trend, 2000 * DAY, now=now)
    assert decisions.forget(now=now) == 1
    assert Decision.objects.get().bot_id == replayed.id


def test_a_clock_that_is_ahead_deletes_nothing_young(trend: Bot, now: datetime) -> None:
    decided(trend, 91 * DAY, 89 * DAY, now=now)
    assert decisions.forget(now=now + 365 * DAY) == 1
    assert ages(now) == [89]


def test_what_deletes_them_and_what_refuses_to_know_the_same_age() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'trading_decisions_kept'")
        (trigger,) = cursor.fetchone()
    assert [re.findall(r"interval '([^']+)'", source) for source in (decisions._FORGET, trigger)] == [["90 days"], ["90 days"]]


@pytest.fixture
def young_and_old(trend: Bot, now: datetime) -> Bot:
    decided(trend, 91 * DAY, 89 * DAY, now=now)
    return trend


@pytest.mark.parametrize(
    "attack",
    ["owner_id = (SELECT id FROM accounts_user WHERE username = 'alice')", "name = 'another'", "settings = '{\"bots\": 2}'", "started_at = now()"],
)
def test_not_even_the_application_gives_a_run_to_another_person(bob: User, trend: Bot, app_connection: App, attack: Any, now: datetime) -> None:
    """A run that is somebody else's would let the decisions of its bots be deleted."""
    ReplayRun.objects.create(name="of-old", owner=bob, settings={}, started_at=NOON)
    with pytest.raises(psycopg.errors.RestrictViolation, match="trading_replayrun") as refused:
        app_connection.execute("UPDATE trading_replayrun SET " + attack)
    app_connection.execute("UPDATE trading_replayrun SET finished_at = now(), report = '{}'")
    assert refused.value.diag.constraint_name == "replayrun_stays_whose"


@pytest.mark.parametrize(
    "attack",
    [
        "DELETE FROM trading_decision",
        "DELETE FROM trading_decision WHERE at > now() - interval '90 days'",
        "DELETE FROM trading_decision WHERE candle < now() - interval '80 days'",
        "WITH gone AS (DELETE FROM trading_decision RETURNING bot_id) SELECT count(*) FROM gone",
        "TRUNCATE trading_decision",
        "UPDATE trading_decision SET at = at - interval '90 days'",
    ],
)
def test_not_even_the_application_deletes_a_young_one(young_and_old: Bot, app_connection: App, attack: Any, now: datetime) -> None:
    with pytest.raises((psycopg.errors.RestrictViolation, psycopg.errors.InsufficientPrivilege)):
        app_connection.execute(attack)
    assert ages(now) == [91, 89]


def test_the_application_has_the_right_and_is_refused_by_the_trigger(young_and_old: Bot, app_connection: App, now: datetime) -> None:
    with pytest.raises(psycopg.errors.RestrictViolation) as refused:
        app_connection.execute("DELETE FROM trading_decision")
    assert refused.value.diag.constraint_name == "decisions_kept"
    app_connection.execute("DELETE FROM trading_decision WHERE at < now() - interval '90 days'")
    assert ages(now) == [89]


def test_the_application_deletes_nothing_of_a_replay_however_old(young_and_old: Bot, app_connection: App, now: datetime) -> None:
    ReplayRun.objects.create(name="hers", owner=young_and_old.owner, settings={}, started_at=now)
    with pytest.raises(psycopg.errors.RestrictViolation):
        app_connection.execute("DELETE FROM trading_decision WHERE at < now() - interval '90 days'")
    assert ages(now) == [91, 89]


def test_the_task_of_the_beat_deletes_by_the_real_clock(young_and_old: Bot, now: datetime) -> None:
    tasks.forget_decisions()
    assert ages(now) == [89]


def test_the_oldest_are_found_without_reading_the_young(trend: Bot, now: datetime) -> None:
    """Through the primary key, from each bot's oldest candle on: of 200 bots with 100 young decisions each none is read."""
    with builders.past_the_triggers() as cursor:
        cursor.execute(
            "INSERT INTO trading_decision (bot_id, candle, leg, timeframe, strategy_version, at) SELECT bot, %s - make_interval(mins => n), "
            "'ENTRY', '1m', 1, %s FROM (SELECT gen_random_uuid() AS bot FROM generate_series(1, 200)) b, generate_series(1, 100) n",
            [now, now],
        )
    decided(trend, 91 * DAY, now=now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute("EXPLAIN " + decisions._FORGET, [now, decisions.BATCH, decisions.BATCH])
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Seq Scan on trading_decision" not in plan, plan
    assert "bot_id = b.id" in plan, plan
