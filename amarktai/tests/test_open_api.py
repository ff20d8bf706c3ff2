"""Every door of the OpenAPI file, asked as it says and as it does not, by nobody, by two people and by an operator: nothing is
answered that the file does not state, and nothing with a 5xx.

The examples come from one seed; what each asks for is undone before the next.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import hypothesis
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from hypothesis import strategies
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts.models import User
from accounts.models.token import Scope
from accounts.operations import alerts, tokens
from accounts.tests import builders as people
from accounts.web import clock
from amarktai.wsgi import application
from ledger.models import Wallet
from trading.tests.doors import builders

SEED = 20260302
EXAMPLES = 5
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance, response_schema_conformance]
SCHEMA = schemathesis.openapi.from_dict(json.loads(OpenApiJsonRenderer().render(SchemaGenerator().get_schema(request=None, public=True))))
BOT = {
    "name": "New", "venue": "sim", "symbol": "BTC/USDT", "timeframe": "1m", "strategy": "ema_cross",
    "parameters": {"fast": 12, "slow": 26}, "capital": "100", "mode": "PAPER", "exits": {"stop_loss": "0.02"},
}  # fmt: skip
SENSIBLE: dict[str, dict[str, Any]] = {
    "POST /api/auth/register": {"username": "carol", "password": people.PASSWORD},
    "POST /api/auth/login": {"username": "alice", "password": people.PASSWORD},
    "POST /api/wallets": {"venue": "sim", "mode": "PAPER"},
    "POST /api/wallets/{id}/deposit": {"asset": "USDT", "amount": "10"},
    "POST /api/wallets/{id}/withdraw": {"asset": "USDT", "amount": "10"},
    "POST /api/bots": BOT,
    "PATCH /api/bots/{id}": {"name": "Renamed"},
    "PATCH /api/bots/{id}/allocation": {"amount": "150"},
    "POST /api/bots/{id}/stop": {"position": "close"},
    "POST /api/orders/submit": {"venue": "sim", "symbol": "BTC/USDT", "side": "BUY", "quote_amount": "50", "mode": "PAPER"},
    "PATCH /api/profile": {"time_zone": "Europe/Berlin"},
}
"""What a person would send; the doors that are not named here need no body."""
NO_OCCASION = {
    "POST /api/2fa/confirm", "POST /api/admin/emergency-resume", "POST /api/bots/{id}/close-position", "POST /api/bots/{id}/pause",
    "POST /api/bots/{id}/resume", "POST /api/circuit-breaker/reset", "POST /api/orders/{id}/cancel", "POST /api/positions/close",
    "POST /api/system/emergency-resume",
}  # fmt: skip
"""Doors that rightly refuse everybody in this cast: nothing to confirm, to lift, to close, to pause, to reset or to cancel."""
DOORS: list[Any] = [result.ok() for result in SCHEMA.get_all_operations() if isinstance(result, Ok)]


class Cast:
    """Who asks, and the ids that they may ask for."""

    def __init__(self) -> None:
        self.tokens: dict[str, str] = {"nobody": ""}
        self.ids: dict[str, list[UUID]] = {}

    def joins(self, user: User) -> None:
        scopes = {Scope.READ, Scope.TRADE} | ({Scope.ADMIN} if user.is_staff else set())
        row, token = tokens.issue(user=user, scopes=scopes, label="", verified=True, request_id="", now=clock.now())
        self.tokens[user.username] = token
        alerts.raise_alert(person=user.id, severity="INFO", code="HELLO", sentence="Hello.", data={}, dedup_key="", now=clock.now())
        self.knows("tokens", row.public_id)

    def trades(self, user: User) -> None:
        builders.funded(user)
        bot = builders.bot(user)
        trade = builders.trade(bot)
        builders.trip(bot)
        self.knows("bots", bot.id)
        self.knows("orders", builders.order(bot, state="REFUSED").id)
        self.knows("orders", trade.order_id)
        self.knows("trades", trade.id)
        self.knows("wallets", Wallet.objects.get(owner=user).id)

    def knows(self, kind: str, id: UUID) -> None:
        self.ids.setdefault(kind, []).append(id)

    def of(self, door: Any) -> list[str]:
        """Ids of the things that this address names, alice's first."""
        return [str(id) for id in self.ids[door.path.split("/")[2]]] if "{id}" in door.path else []


@pytest.fixture(autouse=True)
def in_one_transaction() -> Iterator[None]:
    """The application ends connections around each request, as it should; here all requests share the test's."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def cast(alice: User, bob: User, olga: User, no_throttles: None) -> Cast:
    found = Cast()
    for user in (alice, bob, olga):
        found.joins(user)
    for user in (alice, bob):
        found.trades(user)
    return found


def cases(door: Any) -> strategies.SearchStrategy[Case]:
    """As the file says; and, where anything can be said wrongly, as it does not."""
    as_stated = door.as_strategy(generation_mode=GenerationMode.POSITIVE)
    if not (door.body or door.query or door.headers):
        return as_stated
    return strategies.one_of(as_stated, door.as_strategy(generation_mode=GenerationMode.NEGATIVE))


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is written inside is taken back."""
    point = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(point)


def ask(case: Case, token: str) -> int:
    """The status of an answer that the file states."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with undone():
        answer = case.call(app=application, headers=headers, base_url="http://localhost")
    case.validate_response(answer, checks=CHECKS[1:] if answer.status_code == 503 else CHECKS)
    assert answer.status_code not in (429, 503) or "retry-after" in answer.headers
    return answer.status_code


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.label)
def test_each_door_answers_as_the_file_says(door: Any, cast: Cast) -> None:
    print("seed", SEED)
    dice = random.Random(SEED)
    ids = cast.of(door)

    @hypothesis.seed(SEED)
    @hypothesis.settings(
        max_examples=EXAMPLES, deadline=None, database=None, phases=[hypothesis.Phase.generate], suppress_health_check=list(hypothesis.HealthCheck)
    )
    @hypothesis.given(case=cases(door))
    def asked(case: Case) -> None:
        if ids and dice.random() < 0.8:
            case.path_parameters["id"] = dice.choice(ids)
        for token in cast.tokens.values():
            ask(case, token)

    asked()


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.label)
def test_asked_sensibly_each_door_opens_to_somebody_and_answers_in_the_shape_that_the_file_states(door: Any, cast: Cast) -> None:
    body = {"otp": people.fresh_code()} if door.label == "POST /api/auth/step-up" else SENSIBLE.get(door.label)
    said = {} if body is None else {"body": body, "media_type": "application/json"}
    named = {"path_parameters": {"id": cast.of(door)[0]}} if cast.of(door) else {}
    case = door.Case(**said, **named, headers={"Idempotency-Key": "once"})
    seen = {who: ask(case, token) for who, token in cast.tokens.items()}
    assert any(status < 300 for status in seen.values()) != (door.label in NO_OCCASION), seen
