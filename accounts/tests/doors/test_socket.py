"""The socket: who may come in, what crosses, what does not, and that it closes at logout."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any, cast
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from django.test import Client

from accounts.models import ApiToken, User
from accounts.operations import alerts
from accounts.queries import broker
from accounts.realtime import wire
from accounts.sockets.hub import MOST_WAITING, TRY_AGAIN_LATER, Hub, Outbox
from accounts.sockets.routing import websocket
from accounts.tests import builders
from accounts.tests.builders import NOON, token_of, with_token
from accounts.tests.sockets import Socket
from accounts.web import clock

pytestmark = pytest.mark.django_db(transaction=True)
HOST = "localhost:8000"
OURS = f"http://{HOST}"
Opener = Callable[..., Any]


def socket(*, origin: str | None, token: str = "", cookie: str = "", protocols: tuple[str, ...] = ()) -> Socket:
    headers = [(b"host", HOST.encode())]
    headers += [(b"origin", origin.encode())] if origin else []
    headers += [(b"cookie", f"sessionid={cookie}".encode())] if cookie else []
    offered = [*protocols, *([f"bearer.{token}"] if token else [])]
    return Socket(websocket, path="/ws/", headers=headers, subprotocols=offered)


@pytest.fixture
async def opened() -> AsyncIterator[Callable[..., Any]]:
    """Opens sockets and closes them at the end."""
    sockets: list[Socket] = []

    async def open_one(**kwargs: Any) -> Socket:
        one = socket(**kwargs)
        sockets.append(one)
        connected, chosen = await one.connect()
        assert connected, f"refused with {chosen}"
        hello = await one.heard()
        assert hello["type"] == "hello"
        return one

    yield open_one
    for one in sockets:
        await one.disconnect()


async def session_of(user: User) -> str:
    def log_in() -> str:
        client: Client = builders.browser(user)
        return client.cookies["sessionid"].value

    return await sync_to_async(log_in)()


async def test_alice_hears_her_alert_and_bob_hears_nothing(alice: User, bob: User, opened: Opener) -> None:
    hers = await opened(origin=None, token=await sync_to_async(token_of)(alice))
    his = await opened(origin=OURS, cookie=await session_of(bob))
    await sync_to_async(alerts.raise_alert)(person=alice.pk, severity="INFO", code="TOLD", sentence="Told.", data={}, now=NOON)
    message = await hers.heard()
    assert set(message) == {"seq", "type", "at", "data"}
    head = await sync_to_async(wire.head)(person=alice.pk)
    assert (message["seq"], message["type"], message["data"]["code"]) == (head, "alert", "TOLD")
    assert await his.receive_nothing(timeout=0.5)


async def test_a_broadcast_reaches_everybody_and_carries_each_ones_head(alice: User, bob: User, opened: Opener) -> None:
    hers = await opened(origin=None, token=await sync_to_async(token_of)(alice))
    his = await opened(origin=None, token=await sync_to_async(token_of)(bob))
    heads = [await sync_to_async(wire.head)(person=person.pk) for person in (alice, bob)]
    await sync_to_async(wire.publish_on_commit)(person=alice.pk, type="order", data={"id": "1"})
    assert (await hers.heard())["seq"] == heads[0] + 1
    await sync_to_async(wire.broadcast)(type="heartbeat", data={"tick": "x"})
    for one, head in ((hers, heads[0] + 1), (his, heads[1])):
        message = await one.heard()
        assert (message["type"], message["seq"], message["data"]) == ("heartbeat", head, {"tick": "x"})


@pytest.mark.parametrize("origin", ["http://evil.example", f"https://{HOST}.evil.example", "null", "http://localhost:9999"])
async def test_a_foreign_origin_is_refused_with_either_credential(alice: User, origin: str) -> None:
    by_token = socket(origin=origin, token=await sync_to_async(token_of)(alice))
    by_cookie = socket(origin=origin, cookie=await session_of(alice))
    assert (await by_token.connect())[0] is False
    assert (await by_cookie.connect())[0] is False


async def test_nobody_comes_in_without_login(alice: User) -> None:
    dead = await sync_to_async(token_of)(alice)
    await ApiToken.objects.aupdate(expiry=clock.now())
    attempts: list[dict[str, Any]] = [
        {"origin": OURS},
        {"origin": None},
        {"origin": None, "cookie": await session_of(alice)},
        {"origin": OURS, "cookie": "f" * 32},
        {"origin": None, "token": "f" * 64},
        {"origin": None, "token": "\u00e9"},
        {"origin": None, "token": dead},
    ]
    for kwargs in attempts:
        connected, _ = await socket(**kwargs).connect()
        assert not connected, kwargs


async def test_the_answered_subprotocol_hides_the_token_when_the_client_offers_a_name(alice: User) -> None:
    one = socket(origin=None, token=await sync_to_async(token_of)(alice), protocols=("amarktai",))
    assert await one.connect() == (True, "amarktai")
    await one.disconnect()


async def test_the_sockets_of_a_credential_close_at_logout_and_others_stay(alice: User, opened: Opener) -> None:
    token = await sync_to_async(token_of)(alice)
    leaving = await opened(origin=None, token=token)
    staying = await opened(origin=None, token=await sync_to_async(token_of)(alice))
    await sync_to_async(with_token(token).post)("/api/auth/logout", {}, format="json")
    assert await leaving.closed()
    assert await staying.receive_nothing(timeout=0.2)


async def test_a_browsers_socket_closes_at_logout(alice: User, opened: Opener) -> None:
    cookie = await session_of(alice)
    page = await opened(origin=OURS, cookie=cookie)

    def log_out() -> int:
        client = Client()
        client.cookies["sessionid"] = cookie
        return client.post("/api/auth/logout", "{}", content_type="application/json").status_code

    assert await sync_to_async(log_out)() == 204
    assert await page.closed()


async def test_an_expired_token_is_put_out_at_the_next_heartbeat(alice: User, opened: Opener, settings: Any) -> None:
    page = await opened(origin=None, token=await sync_to_async(token_of)(alice))
    settings.CLOCK_OFFSET_SECONDS = 12 * 3600 + 1
    await sync_to_async(wire.broadcast)(type="heartbeat", data={})
    assert await page.closed()


async def test_what_a_page_sends_is_ignored(alice: User, opened: Opener) -> None:
    page = await opened(origin=None, token=await sync_to_async(token_of)(alice))
    await page.say('{"type": "wire.message", "text": "forged"}')
    assert await page.receive_nothing(timeout=0.2)


async def test_a_socket_is_put_off_while_the_broker_is_away_and_comes_in_when_it_is_back(
    alice: User, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    token, ours = await sync_to_async(token_of)(alice), settings.REDIS_URL
    settings.REDIS_URL = "unix:///nonexistent/redis.sock"
    early = socket(origin=None, token=token)
    await early.send_input({"type": "websocket.connect"})
    assert await early.receive_output(timeout=10) == {"type": "websocket.close", "code": 1013}
    await early.wait(timeout=5)
    settings.REDIS_URL = ours
    late = socket(origin=None, token=token)
    assert (await late.connect())[0]
    await late.disconnect()
    assert {record.levelname for record in caplog.records} == {"WARNING"}


def lines() -> list[str]:
    """The broker's numbers of the connections on which a hub listens."""
    found = cast(list[dict[str, str]], broker.connection().client_list())
    return [one["id"] for one in found if int(one["sub"]) == len(wire.CHANNELS)]


