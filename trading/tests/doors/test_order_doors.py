"""Orders and trades over HTTP, told with numbers that can be checked by hand."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.domain.chain import stamp
from accounts.models import User
from accounts.web import clock
from bots.operations import halts
from ledger.models import Wallet
from trading import venues
from trading.models import Order
from trading.tests.doors import builders

BUY: dict[str, Any] = {"venue": "sim", "symbol": "BTC/USDT", "side": "BUY", "type": "MARKET", "quote_amount": "100", "mode": "PAPER"}


@pytest.fixture
def sim(db: None) -> None:
    venues.venue("sim").ensure_markets(now=clock.now())


def submit(api: APIClient, body: dict[str, Any], *, key: str = "one") -> Any:
    return api.post("/api/orders/submit", body, format="json", HTTP_IDEMPOTENCY_KEY=key)


def test_an_order_passes_the_gates_and_answers_with_every_verdict(alice_api: APIClient, alice_wallet: Wallet, sim: None) -> None:
    answer = submit(alice_api, BUY)
    assert answer.status_code == 202, answer.json()
    order = answer.json()
    assert order["state"] in ("OPEN", "SENDING")
    assert len(order["client_order_id"]) == 32
    verdicts = {gate["gate"]: gate["verdict"] for gate in order["gates"]}
    assert verdicts["B"] == "NOT_STATED"
    assert {"A", "C", "D"} <= set(verdicts)
    status = alice_api.get(f"/api/orders/{order['id']}/status").json()
    assert (status["filled"], status["average_price"], status["fees"]) == ("0", None, "0")
    assert status["history"][0]["state"] == "SENDING"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", status["history"][0]["at"])
    assert [found["id"] for found in alice_api.get("/api/orders/pending").json()["results"]] == [order["id"]]


@pytest.mark.parametrize("kind", ["LIMIT", "POST_ONLY", "limit"])
def test_a_limit_rests_with_its_end_and_can_be_cancelled(kind: str, alice_api: APIClient, alice_wallet: Wallet, sim: None) -> None:
    """Far under the market, good for a day; lower case is taken too."""
    ends = clock.now().replace(microsecond=0) + timedelta(days=1)
    body = {
        "venue": "sim", "symbol": "BTC/USDT", "side": "BUY", "type": kind, "time_in_force": "GTD", "price": "1000.01", "quantity": "0.01",
        "expires_at": ends.isoformat(),
    }  # fmt: skip
    answer = submit(alice_api, body)
    assert answer.status_code == 202, answer.json()
    order = answer.json()
    assert (order["type"], order["time_in_force"], order["price"], order["state"]) == (kind.upper(), "GTD", "1000.01", "OPEN")
    assert order["expires_at"] == stamp(ends)
    assert alice_api.post("/api/orders/cancel-all").json() == {"cancelled": 1, "open": 0}


def test_an_end_that_has_passed_is_refused_with_its_times_in_utc(alice_api: APIClient, alice_wallet: Wallet, sim: None) -> None:
    """Asked for in the time of Johannesburg."""
    body = {**BUY, "type": "LIMIT", "price": "1000.01", "time_in_force": "GTD", "expires_at": "2020-01-01T02:00:00+02:00"}
    no = submit(alice_api, body).json()
    assert (no["code"], no["details"]["given"]) == ("EXPIRY_OUT_OF_RANGE", "2020-01-01T00:00:00.000000Z")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", no["details"]["latest"])


def test_the_same_key_and_body_give_one_order(alice_api: APIClient, alice_wallet: Wallet, sim: None) -> None:
    first, second = submit(alice_api, BUY), submit(alice_api, BUY)
    assert first.json()["id"] == second.json()["id"]
    assert Order.objects.count() == 1


def test_the_same_key_with_another_body_is_a_conflict_and_changes_nothing(alice_api: APIClient, alice_wallet: Wallet, sim: None) -> None:
    submit(alice_api, BUY)
    before = builders.rows()
    answer = submit(alice_api, {**BUY, "quote_amount": "101"})
    assert (answer.status_code, answer.json()["code"]) == (409, "IDEMPOTENCY_KEY_REUSED")
    assert builders.rows() == before


def test_two_people_may_use_the_same_key(alice_api: APIClient, bob: User, bob_api: APIClient, alice_wallet: Wallet, sim: None) -> None:
    assert submit(alice_api, BUY).status_code == 202
    answer = submit(bob_api, BUY)
    assert answer.json()["code"] == "NO_WALLET"


def test_a_stated_edge_under_the_cost_is_refused_with_the_numbers_and_the_order_is_kept(alice_api: APIClient, alice_wallet: Wallet, sim: None) -> None:
    answer = submit(alice_api, {**BUY, "expected_edge_bps": "1"})
    assert answer.status_code == 422
    told = answer.json()
    assert told["details"]["state"] == "REFUSED"
    assert told["code"] == told["details"]["refusal"]
    refused = [gate for gate in told["details"]["gates"] if gate["verdict"] == "REFUSED"]
    assert [gate["gate"] for gate in refused] == ["B"]
    assert told["message"] == refused[0]["sentence"]
    assert Order.objects.get().state == "REFUSED"
    listed = alice_api.get("/api/orders?state=REFUSED").json()["results"]
    assert [order["id"] for order in listed] == [told["details"]["id"]]


def test_nothing_is_ordered_under_an_emergency_stop(alice_api: APIClient, alice: User, alice_wallet: Wallet, sim: None) -> None:
    halts.raise_halt(
        scope="USER", level="HALTED", source="EMERGENCY_STOP", reason="", actor="user", request_id="", now=clock.now(),
        user=alice.id,
    )  # fmt: skip
    answer = submit(alice_api, BUY)
    assert answer.status_code == 422
    refused = [gate["gate"] for gate in answer.json()["details"]["gates"] if gate["verdict"] == "REFUSED"]
    assert refused == ["D"]


def test_cancel_ends_the_order_and_frees_its_money_and_again_is_a_conflict(alice_api: APIClient, alice_wallet: Wallet, sim: None) -> None:
    order = submit(alice_api, BUY).json()
    answer = alice_api.post(f"/api/orders/{order['id']}/cancel")
    assert (answer.status_code, answer.json()["state"]) == (202, "CANCELLED")
    again = alice_api.post(f"/api/orders/{order['id']}/cancel")
    assert (again.status_code, again.json()["code"]) == (409, "ORDER_IS_FINAL")


def test_cancel_all_counts(alice_api: APIClient, alice_wallet: Wallet, sim: None) -> None:
    for key in ("one", "two"):
        submit(alice_api, BUY, key=key)
    assert alice_api.post("/api/orders/cancel-all").json() == {"cancelled": 2, "open": 0}


def test_a_key_of_80_characters_is_taken_and_one_more_is_refused(alice_api: APIClient, alice_wallet: Wallet, sim: None) -> None:
    assert submit(alice_api, BUY, key="k" * 80).status_code == 202
    before = builders.rows()
    answer = submit(alice_api, BUY, key="k" * 81)
    assert (answer.status_code, answer.json()["code"]) == (400, "IDEMPOTENCY_KEY_REFUSED")
    assert builders.rows() == before


def test_a_filled_order_shows_its_average_price(alice: User, alice_api: APIClient, alice_wallet: Wallet) -> None:
    order = builders.order(builders.bot(alice))
    status = alice_api.get(f"/api/orders/{order.id}/status").json()
    assert (status["filled"], status["average_price"], status["fees"]) == ("0.01", "20010", "0.2001")


def test_a_trade_has_every_field(alice: User, alice_api: APIClient, alice_wallet: Wallet) -> None:
    made = builders.trade(builders.bot(alice))
    [trade] = alice_api.get("/api/trades").json()["results"]
    assert trade == alice_api.get(f"/api/trades/{made.id}").json()
    assert (trade["entry_price"], trade["exit_price"], trade["amount"]) == ("20010", "20500", "0.01")
    assert (trade["gross"], trade["fees"], trade["profit_loss"]) == ("4.9", "0.4051", "4.4949")
    assert (trade["status"], trade["is_paper"], trade["bootstrap"]) == ("CLOSED", True, True)
    assert (trade["opened_at"], trade["timestamp"]) == ("2026-03-02T12:00:00.000000Z", "2026-03-02T13:00:00.000000Z")
