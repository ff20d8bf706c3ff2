"""Throttles that count in one atomic step in Redis: of 200 parallel requests with a limit of 10, exactly 10 pass.

While Redis is away they let everything through and say so in the log: lockouts and money limits live in the database.
"""

import logging
import time
from dataclasses import dataclass
from typing import Any, cast

import redis
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from accounts.domain.identity import new_id
from accounts.queries import broker

log = logging.getLogger(__name__)

# A sliding log: members older than the window go, then the call is counted if there is room, else the answer is how
# many milliseconds until the oldest leaves.
_ADMIT = """
local now, window, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[1], 0, now - window)
if redis.call('ZCARD', KEYS[1]) < most then
  redis.call('ZADD', KEYS[1], now, ARGV[4])
  redis.call('PEXPIRE', KEYS[1], window)
  return 0
end
local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
return math.max(1, tonumber(oldest[2]) + window - now)
"""


@dataclass(frozen=True)
class Rate:
    """At most `most` calls of the group `name` within any `per_s` seconds, per person, or per address if anonymous."""

    name: str
    most: int
    per_s: int


AUTH = Rate("auth", 60, 60)
MONEY = Rate("money", 600, 60)


def admit(*, rate: Rate, who: str) -> float:
    """0 when the call may pass (and is counted), else the seconds to wait."""
    arguments: list[int | str] = [time.time_ns() // 1_000_000, rate.per_s * 1000, rate.most, new_id().hex]
    try:
        wait = broker.connection().eval(_ADMIT, 1, f"throttle:{rate.name}:{who}", *arguments)
    except redis.RedisError as error:
        log.warning("throttle.unavailable", extra={"error": type(error).__name__})
        return 0.0
    return int(cast(int, wait)) / 1000


class AtomicThrottle(BaseThrottle):
    """Applies the view's `rate`."""

    _wait = 0.0

    def allow_request(self, request: Request, view: APIView) -> bool:
        rate: Any = getattr(view, "rate", None)
        if rate is None:
            return True
        who = str(request.user.pk) if request.user.is_authenticated else request.META.get("REMOTE_ADDR") or "local"
        self._wait = admit(rate=rate, who=who)
        return self._wait == 0

    def wait(self) -> float:
        return max(1.0, self._wait)
