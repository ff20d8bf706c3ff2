"""A socket to the ASGI application inside the test process (channels' own needs daphne, which we do not install)."""

import json
from typing import Any

from asgiref.testing import ApplicationCommunicator


class Socket(ApplicationCommunicator):
    def __init__(self, application: Any, *, path: str, headers: list[tuple[bytes, bytes]], subprotocols: list[str]) -> None:
        scope = {"type": "websocket", "path": path, "query_string": b"", "headers": headers, "subprotocols": subprotocols}
        super().__init__(application, scope)

    async def connect(self) -> tuple[bool, str | None]:
        """Whether the socket was accepted, and the subprotocol that was chosen."""
        await self.send_input({"type": "websocket.connect"})
        answer = await self.receive_output(timeout=5)
        return answer["type"] == "websocket.accept", answer.get("subprotocol")

    async def heard(self) -> dict[str, Any]:
        """The next message."""
        answer = await self.receive_output(timeout=5)
        assert answer["type"] == "websocket.send", answer
        return json.loads(answer["text"])

    async def closed(self) -> bool:
        return (await self.receive_output(timeout=5))["type"] == "websocket.close"

    async def say(self, text: str) -> None:
        await self.send_input({"type": "websocket.receive", "text": text})

    async def disconnect(self) -> None:
        await self.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wait(timeout=5)
