"""One open page or script: passes on what its person is told, and closes when its credential ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from channels.db import database_sync_to_async

from accounts.domain.chain import stamp
from accounts.sockets import entry, hub
from accounts.sockets.hub import Outbox
from accounts.web import clock

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


async def listen(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """The page only listens: what it sends is ignored."""
    await receive()  # that it would like to connect
    found = await database_sync_to_async(entry.by_scope)(dict(scope), now=clock.now())
    if found is None:
        await send({"type": "websocket.close"})
        return
    here, outbox = hub.mine(), Outbox(person=found.person, credential=found.credential, until=found.until)
    async with here.joined(outbox) as answered:
        if not answered:
            await send({"type": "websocket.close", "code": hub.TRY_AGAIN_LATER})
            return
        await send({"type": "websocket.accept", "subprotocol": found.subprotocol})
        [head] = await here.heads([found.person])
        hello = hub.numbered(hub.said("hello", at=stamp(clock.now())), head=head)
        writing = asyncio.create_task(_write(hello, outbox, send))
        try:
            while (await receive())["type"] != "websocket.disconnect":
                pass
        finally:
            writing.cancel()
            with suppress(asyncio.CancelledError):
                await writing


async def _write(hello: str, outbox: Outbox, send: Send) -> None:
    """Until told to close, or the other side has gone."""
    with suppress(OSError):
        await send({"type": "websocket.send", "text": hello})
        while not isinstance(said := await outbox.next(), int):
            await send({"type": "websocket.send", "text": said})
        await send({"type": "websocket.close", "code": said})
