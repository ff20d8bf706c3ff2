"""Closing positions and stopping all bots over HTTP, on the recorded market of the builders."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import AuditRow, User
from accounts.operations import second_factor
from accounts.tests import builders as people
from bots.models import Bot, BotMove, Halt
from bots.tests.threads import at_once
from trading.models import Order
from trading.tests import builders

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def holder(alice: User) -> Bot:
    """Alice has a phone, and a bot that holds 0.01 BTC."""
    second_factor.install(user=alice, secret=people.SECRET, now=people.NOON)
    builders.fund(alice)
    bot = builders.bot(alice)
    builders.holding(bot)
    builders.mark("20000")
    return bot


def test_a_position_is_closed_without_a_code_while_nothing_is_halted(holder: Bot, alice_api: APIClient) -> None:
    answer = alice_api.post(f"/api/bots/{holder.id}/close-position")
    assert answer.status_code == 202, answer.json()
    [order] = answer.json()["orders"]
    assert (order["state"], order["side"], order["type"], order["quantity"], order["reason"]) == ("OPEN", "SELL", "MARKET", "0.01", "FLATTEN")
    again = alice_api.post(f"/api/bots/{holder.id}/close-position")
    assert (again.status_code, again.json()["orders"][0]["id"]) == (202, order["id"])


def test_twelve_who_close_at_once_hear_of_the_one_order_that_closes(holder: Bot, alice: User, alice_api: APIClient) -> None:
    """The coins that a stopped bot handed over, closed by hand in twelve windows."""
    alice_api.post(f"/api/bots/{holder.id}/stop", {"position": "keep"}, format="json")
    windows = [people.bearer(alice) for _ in range(12)]
    place = {"venue": "recorded", "symbol": "BTC/USDT"}
    answers = at_once(12, lambda number: windows[number].post("/api/positions/close", place, format="json"))
    assert [(answer.status_code, [order["id"] for order in answer.json()["orders"]]) for answer in answers] == [
        (202, [str(Order.objects.exclude(state="REFUSED").get(leg="EXIT").id)])
    ] * 12


def test_a_bot_that_handed_over_all_it_had_has_no_capital_left(holder: Bot, alice_api: APIClient) -> None:
    """10,000 were given, 200 became coins. Set to 500, 9,500 go back; stopped with keep, 300 and coins that cost 200."""
    bot = f"/api/bots/{holder.id}"
    assert alice_api.patch(f"{bot}/allocation", {"amount": "500"}, format="json").json()["allocated_capital"] == "500"
    stopped = alice_api.post(f"{bot}/stop", {"position": "keep"}, format="json").json()
    assert (stopped["status"], stopped["allocated_capital"], stopped["cash"], stopped["position"]) == ("STOPPED", "0", "0", None)


def test_under_a_stop_of_everything_the_owner_closes_with_their_own_fresh_code(holder: Bot, alice_api: APIClient, olga_api: APIClient) -> None:
    halt = olga_api.post("/api/admin/emergency-stop").json()["halt_id"]
    door = f"/api/bots/{holder.id}/close-position"
    for body, code in (({}, "OTP_MISSING"), ({"otp": "000000"}, "OTP_WRONG")):
        answer = alice_api.post(door, body, format="json")
        assert (answer.status_code, answer.json()["code"]) == (403, code)
    answer = alice_api.post(door, {"otp": people.fresh_code()}, format="json")
    assert answer.status_code == 202, answer.json()
    assert str(Order.objects.get(id=answer.json()["orders"][0]["id"]).halt_id) == halt
    row = AuditRow.objects.get(act="position.close")
    assert (row.actor.split(":")[0], row.after) == ("user", {"halts": [halt]})


def test_who_has_no_phone_learns_that_one_is_needed(bob: User, bob_api: APIClient, olga_api: APIClient) -> None:
    builders.fund(bob)
    bot = builders.bot(bob)
    builders.holding(bot)
    builders.mark("20000")
    olga_api.post("/api/admin/emergency-stop")
    answer = bob_api.post(f"/api/bots/{bot.id}/close-position", {"otp": "123456"}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (403, "OTP_NOT_ENROLLED")


def test_what_the_market_would_not_take_is_422_with_the_stored_order(holder: Bot, alice_api: APIClient) -> None:
    builders.mark("200", at=builders.NOON + timedelta(seconds=1))
    answer = alice_api.post(f"/api/bots/{holder.id}/close-position")
    assert (answer.status_code, answer.json()["code"], answer.json()["details"]["state"]) == (422, "UNDER_MINIMUM_NOTIONAL", "REFUSED")


def test_nothing_held_is_409(alice: User, alice_api: APIClient) -> None:
    builders.fund(alice)
    bot = builders.bot(alice)
    for path, body in ((f"bots/{bot.id}/close-position", {}), ("positions/close", {"venue": "recorded", "symbol": "BTC/USDT"})):
        answer = alice_api.post(f"/api/{path}", body, format="json")
        assert (answer.status_code, answer.json()["code"]) == (409, "NO_POSITION")


def test_stop_all_hands_over_what_is_held_and_ends_every_bot(holder: Bot, alice: User, alice_api: APIClient) -> None:
    """One bot holds, one waits with an entry, one is new, one is stopped already; the coins are then closed by hand."""
    waiter, gone = builders.bot(alice, name="waiter"), builders.bot(alice, name="gone")
    builders.bot(alice, name="new", running=False)
    builders.sent(builders.request(waiter))
    alice_api.post(f"/api/bots/{gone.id}/stop")
    answer = alice_api.post("/api/bots/stop-all", {"position": "keep"}, format="json")
    assert (answer.status_code, answer.json()) == (202, {"moved": 3})
    assert set(Bot.objects.values_list("status", flat=True)) == {"STOPPED"}
    assert alice_api.post("/api/bots/stop-all").json() == {"moved": 0}
    hand = alice_api.post("/api/positions/close", {"venue": "recorded", "symbol": "BTC/USDT"}, format="json")
    assert (hand.status_code, hand.json()["orders"][0]["bot_id"]) == (202, None)


def test_stop_all_with_close_leaves_the_holder_stopping(holder: Bot, alice: User, alice_api: APIClient) -> None:
    builders.bot(alice, name="idle")
    assert alice_api.post("/api/bots/stop-all").json() == {"moved": 2}
    told: list[Any] = sorted(Bot.objects.values_list("status", "pause_reason"))
    assert told == [("PAUSED", "STOPPING"), ("STOPPED", "")]
    why = alice_api.get(f"/api/bots/{holder.id}/why").json()
    assert why["sentence"].startswith("It is stopping:")


def test_a_stopping_bot_says_that_it_waits_for_the_halt(holder: Bot, alice_api: APIClient) -> None:
    alice_api.post("/api/system/emergency-stop")
    alice_api.post(f"/api/bots/{holder.id}/stop")
    why = alice_api.get(f"/api/bots/{holder.id}/why").json()
    assert why["pause_reason"] == "STOPPING"
    assert why["sentence"] == "An emergency stop is in force: it is stopping and waits with what it holds until the stop is lifted."


def test_start_all_starts_the_new_ones_or_none_under_a_halt(alice: User, alice_api: APIClient) -> None:
    builders.fund(alice)
    new = [builders.bot(alice, name=name, running=False) for name in ("one", "two")]
    alice_api.post("/api/system/emergency-stop")
    answer = alice_api.post("/api/bots/start-all")
    assert (answer.status_code, answer.json()["code"], BotMove.objects.count()) == (409, "HALTED", 0)
    Halt.objects.update(lifted_at=people.NOON, lifted_by="user:a")
    assert alice_api.post("/api/bots/start-all").json() == {"moved": 2}
    assert set(Bot.objects.filter(id__in=builders.ids(new)).values_list("status", flat=True)) == {"RUNNING"}
