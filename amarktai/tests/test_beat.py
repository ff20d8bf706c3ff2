"""The beat table and the queue's settings."""

import time
from collections.abc import Iterator

import psycopg
import pytest
from django.conf import settings
from django.core.cache import cache
from kombu.exceptions import ContentDisallowed
from kombu.serialization import dumps, loads

from amarktai import beat, scheduler
from amarktai.celery import app
from amarktai.tests.launcher.conftest import wait_until
from trading.venues.simulated import SimVenue


@pytest.mark.parametrize("seconds", [1, 5, 30])
def test_each_entry_names_a_task_that_exists_and_expires_before_the_next(seconds):
    app.loader.import_default_modules()
    table = beat.table(sim_candle_seconds=seconds)
    assert table
    for name, entry in table.items():
        assert entry["task"] in app.tasks, name
        assert entry["options"]["expires"] <= entry["schedule"], name


def test_the_simulated_market_ticks_on_its_finest_candle():
    assert beat.table(sim_candle_seconds=2)["tick sim 2s"]["kwargs"] == {"venue": "sim", "timeframe": "2s"}


@pytest.mark.parametrize("seconds", [1, 5, 30])
def test_every_timeframe_that_a_bot_may_choose_there_is_ticked(seconds):
    ticked = {entry["kwargs"]["timeframe"] for entry in beat.table(sim_candle_seconds=seconds).values() if entry["kwargs"]}
    assert ticked == set(SimVenue(base_seconds=seconds).timeframes)


def test_a_task_ends_before_the_broker_hands_it_out_again():
    assert app.conf.task_soft_time_limit < app.conf.task_time_limit
    assert app.conf.task_time_limit < app.conf.broker_transport_options["visibility_timeout"]
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    assert app.conf.worker_prefetch_multiplier == 1


def test_messages_are_json_and_a_pickle_is_refused():
    content_type, encoding, body = dumps({"a": 1}, serializer="pickle")
    with pytest.raises(ContentDisallowed):
        loads(body, content_type, encoding, accept=app.conf.accept_content)


@pytest.fixture
def turns() -> Iterator[tuple[scheduler.Turn, scheduler.Turn]]:
    both = scheduler.Turn(settings.DATABASE_URL), scheduler.Turn(settings.DATABASE_URL)
    yield both
    for turn in both:
        turn.let_go()


def test_a_turn_is_held_by_one_until_its_connection_ends(turns):
    first, second = turns
    assert first.mine()
    assert first.mine(), "asking again does not give it away"
    assert not second.mine()
    assert first.connection
    first.connection.close()  # as when the process is killed; the server needs a moment to notice
    wait_until(second.mine)
    assert not first.mine()


def test_whoever_loses_the_connection_has_lost_the_turn_until_it_is_taken_anew(turns):
    first, second = turns
    assert first.mine()
    with psycopg.connect(settings.DATABASE_URL, autocommit=True) as server:
        server.execute("SELECT pg_terminate_backend(%s)", [first.connection.info.backend_pid])
    wait_until(lambda: not first.mine())
    wait_until(second.mine)
    assert not first.mine()


def test_without_a_database_nobody_sends():
    assert not scheduler.Turn("postgresql://app@127.0.0.1:1/nothing").mine()


def beating(monkeypatch, *, mine):
    """A scheduler with one task that is due at once, and the names of what it sent."""
    sent = []
    made = scheduler.Scheduler(app=app, schedule={}, lazy=True)
    made.update_from_dict({"one": beat.every(0.001, "trading.tasks.heartbeat")})
    monkeypatch.setattr(made.turn, "mine", lambda: mine)
    monkeypatch.setattr(made, "apply_entry", lambda entry, producer=None: sent.append(entry.name))
    time.sleep(0.01)
    wait = made.tick()
    return made, sent, wait


def test_a_beat_out_of_turn_sends_nothing_leaves_no_sign_and_asks_again_in_a_second(monkeypatch):
    cache.delete(scheduler.KEY)
    made, sent, wait = beating(monkeypatch, mine=False)
    assert (sent, wait, cache.get(scheduler.KEY)) == ([], 1.0, None)
    made.close()


def test_a_beat_in_its_turn_sends_and_leaves_a_sign(monkeypatch):
    cache.delete(scheduler.KEY)
    made, sent, _ = beating(monkeypatch, mine=True)
    assert sent == ["one"]
    assert cache.get(scheduler.KEY) is not None
    cache.delete(scheduler.KEY)
    made.close()


def test_a_beat_outlives_its_broker(monkeypatch, settings):
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}
    made, sent, _ = beating(monkeypatch, mine=True)
    assert sent == ["one"]
    made.close()
