"""Whom the smoke test is pointed at: the real application, servers that lie, and addresses where nobody listens."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from pytest_httpserver import HTTPServer

from accounts.web import clock
from amarktai import smoke
from amarktai.dashboard.tests.conftest import site
from amarktai.smoke.check import Failed, Target

__all__ = ["site"]
NOBODY = "http://127.0.0.1:1"


def target(url: str = NOBODY, *, token: str = "", now: datetime | None = None) -> Target:
    return Target(url=url.rstrip("/"), token=token, now=now or clock.now())


def passes(name: str, whom: Target) -> str:
    """What the check of this name saw."""
    return next(check for check in smoke.CHECKS if check.name == name).run(whom)


def fails(name: str, whom: Target) -> str:
    """The sentence with which the check of this name failed."""
    with pytest.raises(Failed) as failed:
        passes(name, whom)
    sentence = str(failed.value)
    assert sentence.strip()
    assert "\n" not in sentence
    return sentence


Lie = Callable[..., Target]
Blunt = Callable[[bytes], Target]


@pytest.fixture
def blunt() -> Iterator[Blunt]:
    """A server that answers one call with exactly these bytes and hangs up."""
    threads: list[threading.Thread] = []

    def start(words: bytes) -> Target:
        wire = socket.create_server(("127.0.0.1", 0))

        def answer() -> None:
            with wire, wire.accept()[0] as other:
                other.recv(65_536)
                other.sendall(words)

        threads.append(threading.Thread(target=answer))
        threads[-1].start()
        return target(f"http://127.0.0.1:{wire.getsockname()[1]}")

    yield start
    for thread in threads:
        thread.join()


@pytest.fixture
def lie(httpserver: HTTPServer) -> Lie:
    """A platform that answers every path with these words; `also` are answers of single paths: (status, type, words)."""

    def tell(words: str = "", *, status: int = 200, kind: str = "text/html", token: str = "", **also: tuple[int, str, str]) -> Target:
        for path, (code, content_type, text) in also.items():
            httpserver.expect_request(path).respond_with_data(text, status=code, content_type=content_type)
        httpserver.expect_request("").respond_with_data(words, status=status, content_type=kind)
        return target(httpserver.url_for(""), token=token)

    return tell
