"""So many real sockets in one process, each as a browser opens it, that tell when their messages came. Knows no Django.

Reads the sockets as one line of JSON, [[port, path, token], ...], says "ready" when all are greeted, and then for each set of
messages (one to every socket of a port) a line of JSON: how many seconds each was under way, by the machine's monotonic clock.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import resource
import sys
import time
from functools import partial


class Browser(asyncio.Protocol):
    """A handshake, then frames of text, none longer than 65,535 bytes."""

    def __init__(self, port: int, path: str, token: str, count: Count) -> None:
        self.port, self.path, self.token, self.count = port, path, token, count
        self.buffer = b""
        self.upgraded = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET {self.path} HTTP/1.1", "Host: localhost", "Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13", *([f"Sec-WebSocket-Protocol: bearer.{self.token}"] if self.token else []), "", "",
        ]  # fmt: skip
        assert isinstance(transport, asyncio.Transport)
        transport.write("\r\n".join(lines).encode())

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.upgraded:
            head, found, rest = self.buffer.partition(b"\r\n\r\n")
            if not found:
                return
            assert b" 101 " in head.split(b"\r\n")[0], head
            self.buffer, self.upgraded = rest, True
        while len(self.buffer) >= 2:
            start, length = 2, self.buffer[1]
            if length == 126:
                start, length = 4, int.from_bytes(self.buffer[2:4])
            if len(self.buffer) < start + length:
                return
            text, self.buffer = self.buffer[start : start + length], self.buffer[start + length :]
            self.count.heard(self.port, text)


class Count:
    """What came, by port."""

    def __init__(self, ports: list[int]) -> None:
        self.greetings = len(ports)
        self.expected = {port: ports.count(port) for port in ports}
        self.under_way: dict[int, list[float]] = {port: [] for port in ports}

    def heard(self, port: int, text: bytes) -> None:
        now = time.monotonic()
        if b"hello" in text:
            self.greetings -= 1
            if not self.greetings:
                tell("ready")
        elif b'"sent"' in text:
            sent = text.split(b'"sent": "', 1)[1].split(b'"', 1)[0]
            self.under_way[port].append(now - float(sent))
            if len(self.under_way[port]) == self.expected[port]:
                tell(self.under_way[port])
                self.under_way[port] = []


def tell(what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


async def main() -> None:
    asked = json.loads(sys.stdin.readline())
    count = Count([port for port, _, _ in asked])
    loop = asyncio.get_running_loop()
    for port, path, token in asked:
        await loop.create_connection(partial(Browser, port, path, token, count), "127.0.0.1", port)
    await loop.run_in_executor(None, sys.stdin.read)  # until the bench closes it


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    asyncio.run(main())
