"""Real sockets to a real web process while the broker is emptied or killed: whoever listens hears the next message, or a number that
tells that something was missed; and numbers only ever go up.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from uuid import uuid4

import pytest
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from amarktai.tests.faults.stage import Stage
from amarktai.tests.faults.test_servers_killed_at_gates import SEED, asked_again

pytestmark = [pytest.mark.faults, pytest.mark.enable_socket]
QUIET = ("hello", "heartbeat")
SOCKETS = 2  # of each person


class Page:
    """What a page knows: the number that it has seen last, and whether it has had to ask for everything anew."""

    def __init__(self, wire: ClientConnection) -> None:
        self.wire, self.last, self.asked = wire, 0, 0
        self.seen: list[int] = []
        self.hear(lambda message: message["type"] == "hello")
        self.asked = 0

    def hear(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Read on up to the message that is wanted."""
        while True:
            message: dict[str, Any] = json.loads(self.wire.recv())
            expected = self.last if message["type"] in QUIET else self.last + 1
            self.asked += message["seq"] != expected
            self.last = message["seq"]
            self.seen.append(self.last)
            if wanted(message):
                return message

    def hears_of(self, order: str) -> None:
        self.hear(lambda message: order in message["data"].get("orders", ()))


@pytest.fixture
def person(stage: Stage) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(stage.run(SEED.format(name=f"listens-{uuid4().hex[:8]}")))
    return found


@pytest.fixture
def pages(stage: Stage, person: dict[str, Any]) -> Iterator[list[Page]]:
    with ExitStack() as stack:
        protocols = [Subprotocol(f"bearer.{person['token']}")]
        address = f"ws://127.0.0.1:{stage.port}/ws/"
        lines = [stack.enter_context(connect(address, subprotocols=protocols, proxy=None, open_timeout=60)) for _ in range(SOCKETS)]
        yield [Page(line) for line in lines]


def ordered(stage: Stage, person: dict[str, Any]) -> str:
    answer = asked_again(stage, person, uuid4().hex)
    assert answer.status == 202, answer
    return str(answer.json()["id"])


def test_after_the_broker_was_emptied_the_next_message_comes_and_its_number_tells_of_a_gap(
    stage: Stage, person: dict[str, Any], pages: list[Page]
) -> None:
    first = ordered(stage, person)
    for page in pages:
        page.hears_of(first)
    stage.empty_broker()
    before = [page.asked for page in pages]
    second = ordered(stage, person)
    for page, asked in zip(pages, before, strict=True):
        page.hears_of(second)
        assert page.asked > asked
        assert page.seen == sorted(page.seen)
    settled = [page.last for page in pages]
    third = ordered(stage, person)
    for page, last in zip(pages, settled, strict=True):
        page.hears_of(third)
        later = {number for number in page.seen if number >= last}
        assert later == set(range(last, page.last + 1)), "numbers follow each other again"


@pytest.mark.parametrize("away", [False, True])
def test_after_a_killed_broker_whoever_listens_is_greeted_with_a_new_number_and_hears_what_comes(
    away: bool, stage: Stage, person: dict[str, Any], pages: list[Page]
) -> None:
    """`away`: an order is placed while there is no broker, and nobody can be told."""
    first = ordered(stage, person)
    for page in pages:
        page.hears_of(first)
    if away:
        with stage.without("valkey"):
            ordered(stage, person)
    else:
        stage.kill("valkey")
    for page in pages:
        last = page.last
        greeting = page.hear(lambda message: message["type"] == "hello")
        assert greeting["seq"] > last
        assert page.asked >= 1
    stage.until(stage.healthy)
    next_one = ordered(stage, person)
    for page in pages:
        page.hears_of(next_one)
        assert page.seen == sorted(page.seen)


def test_a_heartbeat_tells_of_a_forgotten_number_when_nothing_else_is_said(stage: Stage, pages: list[Page]) -> None:
    for page in pages:
        page.hear(lambda message: message["type"] == "heartbeat")
    stage.empty_broker()
    for page in pages:
        last, asked = page.last, page.asked
        while page.last == last:
            assert page.hear(lambda message: True)["type"] == "heartbeat"
        assert page.last > last
        assert page.asked == asked + 1
