"""Publishing: after commit, in order, numbered per person by Redis; never in a transaction's way.

A person's message carries the next number, a broadcast the person's present one. So a page refetches when a message is
not last + 1, or a broadcast is not last: messages lost while Redis was away are numbered when it is back, and show up with the
next heartbeat. Numbers begin at the clock's microseconds: a Redis that was emptied, or has forgotten its last second, goes on above
all that anybody has heard, so that no lost message hides behind a number that comes again.
"""

import hashlib
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, cast
from uuid import UUID

import redis
import structlog
from django.conf import settings
from django.db import transaction

from accounts.domain.chain import facts, stamp
from accounts.queries import broker

log = structlog.get_logger()

# Each web process hears these three channels, and passes on what concerns its sockets.
PEOPLE, EVERYBODY, CREDENTIALS = CHANNELS = ("wire:people", "wire:everybody", "wire:credentials")
_PAUSE_AFTER_FAILURE_S = 2.0
_AT_ONCE = 500

# Numbering and publishing are one step, so that numbers arrive in order. A line per message: the person, a space, the JSON.
_NOW = """
local time = redis.call('TIME')
local now = string.format('%d', time[1] * 1000000 + time[2])
"""
_NUMBER_AND_PUBLISH = _NOW + """
local lines = {}
for place, key in ipairs(KEYS) do
    redis.call('SET', key, now, 'NX')
    lines[place] = ARGV[2 * place] .. ' {"seq":' .. string.format('%d', redis.call('INCR', key)) .. ARGV[2 * place + 1]
end
return redis.call('PUBLISH', ARGV[1], table.concat(lines, string.char(10)))
"""
HEADS = _NOW + """
local heads = {}
for place, key in ipairs(KEYS) do
    redis.call('SET', key, now, 'NX')
    heads[place] = tonumber(redis.call('GET', key))
end
return heads
"""
"""For keys of counters: where each stands, one that is new or was forgotten at the clock."""
SKIP_NUMBERS = _NOW + """
local heads = {}
for place, key in ipairs(KEYS) do
    heads[place] = math.max(tonumber(redis.call('GET', key) or 0) + 1, tonumber(now))
    redis.call('SET', key, string.format('%d', heads[place]))
end
return heads
"""
"""For keys of counters: each goes on at a number that nobody has ever heard; the answer is these numbers."""


@dataclass(frozen=True, kw_only=True)
class Message:
    person: UUID
    type: str
    data: dict[str, Any]


class _Line:
    """The connection, and when it may be tried again: a dead Redis must not cost each commit a timeout. `owed`: counters of the
    people whose messages were lost; each skips a number as soon as anything goes out again, so that their pages ask anew."""

    def __init__(self) -> None:
        self.quiet_until = 0.0
        self.owed: set[str] = set()

    def send(self, *command: str | int, counters: Sequence[str] = ()) -> bool:
        """Whether the broker has taken it. `counters` of the people that it was for."""
        if time.monotonic() < self.quiet_until:
            self.owed.update(counters)
            return False
        owed, self.owed = self.owed, set()
        try:
            if owed:
                broker.connection().execute_command("EVAL", SKIP_NUMBERS, len(owed), *owed)  # type: ignore[no-untyped-call]
                owed = set()
            broker.connection().execute_command(*command)  # type: ignore[no-untyped-call]
            return True
        except redis.RedisError as error:
            self.quiet_until = time.monotonic() + _PAUSE_AFTER_FAILURE_S
            self.owed.update(owed, counters)
            log.warning("wire.unavailable", error=type(error).__name__)
            return False


_line = _Line()


def publish_on_commit(*, person: UUID, type: str, data: dict[str, Any]) -> None:
    """Send one message to the person's pages once the present transaction has committed."""
    publish_many_on_commit([Message(person=person, type=type, data=data)])


def publish_many_on_commit(messages: Sequence[Message]) -> None:
    """The same for many, in one round trip."""
    if messages and settings.POLICY.enable_realtime:
        transaction.on_commit(partial(_publish, tuple(messages)), robust=True)


def broadcast(*, type: str, data: dict[str, Any]) -> None:
    """Send to everybody who is connected, now (heartbeat, GLOBAL halt)."""
    _say(EVERYBODY, json.dumps({"type": type, "at": _now(), "data": facts(data)}))


def close_on_commit(*, credential: str) -> None:
    """Close the sockets that were opened with this credential (logout, revoked token)."""
    transaction.on_commit(partial(_say, CREDENTIALS, credential_name(credential)), robust=True)


def credential_name(credential: str) -> str:
    """What a credential is called on the wire, where it must not be readable."""
    return hashlib.sha256(credential.encode()).hexdigest()[:40]


def seq_key(person: UUID) -> str:
    return f"wire:seq:{person.hex}"


def head(*, person: UUID) -> int:
    """The number of the person's latest message, for a page that takes its snapshot by HTTP. 0 when unknown."""
    try:
        [found] = cast(list[int], broker.connection().eval(HEADS, 1, seq_key(person)))
        return found
    except redis.RedisError as error:
        log.warning("wire.unavailable", error=type(error).__name__)
        return 0


def _publish(messages: tuple[Message, ...]) -> None:
    at = _now()
    for start in range(0, len(messages), _AT_ONCE):
        part = messages[start : start + _AT_ONCE]
        texts: list[str] = []
        for message in part:
            rest = json.dumps({"type": message.type, "at": at, "data": facts(message.data)})
            texts += (message.person.hex, "," + rest[1:])
        keys = [seq_key(message.person) for message in part]
        if _line.send("EVAL", _NUMBER_AND_PUBLISH, len(keys), *keys, PEOPLE, *texts, counters=keys):
            log.info("event.published", types=dict(Counter(message.type for message in part)), people=len({*keys}))


def _say(channel: str, text: str) -> None:
    if settings.POLICY.enable_realtime:
        _line.send("PUBLISH", channel, text)


def _now() -> str:
    return stamp(datetime.now(UTC))
