"""The socket: strangers are turned away, the bearer is greeted, and every other answer fails."""

import threading
from collections.abc import Callable, Iterator

import pytest
from websockets.sync.server import ServerConnection, serve

from accounts.tests.builders import person, token_of
from amarktai.smoke.check import Target
from amarktai.tests.smoke.conftest import Lie, fails, passes, target

pytestmark = pytest.mark.enable_socket
Answer = Callable[[ServerConnection], None]


@pytest.fixture
def wire() -> Iterator[Callable[[Answer], str]]:
    """A server of sockets that treats whoever comes in this way; the answer is where it is."""
    servers = []

    def start(answer: Answer) -> str:
        server = serve(answer, "127.0.0.1", 0, select_subprotocol=lambda connection, offered: offered[0] if offered else None)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.socket.getsockname()[1]}"

    yield start
    for server in servers:
        server.shutdown()


def bearer(url: str) -> Target:
    return target(url, token="x" * 64)


def test_the_real_application_turns_strangers_away_and_greets_a_bearer(site: str) -> None:
    assert "turns strangers away" in passes("socket", target(site))
    assert "greets with number" in passes("socket", target(site, token=token_of(person("alice"))))


def test_the_real_application_turns_away_a_token_of_nobody(site: str) -> None:
    assert "AMARKTAI_SMOKE_TOKEN" in fails("socket", bearer(site))


def test_a_socket_that_lets_everybody_in(wire: Callable[[Answer], str]) -> None:
    assert "without a token" in fails("socket", target(wire(lambda connection: connection.send("{}"))))


@pytest.mark.parametrize("words", ["nonsense", "[]", '{"type": "hello"}', '{"type": "heartbeat", "seq": 1}'])
def test_a_socket_that_does_not_greet(wire: Callable[[Answer], str], words: str) -> None:
    assert "did not greet" in fails("socket", bearer(wire(lambda connection: connection.send(words))))


def test_a_socket_that_says_nothing_is_given_three_seconds(wire: Callable[[Answer], str]) -> None:
    def listen(connection: ServerConnection) -> None:
        for _ in connection:
            pass

    assert "within 3 s" in fails("socket", bearer(wire(listen)))


def test_a_socket_that_closes_at_once(wire: Callable[[Answer], str]) -> None:
    assert "opens no socket" in fails("socket", bearer(wire(lambda connection: connection.close())))


@pytest.mark.parametrize("status", [200, 404, 500, 502])
def test_an_address_without_sockets(lie: Lie, status: int) -> None:
    fails("socket", lie("a page", status=status))


def test_nobody_listens() -> None:
    assert "Connection refused" in fails("socket", target())