async def test_an_open_socket_hears_again_when_the_line_was_cut(alice: User, opened: Opener) -> None:
    page = await opened(origin=None, token=await sync_to_async(token_of)(alice))
    [number] = lines()
    head = await sync_to_async(wire.head)(person=alice.pk)
    broker.connection().client_kill_filter(_id=number)
    await sync_to_async(wire.publish_on_commit)(person=alice.pk, type="order", data={})  # is lost, and numbered
    while not set(lines()) - {number}:
        await asyncio.sleep(0.01)
    greeting = await page.heard()
    assert greeting["type"] == "hello"
    assert greeting["seq"] > head + 1, "another number than the page's, so that it asks again"
    await sync_to_async(wire.publish_on_commit)(person=alice.pk, type="order", data={})
    heard = await page.heard()
    assert (heard["type"], heard["seq"]) == ("order", greeting["seq"] + 1)


def test_who_takes_nothing_is_sent_away(alice: User) -> None:
    page = Outbox(person=alice.pk, credential="token:x", until=None)
    for number in range(MOST_WAITING):
        page.put(str(number))
    assert asyncio.run(page.next()) == "0"
    page.put("one more")
    page.put("one too many")
    assert asyncio.run(page.next()) == TRY_AGAIN_LATER


async def test_who_comes_while_the_last_one_leaves_is_answered_and_so_is_who_comes_then() -> None:
    """As with each page that is left for another: the line of the one that leaves ends while that of the next begins."""
    here = Hub()
    for _ in range(20):
        leaving = AsyncExitStack()
        assert await leaving.enter_async_context(here.joined(outbox()))
        left = asyncio.create_task(leaving.aclose())
        await asyncio.sleep(0)
        async with here.joined(outbox()) as answered:
            await left
            assert answered
            async with here.joined(outbox()) as answered_too:
                assert answered_too
                assert await here.heads([uuid4()]) != [0]  # nought is what is told without a broker


def outbox() -> Outbox:
    return Outbox(person=uuid4(), credential="x", until=None)
