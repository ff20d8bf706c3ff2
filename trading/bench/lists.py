"""P6: every list of the API, whole requests through the WSGI door with a token, beside the bare view in the same process."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from io import BytesIO
from statistics import median
from time import perf_counter
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.core.signals import request_started
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.views import APIView

from trading.bench import addresses, bare, lived
from trading.bench.rounds import Row, Size, analyse, say
from trading.domain.policy import Policy

REQUESTS = 20  # of each list in a round; they take turns one by one
Answer = Callable[[], bytes]


def lists(size: Size, policy: Policy) -> list[Row]:
    """Requests per second of one process: ours with all its middleware, address and cursor; the anchor with nothing around it.
    A KeyError names a list that has no bare view yet."""
    place, token = lived.build(policy=policy)
    analyse()
    return [
        _measured(path, bare.view(path, answer), asked=path.replace("{id}", str(place.seats[0].bot)), token=token, rounds=size.rounds)
        for path, answer in addresses.lists().items()
        if path not in bare.NO_LISTS
    ]


def statements(*, policy: Policy, page: int) -> dict[str, int]:
    """How many statements each list takes when so many rows are there."""
    place, token = lived.build(policy=policy, page=page)
    paths = [path for path in addresses.lists() if path not in bare.NO_LISTS]
    return {path: _statements(_ours(path.replace("{id}", str(place.seats[0].bot)), token)) for path in paths}


def _measured(path: str, view: type[APIView], *, asked: str, token: str, rounds: int) -> Row:
    named = {"id": asked.split("/")[3]} if "{id}" in path else {}
    ours, reference = _ours(asked, token), _bare(view, asked, token, named)
    rows, asked_of_db = _rows(ours()), _statements(ours)
    reference()
    mine, other = _turns(ours, reference, times=REQUESTS * rounds)
    say(f"{path}: {rows} rows, {asked_of_db} statements, {1000 * mine:.2f} ms, bare {1000 * other:.2f} ms: {mine / other:.2f} x its time")
    kind = "hot list" if path in bare.HOT else "list"
    name = f"P6 GET {path}, {kind}, {rows} rows, {asked_of_db} statements / the bare view"
    return Row(name=name, unit="req/s", ours=1 / mine, reference=1 / other, n=REQUESTS, rounds=rounds)


def _turns(ours: Answer, reference: Answer, *, times: int) -> tuple[float, float]:
    """Median seconds of each; they take turns, so that whatever else the machine has to do weighs on both alike."""
    found: Mapping[Answer, list[float]] = {ours: [], reference: []}
    for _ in range(times):
        for act, seconds in found.items():
            started = perf_counter()
            act()
            seconds.append(perf_counter() - started)
    return median(found[ours]), median(found[reference])


def _rows(body: bytes) -> int:
    """Rows of the longest list in an answer."""
    told = json.loads(body)
    return len(told) if isinstance(told, list) else max(len(value) for value in told.values() if isinstance(value, list))


def _statements(answer: Answer) -> int:
    with CaptureQueriesContext(connection) as told:
        answer()
    return len(told)


def _environ(path: str, token: str) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "SCRIPT_NAME": "", "QUERY_STRING": "", "SERVER_NAME": "localhost",
        "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1",
        "HTTP_AUTHORIZATION": f"Bearer {token}", "HTTP_ACCEPT": "*/*", "HTTP_USER_AGENT": "bench", "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http", "wsgi.input": BytesIO(), "wsgi.errors": BytesIO(), "wsgi.multithread": False,
        "wsgi.multiprocess": False, "wsgi.run_once": False,
    }  # fmt: skip


def _ours(path: str, token: str) -> Answer:
    application = get_wsgi_application()

    def answer() -> bytes:
        response: Any = application(_environ(path, token), _ignored)
        body = b"".join(response)
        response.close()
        return body

    return answer


def _ignored(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
    assert status == "200 OK", status


def _bare(view: type[APIView], path: str, token: str, named: dict[str, str]) -> Answer:
    asked: Any = view.as_view()

    def answer() -> bytes:
        environ = _environ(path, token)
        request_started.send(sender=_bare, environ=environ)
        response = asked(WSGIRequest(environ), **named)
        body = bytes(response.render().content)
        assert response.status_code == 200, body
        response.close()
        return body

    return answer
