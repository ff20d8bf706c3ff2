"""The heartbeat: first a row that proves the database, then the wire and the log, with the last tick."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import ProgrammingError, connection, transaction

from accounts.realtime import wire
from ledger.tests.builders import market
from trading.models import Heartbeat, Stream
from trading.operations import heartbeat
from trading.tests.builders import NOON


@pytest.fixture
def heard(transactional_db: None) -> Iterator[Any]:
    """What everybody's pages have heard when the call is over."""
    with redis.Redis.from_url(settings.REDIS_URL) as line, line.pubsub(ignore_subscribe_messages=True) as hearing:
        hearing.subscribe(wire.EVERYBODY)
        hearing.get_message(timeout=5)

        def so_far() -> list[dict[str, Any]]:
            line.publish(wire.EVERYBODY, "the end")
            told: list[dict[str, Any]] = []
            while True:
                message = hearing.get_message(timeout=5)
                if message and message["data"] == b"the end":
                    return told
                if message:
                    told.append(json.loads(message["data"]))

        yield so_far


def test_it_carries_the_last_tick_of_each_venue_and_leaves_one_row_a_process(heard: Any) -> None:
    for venue, seconds in (("sim", 5), ("recorded", 60)):
        at = NOON - timedelta(seconds=seconds)
        Stream.objects.create(market=market("BTC/USDT", venue=venue), timeframe="1m", ticked_at=at)
    Stream.objects.create(market=market("ETH/USDT", venue="sim"), timeframe="1m", run="a replay", ticked_at=NOON)
    for _ in range(2):
        heartbeat.beat(processes=("worker", "beat"), now=NOON)
    assert set(Heartbeat.objects.values_list("process", "at")) == {("worker", NOON), ("beat", NOON)}
    first, second = heard()
    assert first["type"] == second["type"] == "heartbeat"
    assert first["data"]["last_tick"] == {"sim": "2026-03-02T11:59:55.000000Z", "recorded": "2026-03-02T11:59:00.000000Z"}


def test_a_database_that_takes_no_writes_is_silence(heard: Any) -> None:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE trading_heartbeat RENAME TO away")
        with pytest.raises(ProgrammingError):
            heartbeat.beat(processes=("worker",), now=NOON)
        transaction.set_rollback(True)
    assert heard() == []
