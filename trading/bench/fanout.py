"""Anchor of the wire: one subscription and fan-out inside the process, with nothing of ours. Nobody logs in and nothing is numbered.

An ASGI application for a server of its own, without Django: `uvicorn --app-dir trading/bench fanout:application`, with the broker's
address in REDIS_URL.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any

from redis.asyncio import Redis

PREFIX = "bench:"
_open: dict[str, Any] = {}
_tasks: set[asyncio.Task[None]] = set()
_ready = asyncio.Event()


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """A socket at /NAME hears what is published on bench:NAME."""
    await receive()
    if not _tasks:
        _tasks.add(asyncio.create_task(_listen()))
    await _ready.wait()
    _open[PREFIX + scope["path"].strip("/")] = send
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": "hello"})
    while (await receive())["type"] != "websocket.disconnect":
        pass


async def _listen() -> None:
    async with Redis.from_url(os.environ["REDIS_URL"]) as client, client.pubsub() as line:
        await line.psubscribe(PREFIX + "*")
        async for heard in line.listen():
            if heard["type"] == "psubscribe":
                _ready.set()
            else:
                await _open[heard["channel"].decode()]({"type": "websocket.send", "text": heard["data"].decode()})
