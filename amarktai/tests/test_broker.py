"""A worker outlives its broker also when messages are in its hands: what it still says over the lost wire is said in words that
Celery knows."""

from __future__ import annotations

import logging

import pytest
from django.conf import settings
from kombu.connection import Connection
from kombu.message import Message

from amarktai.celery import app

pytestmark = pytest.mark.enable_socket


def message_in_hand(connection: Connection) -> Message:
    """Sent, taken, and not acknowledged."""
    box = connection.SimpleQueue("a_worker_outlives_its_broker")
    box.clear()
    box.put({"weight": 0})
    return box.get(timeout=10)


@pytest.fixture
def connection() -> Connection:
    return app.connection_for_read(settings.CELERY_BROKER_URL)


def test_an_acknowledgement_over_a_wire_that_is_gone_is_a_lost_connection(connection: Connection) -> None:
    message = message_in_hand(connection)
    lost = connection.connection_errors
    connection.collect()

    with pytest.raises(lost, match="connection to the broker is gone"):
        message.ack()


def test_a_task_that_ends_after_the_wire_did_is_logged_and_the_worker_goes_on(
    connection: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    message = message_in_hand(connection)
    lost = connection.connection_errors
    connection.collect()

    message.ack_log_error(logging.getLogger("worker"), errors=lost)

    assert "connection to the broker is gone" in caplog.text
    assert not message.acknowledged
