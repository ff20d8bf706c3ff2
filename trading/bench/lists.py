"""P6: lists of fifty rows with a token, whole requests through the WSGI door, beside the bare view in the same process."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.core.signals import request_started
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponseBase

from accounts.models import User
from accounts.models.token import Scope
from accounts.operations import tokens
from trading.bench import bare, orders, wishes, world
from trading.bench.rounds import Row, Size, rates
from trading.domain.policy import Policy

REQUESTS = 100
ROUND_TRIPS = 6  # of ten bots: 120 orders and fills, 60 trades
HOT: dict[str, Callable[[HttpRequest], HttpResponseBase]] = {
    "/api/ledger/fills": bare.Fills.as_view(), "/api/orders": bare.Orders.as_view(), "/api/trades": bare.Trades.as_view(),
}  # fmt: skip


def lists(size: Size, policy: Policy) -> list[Row]:
    """Requests per second of one process: ours with all its middleware, address and cursor; the anchor with nothing around it."""
    place = world.build(bots=world.BOTS_PER_PERSON, parameters=[{}])
    trip = orders.trips(place, place.seats, batch=orders.BATCH, policy=wishes.roomy(policy))
    for number in range(ROUND_TRIPS):
        trip(number)
    token = _token(place.seats[0])
    acts: dict[str, Callable[[int], int]] = {}
    for path, view in HOT.items():
        acts[f"bare ModelSerializer, {path}"] = _repeated(_bare(view, path, token))
        acts[path] = _repeated(_ours(path, token))
    found = rates(acts, rounds=size.rounds)
    return [
        Row(name=f"P6 GET {path}, 50 rows / the bare ModelSerializer view", unit="req/s", ours=mine, reference=reference, n=REQUESTS,
            rounds=size.rounds)
        for path, reference, mine in zip(HOT, found[::2], found[1::2], strict=True)
    ]  # fmt: skip


def _token(seat: world.Seat) -> str:
    person = User.objects.get(id=seat.owner)
    now = datetime.now(UTC)
    return tokens.issue(user=person, scopes=[Scope.READ], label="bench", verified=False, request_id="", now=now)[1]


def _repeated(answer: Callable[[], bytes]) -> Callable[[int], int]:
    def act(number: int) -> int:
        for _ in range(REQUESTS):
            body = answer()
        told = json.loads(body)
        assert len(told["results"] if isinstance(told, dict) else told) == bare.PAGE
        return REQUESTS

    return act


def _environ(path: str, token: str) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "SCRIPT_NAME": "", "QUERY_STRING": "", "SERVER_NAME": "localhost",
        "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1",
        "HTTP_AUTHORIZATION": f"Bearer {token}", "HTTP_ACCEPT": "*/*", "HTTP_USER_AGENT": "bench", "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http", "wsgi.input": BytesIO(), "wsgi.errors": BytesIO(), "wsgi.multithread": False,
        "wsgi.multiprocess": False, "wsgi.run_once": False,
    }  # fmt: skip


def _ours(path: str, token: str) -> Callable[[], bytes]:
    application = get_wsgi_application()

    def answer() -> bytes:
        response: Any = application(_environ(path, token), _ignored)
        body = b"".join(response)
        response.close()
        return body

    return answer


def _ignored(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
    assert status == "200 OK", status


def _bare(view: Callable[[HttpRequest], HttpResponseBase], path: str, token: str) -> Callable[[], bytes]:
    def answer() -> bytes:
        environ = _environ(path, token)
        request_started.send(sender=_bare, environ=environ)
        response: Any = view(WSGIRequest(environ))
        body = bytes(response.render().content)
        response.close()
        return body

    return answer
