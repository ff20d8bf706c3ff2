"""What cannot be understood or may not be: each gets a clear sentence, the right status, and leaves every table as it was."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from accounts.web import clock
from ledger.models import Wallet
from trading import venues
from trading.tests.doors import builders

NOBODY = UUID(int=7)
LONG = "9" * 40
BOT: dict[str, Any] = {
    "name": "Trend", "symbol": "BTC/USDT", "strategy": "ema_cross", "parameters": {"fast": 12, "slow": 26}, "capital": "200"
}  # fmt: skip
DATED: dict[str, Any] = {"type": "LIMIT", "price": "20000", "time_in_force": "GTD"}
ORDER: dict[str, Any] = {"symbol": "BTC/USDT", "side": "BUY", "quote_amount": "50"}
NOT_AMOUNTS = ["-1", "0", LONG, "1." + "1" * 25, "NaN", "Infinity", "1e3", " 1", "", "1,5", 1.5, True, None, [], {"a": 1}]


@pytest.fixture(autouse=True)
def sim(alice_wallet: Wallet) -> None:
    venues.venue("sim").ensure_markets(now=clock.now())


def refused(answer: Any, *, status: int, code: str = "") -> None:
    """One shape for every no: a code, a sentence, details."""
    told = answer.json()
    assert answer.status_code == status, told
    assert set(told) == {"code", "message", "details"}
    assert len(told["message"].split()) > 1, told["message"]
    if code:
        assert told["code"] == code, told


@pytest.mark.parametrize("amount", NOT_AMOUNTS, ids=repr)
def test_what_is_no_amount_is_no_capital(amount: Any, alice_api: APIClient) -> None:
    before = builders.rows()
    refused(alice_api.post("/api/bots", {**BOT, "capital": amount}, format="json"), status=400)
    assert builders.rows() == before


@pytest.mark.parametrize("amount", NOT_AMOUNTS, ids=repr)
@pytest.mark.parametrize("field", ["quantity", "quote_amount"])
def test_what_is_no_amount_orders_nothing(field: str, amount: Any, alice_api: APIClient) -> None:
    before = builders.rows()
    body = {"symbol": "BTC/USDT", "side": "BUY", field: amount}
    refused(alice_api.post("/api/orders/submit", body, format="json", HTTP_IDEMPOTENCY_KEY="k"), status=400)
    assert builders.rows() == before


@pytest.mark.parametrize("amount", NOT_AMOUNTS, ids=repr)
def test_what_is_no_amount_moves_no_capital(amount: Any, alice: User, alice_api: APIClient) -> None:
    path = f"/api/bots/{builders.bot(alice).id}/allocation"
    before = builders.rows()
    refused(alice_api.patch(path, {"amount": amount}, format="json"), status=400)
    assert builders.rows() == before


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"name": ""}, 400, ""),
        ({"name": "x" * 81}, 400, ""),
        ({"name": "a\nb"}, 400, "BAD_NAME"),
        ({"symbol": "DOGE/USDT"}, 422, "UNKNOWN_SYMBOL"),
        ({"symbol": "'; DROP TABLE bots_bot; --"}, 422, "UNKNOWN_SYMBOL"),
        ({"venue": "mtgox"}, 422, "UNKNOWN_VENUE"),
        ({"timeframe": "7m"}, 422, "UNKNOWN_TIMEFRAME"),
        ({"timeframe": "soon"}, 422, "UNKNOWN_TIMEFRAME"),
        ({"strategy": "crystal_ball"}, 422, "UNKNOWN_STRATEGY"),
        ({"parameters": {"fast": 26, "slow": 12}}, 422, "BAD_PARAMETER"),
        ({"parameters": {"fast": 0, "slow": 26}}, 422, "BAD_PARAMETER"),
        ({"parameters": {"fast": "NaN"}}, 422, "BAD_PARAMETER"),
        ({"parameters": {"speed": 3}}, 422, "BAD_PARAMETER"),
        ({"parameters": [1, 2]}, 400, ""),
        ({"exits": {"stop_loss": "1.5"}}, 422, "BAD_EXIT"),
        ({"exits": {"stop_loss": "-0.1"}}, 400, ""),
        ({"exits": {"stop_loss": "0.0000001"}}, 422, "BAD_EXIT"),
        ({"exits": {"max_holding": 0}}, 400, ""),
        ({"exits": {"max_holding": 10**12}}, 400, ""),
        ({"exits": {"hope": "0.1"}}, 400, ""),
        ({"mode": "LIVE"}, 422, "LIVE_NOT_ALLOWED"),
        ({"mode": "DREAM"}, 400, ""),
        ({"capital": "10000.01"}, 422, "INSUFFICIENT_FREE_FUNDS"),
        ({"status": "RUNNING"}, 400, ""),
        ({"owner": str(NOBODY)}, 400, ""),
    ],
    ids=repr,
)  # fmt: skip
def test_a_bot_that_cannot_be_is_not_made(change: dict[str, Any], status: int, code: str, alice_api: APIClient) -> None:
    before = builders.rows()
    refused(alice_api.post("/api/bots", {**BOT, **change}, format="json"), status=status, code=code)
    assert builders.rows() == before


@pytest.mark.parametrize("field", sorted(BOT.keys() - {"parameters"}))
def test_a_bot_needs_every_field(field: str, alice_api: APIClient) -> None:
    before = builders.rows()
    refused(alice_api.post("/api/bots", {name: value for name, value in BOT.items() if name != field}, format="json"), status=400)
    assert builders.rows() == before


def test_a_person_without_money_makes_no_bot(bob_api: APIClient) -> None:
    before = builders.rows()
    answer = bob_api.post("/api/bots", BOT, format="json")
    refused(answer, status=422, code="INSUFFICIENT_FREE_FUNDS")
    assert answer.json()["details"]["free"] == "0"
    assert builders.rows() == before


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"symbol": "DOGE/USDT"}, 422, "UNKNOWN_SYMBOL"),
        ({"venue": "mtgox"}, 422, "UNKNOWN_VENUE"),
        ({"side": "HOLD"}, 400, ""),
        ({"type": "WISH"}, 400, ""),
        ({"time_in_force": "FOREVER"}, 400, ""),
        ({"quantity": "0.1"}, 400, ""),
        ({"type": "LIMIT"}, 400, "PRICE_DOES_NOT_FIT"),
        ({"type": "POST_ONLY"}, 400, "PRICE_DOES_NOT_FIT"),
        ({"price": "20000"}, 400, "PRICE_DOES_NOT_FIT"),
        ({"time_in_force": "GTC"}, 400, "TIME_IN_FORCE_DOES_NOT_FIT"),
        ({"time_in_force": "GTD", "expires_at": "2030-01-01T00:00:00Z"}, 400, "TIME_IN_FORCE_DOES_NOT_FIT"),
        ({"type": "POST_ONLY", "price": "20000", "time_in_force": "IOC"}, 400, "TIME_IN_FORCE_DOES_NOT_FIT"),
        ({"type": "POST_ONLY", "price": "20000", "time_in_force": "FOK"}, 400, "TIME_IN_FORCE_DOES_NOT_FIT"),
        ({"type": "LIMIT", "price": "20000", "time_in_force": "GTD"}, 400, "EXPIRY_DOES_NOT_FIT"),
        ({"type": "LIMIT", "price": "20000", "expires_at": "2030-01-01T00:00:00Z"}, 400, "EXPIRY_DOES_NOT_FIT"),
        ({**DATED, "expires_at": "2020-01-01T00:00:00Z"}, 422, "EXPIRY_OUT_OF_RANGE"),
        ({**DATED, "expires_at": "9999-12-31T23:59:59Z"}, 422, "EXPIRY_OUT_OF_RANGE"),
        ({**DATED, "expires_at": "0001-01-01T00:00:00+14:00"}, 400, ""),
        ({**DATED, "expires_at": "tomorrow"}, 400, ""),
        ({**DATED, "expires_at": 1893456000}, 400, ""),
        ({**DATED, "expires_at": None}, 400, ""),
        ({"type": "LIMIT", "price": "20000.001", "time_in_force": "IOC"}, 422, "OFF_TICK"),
        ({"expected_edge_bps": "lots"}, 400, ""),
        ({"expected_edge_bps": LONG}, 400, ""),
        ({"expected_edge_bps": "99999999999"}, 400, ""),
        ({"bot_id": str(NOBODY)}, 404, ""),
        ({"bot_id": "mine"}, 400, ""),
        ({"mode": "LIVE"}, 422, "LIVE_NOT_ALLOWED"),
        ({"state": "FILLED"}, 400, ""),
    ],
    ids=repr,
)  # fmt: skip
def test_an_order_that_cannot_be_is_not_stored(change: dict[str, Any], status: int, code: str, alice_api: APIClient) -> None:
    before = builders.rows()
    answer = alice_api.post("/api/orders/submit", {**ORDER, **change}, format="json", HTTP_IDEMPOTENCY_KEY="k")
    refused(answer, status=status, code=code)
    assert builders.rows() == before


@pytest.mark.parametrize("key", ["", "with space", "k" * 129, "\u00fc"], ids=repr)
def test_an_order_without_a_usable_key_is_refused(key: str, alice_api: APIClient) -> None:
    before = builders.rows()
    refused(alice_api.post("/api/orders/submit", ORDER, format="json", HTTP_IDEMPOTENCY_KEY=key), status=400)
    assert builders.rows() == before


def test_an_order_beyond_ones_means_is_refused_and_the_money_stays(alice_api: APIClient, alice_wallet: Wallet) -> None:
    body = {**ORDER, "quote_amount": "20000"}
    answer = alice_api.post("/api/orders/submit", body, format="json", HTTP_IDEMPOTENCY_KEY="k")
    refused(answer, status=422, code="INSUFFICIENT_FUNDS")
    assert answer.json()["details"]["state"] == "REFUSED"
    bot = alice_api.post("/api/bots", {**BOT, "capital": "10000"}, format="json")
    assert bot.status_code == 201


@pytest.mark.parametrize("side", ["BUY", "SELL"])
@pytest.mark.parametrize("field", ["quantity", "quote_amount"])
@pytest.mark.parametrize("amount", ["0." + "0" * 23 + "1", "0.000000001", "0.00001", "9" * 12, "9" * 12 + "." + "9" * 24, "9" * 13, "9" * 32])
def test_amounts_at_the_edge_of_what_can_be_written_never_break_the_server(amount: str, field: str, side: str, alice_api: APIClient) -> None:
    body = {"symbol": "BTC/USDT", "side": side, field: amount}
    answer = alice_api.post("/api/orders/submit", body, format="json", HTTP_IDEMPOTENCY_KEY="k")
    assert answer.status_code in (202, 400, 422), answer.json()


@pytest.mark.parametrize("price", ["0.01", "999999999.99", "9" * 32])
def test_limits_at_the_edge_of_what_can_be_written_never_break_the_server(price: str, alice_api: APIClient) -> None:
    for key, size in enumerate(({"quantity": "9" * 12}, {"quantity": "0.00001"}, {"quote_amount": "9" * 12})):
        body = {"symbol": "BTC/USDT", "side": "BUY", "type": "LIMIT", "time_in_force": "IOC", "price": price, **size}
        answer = alice_api.post("/api/orders/submit", body, format="json", HTTP_IDEMPOTENCY_KEY=str(key))
        assert answer.status_code in (202, 400, 422), answer.json()


def test_a_capital_of_32_digits_is_more_than_anybody_has(alice_api: APIClient) -> None:
    before = builders.rows()
    refused(alice_api.post("/api/bots", {**BOT, "capital": "9" * 32}, format="json"), status=422, code="INSUFFICIENT_FREE_FUNDS")
    assert builders.rows() == before


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'"x"', b"\xff", b'{"name": NaN}', b"[" * 40, b'{"a":1,"a":2}', b"null"])
@pytest.mark.parametrize("path", ["bots", "orders/submit", "circuit-breaker/reset", "system/emergency-resume", "positions/close"])
def test_what_is_no_json_object_is_refused(path: str, body: bytes, alice_api: APIClient) -> None:
    before = builders.rows()
    answer = alice_api.post(f"/api/{path}", body, content_type="application/json", HTTP_IDEMPOTENCY_KEY="k")
    refused(answer, status=400)
    assert builders.rows() == before


@pytest.mark.parametrize(
    "path",
    [
        "orders?state=MAYBE", "orders?bot=mine", "bots?status=HAPPY", "bots?cursor=xyz", "bots?limit=0", "bots?limit=many",
        "trades?bot=%00", "orders?cursor=cD0xMjM%3D",
    ],
)  # fmt: skip
def test_bad_questions_are_answered_with_400(path: str, alice_api: APIClient) -> None:
    refused(alice_api.get(f"/api/{path}"), status=400)


def test_a_venue_nobody_knows_has_no_markets(alice_api: APIClient) -> None:
    refused(alice_api.get("/api/markets?venue=mtgox"), status=422, code="UNKNOWN_VENUE")


@pytest.mark.parametrize("question", ["limit=0", "limit=9999999", "limit=x", "timeframe=soon"])
def test_a_chart_that_cannot_be_drawn_says_why(question: str, alice: User, alice_api: APIClient) -> None:
    refused(alice_api.get(f"/api/bots/{builders.bot(alice).id}/candles?{question}"), status=400)


@pytest.mark.parametrize("path", ["bots/not-an-id", f"bots/{NOBODY}", f"orders/{NOBODY}/status", f"trades/{NOBODY}", "bots/1/start"])
def test_what_does_not_exist_is_404(path: str, alice_api: APIClient) -> None:
    refused(alice_api.get(f"/api/{path}"), status=404)


@pytest.mark.parametrize(
    ("moves", "illegal"),
    [
        ([], "pause"), ([], "resume"), (["start"], "start"), (["start"], "resume"), (["start", "pause"], "start"),
        (["stop"], "start"), (["stop"], "pause"), (["stop"], "resume"), (["stop"], "stop"),
    ],
)  # fmt: skip
def test_an_illegal_move_changes_nothing(moves: list[str], illegal: str, alice: User, alice_api: APIClient) -> None:
    path = f"/api/bots/{builders.bot(alice).id}"
    for move in moves:
        assert alice_api.post(f"{path}/{move}").status_code in (200, 202)
    before = builders.rows()
    answer = alice_api.post(f"{path}/{illegal}")
    refused(answer, status=409, code="ILLEGAL_MOVE")
    assert isinstance(answer.json()["details"]["legal"], list)
    assert builders.rows() == before


def test_a_reset_of_a_breaker_that_has_not_tripped_says_so(alice: User, alice_api: APIClient) -> None:
    body = {"bot_id": str(builders.bot(alice).id), "reason": "try"}
    refused(alice_api.post("/api/circuit-breaker/reset", body, format="json"), status=422, code="NOT_TRIPPED")


@pytest.mark.parametrize("body", [{}, {"reason": "x"}, {"otp": "123456"}, {"reason": "", "otp": "1"}, {"reason": "x" * 201, "otp": "1"}])
def test_a_resume_needs_a_reason_and_a_code(body: dict[str, str], alice_api: APIClient) -> None:
    refused(alice_api.post("/api/system/emergency-resume", body, format="json"), status=400)


@pytest.mark.parametrize("body", [{}, {"symbol": ""}, {"symbol": []}, {"symbol": "BTC/USDT", "mode": "DREAM"}, {"symbol": "x" * 42}, {"symbol": "BTC/USDT", "otp": "1" * 33}])
def test_a_position_that_is_none_is_not_closed(body: dict[str, Any], alice_api: APIClient) -> None:
    before = builders.rows()
    refused(alice_api.post("/api/positions/close", body, format="json"), status=400)
    assert builders.rows() == before


@pytest.mark.parametrize("body", [{"position": "burn"}, {"position": None}, {"bots": "all"}], ids=repr)
def test_a_stop_that_does_not_say_what_becomes_of_positions_stops_nobody(body: dict[str, Any], alice: User, alice_api: APIClient) -> None:
    path = f"bots/{builders.bot(alice).id}/stop"
    before = builders.rows()
    for door in (path, "bots/stop-all"):
        refused(alice_api.post(f"/api/{door}", body, format="json"), status=400)
    assert builders.rows() == before


def test_methods_that_a_door_does_not_have_are_405(alice_api: APIClient) -> None:
    refused(alice_api.delete("/api/orders"), status=405)
