"""The open sockets of this process and the one subscription that feeds them all, however many they are.

It must not know who may come in, nor what a message means: it passes on texts, adds each person's number to what everybody hears,
and closes sockets whose credential has ended.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from django.conf import settings
from redis import RedisError
from redis.asyncio import Redis

from accounts.domain.chain import stamp
from accounts.realtime import wire
from accounts.web import clock

log = logging.getLogger(__name__)

LOGGED_OUT = 4401
TRY_AGAIN_LATER = 1013
MOST_WAITING = 500  # messages behind a socket that does not take them; its page comes back and asks for everything
READY_S = 2.0
SILENCE_S = 35.0  # without three heartbeats the line is taken for dead
PAUSE_S = 0.5

Said = str | int


class Outbox:
    """What waits to be sent over one socket: texts, or the code to close it with."""

    def __init__(self, *, person: UUID, credential: str, until: datetime | None) -> None:
        self.person, self.until = person, until
        self.credential = wire.credential_name(credential)
        self._waiting: asyncio.Queue[Said] = asyncio.Queue(MOST_WAITING)

    def put(self, said: Said) -> None:
        if self._waiting.full():
            while not self._waiting.empty():
                self._waiting.get_nowait()
            said = TRY_AGAIN_LATER
        self._waiting.put_nowait(said)

    async def next(self) -> Said:
        return await self._waiting.get()


class Hub:
    """Of one event loop; it listens while anybody is there."""

    def __init__(self) -> None:
        self._people: dict[str, set[Outbox]] = {}
        self._credentials: dict[str, set[Outbox]] = {}
        self._ready = asyncio.Event()
        self._listening: asyncio.Task[None] | None = None
        self._redis: Redis | None = None

    @asynccontextmanager
    async def joined(self, outbox: Outbox) -> AsyncIterator[bool]:
        """The outbox is filled from here on: True. False when the broker does not answer."""
        places = ((self._people, outbox.person.hex), (self._credentials, outbox.credential))
        for group, name in places:
            group.setdefault(name, set()).add(outbox)
        if self._listening is None:
            self._ready = asyncio.Event()  # of this line: one that is ending says nothing of the next
            self._listening = asyncio.create_task(self._listen(self._ready))
        ready = self._ready
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(ready.wait(), READY_S)
            yield ready.is_set()
        finally:
            for group, name in places:
                group[name].discard(outbox)
                if not group[name]:
                    del group[name]
            if not self._people:
                await self._end()

    async def heads(self, people: Iterable[UUID]) -> list[int]:
        """The numbers of these persons' latest messages; zeros when the broker does not answer."""
        return await self._numbers(wire.HEADS, [wire.seq_key(person) for person in people])

    async def _numbers(self, script: str, keys: list[str]) -> list[int]:
        try:
            found = await self._redis.eval(script, len(keys), *keys) if self._redis is not None and keys else []  # type: ignore[misc]
        except (RedisError, OSError) as error:
            log.warning("wire.unavailable", extra={"error": type(error).__name__})
            found = []
        return list(found) or [0] * len(keys)

    async def _end(self) -> None:
        """Nobody is left: stop listening."""
        task, self._listening = self._listening, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _listen(self, ready: asyncio.Event) -> None:
        """Until cancelled. Whoever is there when a broken line is mended is greeted anew."""
        again = False
        while True:
            try:
                client = Redis.from_url(settings.REDIS_URL, socket_timeout=READY_S, socket_connect_timeout=READY_S)
                async with client as self._redis, client.pubsub() as line:
                    await line.subscribe(*wire.CHANNELS)
                    await self._pass_on(line, ready, again=again)
            except (RedisError, OSError) as error:
                log.warning("wire.unavailable", extra={"error": type(error).__name__})
            finally:
                ready.clear()
                if self._ready is ready:
                    self._redis = None
            again = True
            await asyncio.sleep(PAUSE_S)

    async def _pass_on(self, line: Any, ready: asyncio.Event, *, again: bool) -> None:
        """Until the line breaks, or nothing is heard on it."""
        missing = set(wire.CHANNELS)
        while (heard := await line.get_message(timeout=SILENCE_S)) is not None:
            channel = heard["channel"].decode()
            if heard["type"] == "subscribe":
                missing.discard(channel)
                if not missing:
                    ready.set()
                    if again:
                        await self._greet_anew()
            elif channel == wire.PEOPLE:
                self._tell_people(heard["data"].decode())
            elif channel == wire.EVERYBODY:
                await self._tell_everybody(heard["data"].decode())
            else:
                for outbox in self._credentials.get(heard["data"].decode(), ()):
                    outbox.put(LOGGED_OUT)

    async def _greet_anew(self) -> None:
        """Nobody knows what was said while the line was broken, or what the broker has forgotten of it: everybody here skips a number,
        so that their pages ask for everything."""
        people = list(self._people)
        heads = await self._numbers(wire.SKIP_NUMBERS, [wire.seq_key(UUID(person)) for person in people])
        for person, head in zip(people, heads, strict=True):
            for outbox in self._people.get(person, ()):
                outbox.put(numbered(said("hello", at=stamp(clock.now())), head=head))

    def _tell_people(self, lines: str) -> None:
        for said in lines.split("\n"):
            person, _, text = said.partition(" ")
            for outbox in self._people.get(person, ()):
                outbox.put(text)

    async def _tell_everybody(self, body: str) -> None:
        now, people = clock.now(), [UUID(person) for person in self._people]
        for person, head in zip(people, await self.heads(people), strict=True):
            text = numbered(body, head=head)
            for outbox in self._people.get(person.hex, ()):
                outbox.put(LOGGED_OUT if outbox.until is not None and outbox.until <= now else text)


def numbered(body: str, *, head: int) -> str:
    """A JSON object with the person's present number in front."""
    return f'{{"seq":{head},{body[1:]}'


def said(type: str, *, at: str) -> str:
    """A message without news."""
    return json.dumps({"type": type, "at": at, "data": {}})


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def mine() -> Hub:
    """The hub of the running loop."""
    return _hubs.setdefault(asyncio.get_running_loop(), Hub())
