"""Nobody sees or moves what belongs to another: every route of the trading floor, asked by bob with alice's ids.

The routes are read off the URL map, so that a new one cannot be forgotten.
"""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from accounts.web.views import OperatorView, OwnedView, PersonalView, PublicView
from ledger.models import Wallet
from trading.api.urls import urlpatterns
from trading.tests.doors import builders

DOORS: list[Any] = list(urlpatterns)
NAMED = [pattern for pattern in DOORS if "<uuid:id>" in str(pattern.pattern)]
LISTS = ("bots", "orders", "orders/pending", "trades", "circuit-breaker/history")
BODIES: dict[str, dict[str, Any]] = {"allocation": {"amount": "10"}, "stop": {"position": "close"}}


def methods(pattern: Any) -> list[str]:
    return [name for name in ("get", "post", "put", "patch", "delete") if hasattr(pattern.callback.view_class, name)]


def path_of(pattern: Any, thing: Any) -> str:
    return "/api/" + str(pattern.pattern).replace("<uuid:id>", str(thing.id))


@pytest.fixture
def things(alice: User, alice_wallet: Wallet) -> dict[str, Any]:
    bot = builders.bot(alice)
    builders.trip(bot)
    return {"bots": bot, "orders": builders.order(bot, state="OPEN"), "trades": builders.trade(bot)}


@pytest.mark.parametrize("pattern", NAMED, ids=lambda pattern: str(pattern.pattern))
def test_alices_ids_do_not_exist_for_bob_and_nothing_changes(pattern: Any, things: dict[str, Any], bob_api: APIClient) -> None:
    thing = things[str(pattern.pattern).split("/")[0]]
    before = builders.rows(), things["bots"].status
    for method in methods(pattern):
        body = BODIES.get(str(pattern.pattern).rsplit("/", 1)[-1], {})
        answer = getattr(bob_api, method)(path_of(pattern, thing), body, format="json")
        assert answer.status_code == 404, (method, answer.json())
    things["bots"].refresh_from_db()
    assert (builders.rows(), things["bots"].status) == before


@pytest.mark.parametrize("pattern", NAMED, ids=lambda pattern: str(pattern.pattern))
def test_without_a_login_every_named_route_asks_for_one(pattern: Any, things: dict[str, Any]) -> None:
    thing = things[str(pattern.pattern).split("/")[0]]
    for method in methods(pattern):
        assert getattr(APIClient(), method)(path_of(pattern, thing), {}, format="json").status_code == 401


@pytest.mark.parametrize("path", LISTS)
def test_lists_show_only_ones_own(path: str, things: dict[str, Any], alice_api: APIClient, bob_api: APIClient) -> None:
    assert bob_api.get(f"/api/{path}").json()["results"] == []
    assert alice_api.get(f"/api/{path}").json()["results"] != []


def test_a_filter_by_anothers_bot_finds_nothing(things: dict[str, Any], bob_api: APIClient) -> None:
    for path in ("orders", "trades"):
        assert bob_api.get(f"/api/{path}?bot={things['bots'].id}").json()["results"] == []


def test_an_order_for_anothers_bot_is_refused_and_nothing_is_stored(things: dict[str, Any], bob: User, bob_api: APIClient) -> None:
    builders.funded(bob)
    before = builders.rows()
    body = {"symbol": "BTC/USDT", "side": "BUY", "quote_amount": "50", "bot_id": str(things["bots"].id)}
    answer = bob_api.post("/api/orders/submit", body, format="json", HTTP_IDEMPOTENCY_KEY="k")
    assert answer.status_code == 404
    assert builders.rows() == before


def test_anothers_breaker_cannot_be_reset(things: dict[str, Any], bob_api: APIClient) -> None:
    before = builders.rows()
    body = {"bot_id": str(things["bots"].id), "reason": "mine now"}
    assert bob_api.post("/api/circuit-breaker/reset", body, format="json").status_code == 404
    assert builders.rows() == before


def test_breaker_limits_and_halts_of_another_are_not_told(things: dict[str, Any], bob_api: APIClient) -> None:
    name = str(things["bots"].id)
    for path in ("circuit-breaker/status", "limits/status", "emergency-stop/status", "system/status"):
        assert name not in bob_api.get(f"/api/{path}").content.decode()


def test_all_and_stop_forms_touch_only_ones_own(things: dict[str, Any], bob_api: APIClient) -> None:
    alls = ("bots/start-all", "bots/pause-all", "bots/resume-all", "bots/stop-all", "orders/cancel-all", "system/emergency-stop")
    for path in alls:
        assert bob_api.post(f"/api/{path}").status_code in (200, 202)
    assert bob_api.post("/api/positions/close", {"symbol": "BTC/USDT"}, format="json").status_code == 409
    things["bots"].refresh_from_db()
    things["orders"].refresh_from_db()
    assert (things["bots"].status, things["orders"].state) == ("PAUSED", "OPEN")


def test_the_operators_doors_are_closed_to_members(alice_api: APIClient, db: None) -> None:
    before = builders.rows()
    for path, body in (("emergency-stop", {}), ("emergency-resume", {"reason": "x", "otp": "123456"})):
        assert alice_api.post(f"/api/admin/{path}", body, format="json").status_code == 403
    assert builders.rows() == before


def test_a_token_that_may_only_read_moves_nothing(alice: User, things: dict[str, Any]) -> None:
    reader = builders.reader(alice)
    assert reader.get("/api/bots").status_code == 200
    assert reader.post(f"/api/bots/{things['bots'].id}/start").status_code == 403
    assert reader.post("/api/orders/cancel-all").status_code == 403


def test_every_door_is_one_of_the_four_kinds() -> None:
    kinds = (OwnedView, PersonalView, OperatorView, PublicView)
    assert all(issubclass(pattern.callback.view_class, kinds) for pattern in DOORS)
