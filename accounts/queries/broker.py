"""The connection to Redis that the wire publishes on and the throttles count on. A dead Redis answers within a second."""

from __future__ import annotations

from functools import cache

import redis
from django.conf import settings

TIMEOUT_S = 1.0


@cache
def connection() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S, retry=None)
