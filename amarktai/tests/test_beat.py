"""The beat table and the queue's settings."""

import pytest
from kombu.exceptions import ContentDisallowed
from kombu.serialization import dumps, loads

from amarktai import beat
from amarktai.celery import app
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
