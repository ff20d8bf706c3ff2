"""The wire between Celery and the broker: Redis as kombu speaks it, and one mend. Holds nothing of what is sent."""

from __future__ import annotations

from typing import Any

from kombu.transport import redis as kombu_redis
from redis.exceptions import ConnectionError as ConnectionLost


class Channel(kombu_redis.Channel):
    """A channel that stays a lost one.

    After a lost connection the worker closes twice, first the transport and then the channels on it, and tasks that end
    meanwhile still acknowledge. kombu 5.7 then opens a client with the address of a transport that is gone, and ends the
    worker with an AttributeError. A channel without a transport now says what it is; every caller knows that answer: what was
    not acknowledged is handed out again after the visibility timeout.
    """

    def _create_client(self, asynchronous: bool = False) -> Any:
        if self.connection is None or self.connection.client is None:
            raise ConnectionLost("This channel's connection to the broker is gone.")
        return super()._create_client(asynchronous)  # type: ignore[no-untyped-call]


class Transport(kombu_redis.Transport):
    """Redis with the channel above."""

    Channel = Channel
