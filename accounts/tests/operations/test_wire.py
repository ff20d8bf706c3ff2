"""Publishing waits for the commit, numbers in order, and never gets in a transaction's way."""

import json
import time
from typing import Any

import pytest
from channels.layers import get_channel_layer
from django.db import transaction

from accounts.domain.identity import new_id
from accounts.queries import broker
from accounts.realtime import wire


class Listener:
    """Subscribes to a group's channel in Redis, as the channel layer does."""

    def __init__(self, group: str) -> None:
        self.pubsub = broker.connection().pubsub(ignore_subscribe_messages=True)
        self.pubsub.subscribe(wire._channel(group))
        self.pubsub.get_message(timeout=5)

    def next(self) -> dict[str, Any] | None:
        found = self.pubsub.get_message(timeout=2)
        if found is None:
            return None
        layer = get_channel_layer()
        assert layer is not None
        return json.loads(layer.deserialize(found["data"])["text"])


@pytest.mark.django_db(transaction=True)
def test_messages_arrive_after_the_commit_numbered_from_one() -> None:
    person = new_id()
    listener = Listener(wire.person_group(person))
    with transaction.atomic():
        wire.publish_on_commit(person=person, type="order", data={"id": person})
        wire.publish_many_on_commit([wire.Message(person=person, type="fill", data={"n": n}) for n in (2, 3)])
        assert wire.head(person=person) == 0
    received = [listener.next() for _ in range(3)]
    assert [(m["seq"], m["type"]) for m in received if m] == [(1, "order"), (2, "fill"), (3, "fill")]
    assert received[0] is not None
    assert received[0]["data"] == {"id": str(person)}
    assert received[0]["at"].endswith("Z")
    assert wire.head(person=person) == 3


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_is_not_told() -> None:
    person = new_id()
    with transaction.atomic():
        wire.publish_on_commit(person=person, type="order", data={})
        transaction.set_rollback(True)
    assert wire.head(person=person) == 0


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
        broker.connection.cache_clear()
