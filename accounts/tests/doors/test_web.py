"""What every door shares: strict bodies, one shape of error, headers, throttles, owner rules."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis
from django.db import OperationalError
from django.test import Client, RequestFactory
from rest_framework.test import APIClient

from accounts.domain.identity import new_id
from accounts.domain.refusals import Malformed
from accounts.web import errors, idempotency, throttle
from accounts.web.views import OwnedView

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_throttles")]


def send(raw: bytes, kind: str = "application/json") -> Any:
    return APIClient().post("/api/auth/login", raw, content_type=kind)


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"{", 400),
        (b"\xff", 400),
        (b'{"username": NaN}', 400),
        (b'{"username": Infinity}', 400),
        (b'{"username": 1e999}', 400),
        (b'{"username": "a", "username": "b"}', 400),
        (b'{"username": "\\u0000"}', 400),
        (b'{"username": "\\ud800"}', 400),
        (b"[" * 100_000, 400),
        (b'{"a":' * 17 + b"1" + b"}" * 17, 400),
        (b"1" * 10_000, 400),
        (b"null", 400),
        (b"[]", 400),
        (b'{"username": "' + b"a" * 2_000_000 + b'"}', 413),
        (b"", 400),
    ],
)
def test_a_body_that_is_not_honest_json_is_refused(raw: bytes, status: int) -> None:
    answer = send(raw)
    assert answer.status_code == status, answer.content
    assert set(answer.json()) == {"code", "message", "details"}


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_only_json_is_taken(kind: str) -> None:
    assert send(b"username=a", kind).status_code == 415


def test_a_wrong_method_is_405_and_an_unknown_address_404() -> None:
    for answer, status in [(APIClient().get("/api/auth/login"), 405), (APIClient().get("/api/nothing-here"), 404)]:
        assert answer.status_code == status
        assert set(answer.json()) == {"code", "message", "details"}


@pytest.mark.parametrize("address", ["/api/alerts?cursor=%00", "/api/%00", "/api/alerts?x=" + "a" * 5000])
def test_an_address_that_no_door_can_use_is_refused(address: str) -> None:
    assert Client().get(address).status_code in (400, 404)


def test_every_answer_carries_an_id_and_the_protecting_headers() -> None:
    answer = APIClient().get("/api/profile", headers={"X-Request-ID": "mine-12345678"})
    assert answer["X-Request-ID"] == "mine-12345678"
    assert answer["Cache-Control"] == "no-store, private"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert "unsafe-inline" not in answer["Content-Security-Policy"].split("script-src")[1]
    forged = APIClient().get("/api/profile", headers={"X-Request-ID": "a\tb evil"})
    assert len(forged["X-Request-ID"]) == 32


def test_of_two_hundred_parallel_calls_with_a_limit_of_ten_exactly_ten_pass() -> None:
    rate, who = throttle.Rate("test", 10, 60), new_id().hex
    with ThreadPoolExecutor(32) as pool:
        waits = list(pool.map(lambda _: throttle.admit(rate=rate, who=who), range(200)))
    assert waits.count(0) == 10
    assert max(waits) <= 60


def test_the_sixty_first_login_in_a_minute_waits() -> None:
    answers = [send(b"{}").status_code for _ in range(61)]
    assert answers == [400] * 60 + [429]
    assert 1 <= int(send(b"{}")["Retry-After"]) <= 60


def test_a_view_without_an_owner_rule_cannot_be_defined() -> None:
    with pytest.raises(TypeError, match="whose objects"):
        type("Leaky", (OwnedView,), {})


@pytest.mark.parametrize("key", ["", "a b", "x" * 129, "\xe9"])
def test_an_idempotency_key_is_required_and_plain(key: str) -> None:
    with pytest.raises(Malformed):
        idempotency.key_of(RequestFactory().post("/", headers={"Idempotency-Key": key}))
    assert idempotency.key_of(RequestFactory().post("/", headers={"Idempotency-Key": "intent-1"})) == "intent-1"


@pytest.mark.parametrize("error", [OperationalError("gone"), redis.ConnectionError("gone"), redis.TimeoutError("late")])
def test_a_page_whose_database_or_broker_is_away_says_503_and_when_to_come_back(error: Exception, rf: RequestFactory) -> None:
    for accept in ("text/html", "application/json"):
        try:
            raise error
        except (OperationalError, redis.RedisError):
            answer = errors.server_error(rf.get("/bots/", headers={"accept": accept}))
        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
