"""Publishing waits for the commit, numbers in order, and never gets in a transaction's way."""

import json
import time
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from structlog.testing import capture_logs

from accounts.domain.identity import new_id
from accounts.queries import broker
from accounts.realtime import wire


class Listener:
    """Hears the messages of all people, as the hub of a web process does."""

    def __init__(self) -> None:
        self.pubsub = broker.connection().pubsub(ignore_subscribe_messages=True)
        self.pubsub.subscribe(wire.PEOPLE)
        self.pubsub.get_message(timeout=5)

    def of(self, person: UUID) -> list[dict[str, Any]]:
        """The messages of the next publishing, all of which must be the person's."""
        found = self.pubsub.get_message(timeout=2)
        assert found is not None
        lines = [line.split(" ", 1) for line in found["data"].decode().split("\n")]
        assert {name for name, _ in lines} == {person.hex}
        return [json.loads(text) for _, text in lines]


@pytest.mark.django_db(transaction=True)
def test_messages_arrive_after_the_commit_numbered_one_after_the_other() -> None:
    person = new_id()
    head = wire.head(person=person)
    listener = Listener()
    with transaction.atomic():
        wire.publish_on_commit(person=person, type="order", data={"id": person})
        wire.publish_many_on_commit([wire.Message(person=person, type="fill", data={"n": n}) for n in (2, 3)])
        assert wire.head(person=person) == head
    received = [*listener.of(person), *listener.of(person)]
    assert [(m["seq"] - head, m["type"]) for m in received] == [(1, "order"), (2, "fill"), (3, "fill")]
    assert received[0]["data"] == {"id": str(person)}
    assert received[0]["at"].endswith("Z")
    assert wire.head(person=person) == head + 3


@pytest.mark.django_db(transaction=True)
def test_what_went_out_stands_in_the_log_by_type_and_without_what_it_says() -> None:
    alice, bob = new_id(), new_id()
    with capture_logs() as logs, transaction.atomic():
        wire.publish_many_on_commit([wire.Message(person=one, type=type, data={"n": 1}) for one, type in ((alice, "fill"), (bob, "fill"), (bob, "bot"))])
    assert logs == [{"event": "event.published", "log_level": "info", "types": {"fill": 2, "bot": 1}, "people": 2}]


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_is_not_told() -> None:
    person = new_id()
    head = wire.head(person=person)
    with transaction.atomic():
        wire.publish_on_commit(person=person, type="order", data={})
        transaction.set_rollback(True)
    assert wire.head(person=person) == head


@pytest.mark.django_db(transaction=True)
def test_a_dead_redis_fails_no_commit_and_costs_it_no_time(settings: Any) -> None:
    settings.REDIS_URL = "unix:///nonexistent/redis.sock"
    broker.connection.cache_clear()
    try:
        started = time.monotonic()
        for _ in range(200):
            with transaction.atomic():
                wire.publish_on_commit(person=new_id(), type="order", data={})
        wire.broadcast(type="heartbeat", data={})
        assert wire.head(person=new_id()) == 0
        assert wire._line.quiet_until > started
    finally:
        wire._line.quiet_until = 0.0
        wire._line.owed.clear()
        broker.connection.cache_clear()


@pytest.mark.django_db(transaction=True)
def test_what_was_lost_while_redis_was_away_leaves_a_gap_that_the_next_heartbeat_shows(settings: Any) -> None:
    """One message heard, three lost (two of them unsent, for the broker has just failed): the heartbeat's number is another one."""
    alice, url = new_id(), settings.REDIS_URL
    wire.publish_on_commit(person=alice, type="order", data={})
    heard = wire.head(person=alice)
    settings.REDIS_URL = "unix:///nonexistent/redis.sock"
    broker.connection.cache_clear()
    try:
        for _ in range(3):
            wire.publish_on_commit(person=alice, type="order", data={})
    finally:
        settings.REDIS_URL = url
        broker.connection.cache_clear()
        wire._line.quiet_until = 0.0
    assert wire.head(person=alice) == heard
    wire.broadcast(type="heartbeat", data={})
    assert wire.head(person=alice) > heard
    assert not wire._line.owed


@pytest.mark.django_db(transaction=True)
def test_numbers_go_on_above_all_that_was_heard_when_the_broker_has_forgotten_them() -> None:
    """Emptied (the last words of the person are gone), and once more with its last second lost (an older number stands there)."""
    alice = new_id()
    for _ in range(3):
        wire.publish_on_commit(person=alice, type="order", data={})
    heard = wire.head(person=alice)
    broker.connection().delete(wire.seq_key(alice))
    wire.publish_on_commit(person=alice, type="order", data={})
    after = wire.head(person=alice)
    assert after > heard + 1, "a gap that the page sees"

    broker.connection().set(wire.seq_key(alice), after - 1)
    wire._line.owed.add(wire.seq_key(alice))
    wire.publish_on_commit(person=alice, type="order", data={})
    assert wire.head(person=alice) > after + 1
