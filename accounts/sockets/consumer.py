"""One open page or script: joins its person's group, passes messages on, closes when its credential ends."""

import json
import logging
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from redis.exceptions import RedisError

from accounts.domain.chain import stamp
from accounts.realtime import wire
from accounts.sockets import entry
from accounts.web import clock

log = logging.getLogger(__name__)

_TRY_AGAIN_LATER = 1013
_LOGGED_OUT = 4401


class WireConsumer(AsyncWebsocketConsumer):
    """The page only listens: what it sends is ignored."""

    entered: entry.Entry | None = None

    async def connect(self) -> None:
        found = await database_sync_to_async(entry.by_scope)(dict(self.scope), now=clock.now())
        if found is None:
            await self.close()
            return
        self.entered = found
        try:
            for group in self._groups(found):
                await self.channel_layer.group_add(group, self.channel_name)
        except (RedisError, OSError) as error:
            log.warning("wire.unavailable", extra={"error": type(error).__name__})
            await self.close(code=_TRY_AGAIN_LATER)
            return
        await self.accept(found.subprotocol)
        await self._send_with_head(found.person, {"type": "hello", "at": stamp(clock.now()), "data": {}})

    async def disconnect(self, code: int) -> None:
        if self.entered is None:
            return
        try:
            for group in self._groups(self.entered):
                await self.channel_layer.group_discard(group, self.channel_name)
        except (RedisError, OSError) as error:
            log.warning("wire.unavailable", extra={"error": type(error).__name__})

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        return

    async def wire_message(self, event: dict[str, Any]) -> None:
        await self.send(text_data=event["text"])

    async def wire_broadcast(self, event: dict[str, Any]) -> None:
        if self.entered is None or (self.entered.until is not None and self.entered.until <= clock.now()):
            await self.close(code=_LOGGED_OUT)
            return
        await self._send_with_head(self.entered.person, json.loads(event["text"]))

    async def wire_close(self, event: dict[str, Any]) -> None:
        await self.close(code=_LOGGED_OUT)

    async def _send_with_head(self, person: UUID, body: dict[str, Any]) -> None:
        seq = await sync_to_async(wire.head, thread_sensitive=False)(person=person)
        await self.send(text_data=json.dumps({"seq": seq, **body}))

    @staticmethod
    def _groups(found: entry.Entry) -> tuple[str, ...]:
        return wire.EVERYBODY, wire.person_group(found.person), wire.credential_group(found.credential)
