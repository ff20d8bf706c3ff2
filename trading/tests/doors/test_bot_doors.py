"""What a person can do with bots over HTTP, told as stories."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import AuditRow, User
from accounts.web import clock
from bots.operations import halts
from ledger.models import Market, Wallet
from ledger.operations import reference
from trading.tests.doors import builders

WISH: dict[str, Any] = {
    "name": "Trend", "symbol": "BTC/USDT", "strategy": "ema_cross", "parameters": {"fast": 12, "slow": 26},
    "capital": "200", "exits": {"stop_loss": "0.02", "take_profit": "0.05", "max_holding": 3600},
}  # fmt: skip


def test_a_bot_is_created_new_with_its_capital_set_aside(alice_api: APIClient, alice_wallet: Wallet) -> None:
    answer = alice_api.post("/api/bots", WISH, format="json")
    assert answer.status_code == 201, answer.json()
    bot = answer.json()
    assert (bot["status"], bot["pause_reason"], bot["stage"], bot["mode"]) == ("PAUSED", "NEW", "TRAINING", "PAPER")
    assert (bot["venue"], bot["timeframe"], bot["currency"]) == ("sim", "1m", "USDT")
    assert (bot["allocated_capital"], bot["book_equity"], bot["cash"]) == ("200", "200", "200")
    assert bot["exits"] == {"stop_loss": "0.02", "take_profit": "0.05", "trailing": None, "max_holding": 3600}
    assert bot["parameters"] == {"fast": 12, "slow": 26, "volatility": 60}
    assert bot["moves"] == ["START", "STOP"]
    assert alice_api.get(f"/api/bots/{bot['id']}").json()["id"] == bot["id"]


def test_start_pause_resume_moves_the_bot_and_says_what_is_possible_next(alice: User, alice_api: APIClient, alice_wallet: Wallet) -> None:
    path = f"/api/bots/{builders.bot(alice).id}"
    assert alice_api.post(f"{path}/start").json()["status"] == "RUNNING"
    paused = alice_api.post(f"{path}/pause", {"reason": "lunch"}, format="json").json()
    assert (paused["status"], paused["pause_reason"], paused["moves"]) == ("PAUSED", "USER", ["RESUME", "STOP"])
    assert alice_api.post(f"{path}/resume").json()["status"] == "RUNNING"
    assert AuditRow.objects.get(act="bot.pause").reason == "lunch"


def test_an_illegal_move_is_409_and_lists_the_legal_ones(alice: User, alice_api: APIClient, alice_wallet: Wallet) -> None:
    path = f"/api/bots/{builders.bot(alice).id}"
    answer = alice_api.post(f"{path}/resume")
    assert answer.status_code == 409
    assert answer.json()["code"] == "ILLEGAL_MOVE"
    assert answer.json()["details"]["legal"] == ["START", "STOP"]


def test_nothing_starts_under_a_halt(alice: User, alice_api: APIClient, alice_wallet: Wallet) -> None:
    path = f"/api/bots/{builders.bot(alice).id}"
    halts.raise_halt(
        scope="USER", level="HALTED", source="EMERGENCY_STOP", reason="", actor="user", request_id="", now=clock.now(),
        user=alice.id,
    )  # fmt: skip
    answer = alice_api.post(f"{path}/start")
    assert (answer.status_code, answer.json()["code"]) == (409, "HALTED")
    status = alice_api.get("/api/emergency-stop/status").json()
    assert status["active"] is True
    assert [halt["source"] for halt in status["halts"]] == ["EMERGENCY_STOP"]


def test_pause_all_and_resume_all_count_what_they_moved(alice: User, alice_api: APIClient, alice_wallet: Wallet) -> None:
    for name in ("one", "two", "three"):
        bot = builders.bot(alice, name=name)
        if name != "three":
            alice_api.post(f"/api/bots/{bot.id}/start")
    assert alice_api.post("/api/bots/pause-all").json() == {"moved": 2}
    assert alice_api.post("/api/bots/resume-all").json() == {"moved": 2}
    assert alice_api.get("/api/bots?status=RUNNING").json()["next"] is None
    assert len(alice_api.get("/api/bots?status=RUNNING").json()["results"]) == 2


def test_capital_moves_between_free_money_and_the_bot(alice: User, alice_api: APIClient, alice_wallet: Wallet) -> None:
    path = f"/api/bots/{builders.bot(alice, capital='200').id}/allocation"
    more = alice_api.patch(path, {"amount": "250.5"}, format="json").json()
    assert (more["allocated_capital"], more["cash"]) == ("250.5", "250.5")
    less = alice_api.patch(path, {"amount": "100"}, format="json").json()
    assert (less["allocated_capital"], less["cash"]) == ("100", "100")
    answer = alice_api.patch(path, {"amount": "10000.01"}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (422, "INSUFFICIENT_FREE_FUNDS")
    assert answer.json()["details"]["free"] == "9900"


def test_name_exits_and_parameters_change_and_the_trail_keeps_before_and_after(alice: User, alice_api: APIClient, alice_wallet: Wallet) -> None:
    path = f"/api/bots/{builders.bot(alice).id}"
    answer = alice_api.patch(
        path, {"name": "Slow", "exits": {"stop_loss": "0.03"}, "parameters": {"fast": 20, "slow": 60}}, format="json"
    )
    assert answer.status_code == 200, answer.json()
    assert (answer.json()["name"], answer.json()["exits"]["stop_loss"]) == ("Slow", "0.03")
    assert answer.json()["parameters"] == {"fast": 20, "slow": 60, "volatility": 60}
    row = AuditRow.objects.get(act="bot.change")
    assert (row.before["name"], row.after["name"]) == ("Trend", "Slow")


def test_parameters_of_a_running_bot_do_not_change_under_it(alice: User, alice_api: APIClient, alice_wallet: Wallet) -> None:
    path = f"/api/bots/{builders.bot(alice).id}"
    alice_api.post(f"{path}/start")
    answer = alice_api.patch(path, {"parameters": {"fast": 20, "slow": 60}}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "BOT_RUNNING")


def test_why_says_the_strongest_reason_and_shows_refusals_with_their_numbers(alice: User, alice_api: APIClient, alice_wallet: Wallet) -> None:
    bot = builders.bot(alice)
    new = alice_api.get(f"/api/bots/{bot.id}/why").json()
    assert new["sentence"] == "It is new: start it."
    assert new["reading"] is None
    alice_api.post(f"/api/bots/{bot.id}/start")
    builders.order(bot, state="REFUSED")
    told = alice_api.get(f"/api/bots/{bot.id}/why").json()
    assert [event["kind"] for event in told["timeline"]] == ["REFUSAL", "MOVE"]
    refusal = told["timeline"][0]
    assert refusal["code"] == "EDGE_UNDER_COST"
    assert refusal["gates"][1]["numbers"] == {"edge_bps": "12.5", "needed_bps": "46"}
    assert refusal["lacking"]
    assert refusal["data_age_s"] >= 0


def test_the_list_goes_on_from_page_to_page(alice: User, alice_api: APIClient, alice_wallet: Wallet) -> None:
    for number in range(3):
        builders.bot(alice, name=f"bot {number}", capital="10")
    first = alice_api.get("/api/bots?limit=2").json()
    second = alice_api.get(f"/api/bots?limit=2&cursor={first['next']}").json()
    assert [bot["name"] for bot in first["results"] + second["results"]] == ["bot 2", "bot 1", "bot 0"]
    assert second["next"] is None


def test_the_list_needs_as_many_statements_for_ten_bots_as_for_one(alice: User, alice_api: APIClient, alice_wallet: Wallet, django_assert_max_num_queries: Any) -> None:
    for number in range(10):
        builders.bot(alice, name=f"bot {number}", capital="10")
    with django_assert_max_num_queries(6):
        assert len(alice_api.get("/api/bots").json()["results"]) == 10


def test_a_chart_without_candles_is_empty_not_an_error(alice: User, alice_api: APIClient, alice_wallet: Wallet) -> None:
    chart = alice_api.get(f"/api/bots/{builders.bot(alice).id}/candles?limit=10").json()
    assert (chart["candles"], chart["series"], chart["marks"]) == ([], [], [])
    assert chart["symbol"] == "BTC/USDT"


def test_strategies_state_their_parameters_with_bounds(alice_api: APIClient) -> None:
    [ema] = [found for found in alice_api.get("/api/strategies").json() if found["family"] == "ema_cross"]
    fast = ema["parameters"][0]
    assert (fast["name"], fast["low"], fast["high"], fast["unit"]) == ("fast", "2", "500", "candles")
    assert "edge" in ema["description"]


def test_markets_name_the_reason_why_one_cannot_be_traded(alice_api: APIClient, alice_wallet: Wallet) -> None:
    [btc] = alice_api.get("/api/markets?venue=sim").json()
    assert (btc["symbol"], btc["simulated"], btc["tradable"], btc["excluded"]) == ("BTC/USDT", True, False, ["NO_PRICE"])
    assert Decimal(btc["taker_fee"]) == Decimal("0.001")


@pytest.mark.parametrize("by", ["stop", "delete"])
def test_a_stopped_bot_gives_its_capital_back_and_stays_in_the_history(by: str, alice: User, alice_api: APIClient, alice_wallet: Wallet) -> None:
    path = f"/api/bots/{builders.bot(alice, capital='200').id}"
    answer = alice_api.post(f"{path}/stop", {"position": "keep"}, format="json") if by == "stop" else alice_api.delete(path)
    assert (answer.status_code, answer.json()["status"]) == (202, "STOPPED")
    assert (answer.json()["allocated_capital"], answer.json()["cash"], answer.json()["moves"]) == ("0", "0", [])
    again = alice_api.patch(path, {"name": "ghost"}, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "BOT_STOPPED")


def test_a_chart_shows_candles_the_averages_and_the_candle_of_the_fill(alice: User, alice_api: APIClient, alice_wallet: Wallet) -> None:
    """Sixty minutes that rise by 1.00 from 100.00; the order was decided on the 58th and filled in the 59th."""
    bot = builders.bot(alice, parameters={"fast": 2, "slow": 3, "volatility": 2})
    first = builders.rising(bot.market, minutes=60)
    builders.order(bot, candle=first + timedelta(minutes=57))
    chart = alice_api.get(f"/api/bots/{bot.id}/candles?limit=3").json()
    assert [candle["c"] for candle in chart["candles"]] == [157.0, 158.0, 159.0]
    assert [series["name"] for series in chart["series"]] == ["EMA 2", "EMA 3"]
    assert [point["v"] for point in chart["series"][0]["points"]] == pytest.approx([156.5, 157.5, 158.5])
    assert [(mark["t"], mark["side"], mark["price"]) for mark in chart["marks"]] == [(chart["candles"][1]["t"], "BUY", 20010.0)]


def test_a_bot_says_at_which_equity_and_allocation_its_smallest_trade_is_legal(alice_api: APIClient, alice_wallet: Wallet) -> None:
    """At 20,000 in steps of 1e-8 two steps, 0.0004 USDT, can be sold again after a fee in coins; 1 % of the book must buy them."""
    bot = alice_api.post("/api/bots", WISH, format="json").json()
    assert bot["smallest_trade"] is None, "no price yet"
    price = reference.NewMark(Market.objects.get(venue="sim", symbol="BTC/USDT").id, Decimal(20_000), clock.now(), "test")
    reference.set_marks([price])
    smallest = alice_api.get(f"/api/bots/{bot['id']}").json()["smallest_trade"]
    assert (smallest["currency"], smallest["fraction"]) == ("USDT", "0.01")
    assert (smallest["notional"], smallest["allocation"]) == ("0.0004", "0.05")
    assert smallest["equity"] == smallest["allocation"]
    alice_api.patch(f"/api/bots/{bot['id']}", {"profile": "conservative"}, format="json")
    careful = alice_api.get(f"/api/bots/{bot['id']}").json()["smallest_trade"]
    assert Decimal(careful["notional"]) >= 15
    assert alice_api.get("/api/bots").json()["results"][0]["smallest_trade"] is None
