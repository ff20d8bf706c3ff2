"""Stopping is easy, resuming is hard: over HTTP, in the console and on the command line."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import AuditRow, User
from accounts.operations import second_factor
from accounts.tests import builders as people
from accounts.web import clock
from bots.models import Bot, Halt
from ledger.models import Wallet
from trading.models import BreakerState, Order
from trading.operations import kill_switch
from trading.tests.doors import builders

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def running(alice: User, alice_api: APIClient, alice_wallet: Wallet) -> Bot:
    bot = builders.bot(alice)
    alice_api.post(f"/api/bots/{bot.id}/start")
    builders.order(bot, state="OPEN")
    return bot


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The kill-switch file, in a data folder of this test's own."""
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path)
    return tmp_path / kill_switch.NAME


def test_an_operator_stops_everybody_without_reason_or_code(running: Bot, olga_api: APIClient) -> None:
    answer = olga_api.post("/api/admin/emergency-stop")
    assert answer.status_code == 200, answer.json()
    report = answer.json()
    assert (report["scope"], report["level"]) == ("GLOBAL", "HALTED")
    assert (report["orders_cancelled"], report["orders_open"], report["bots_paused"]) == (1, 0, 1)
    running.refresh_from_db()
    assert (running.status, running.pause_reason) == ("PAUSED", "EMERGENCY_STOP")
    assert APIClient().get("/api/system/status").json()["halted"] is True


def test_a_person_stops_their_own_and_lifts_it_with_reason_and_code(alice: User, running: Bot, alice_api: APIClient) -> None:
    assert alice_api.post("/api/system/emergency-stop", {"reason": "odd"}, format="json").json()["scope"] == "USER"
    second_factor.install(user=alice, secret=people.SECRET, now=people.NOON)
    wish = {"reason": "looked at it", "otp": "000000"}
    wrong = alice_api.post("/api/system/emergency-resume", wish, format="json")
    assert (wrong.status_code, Halt.objects.filter(lifted_at__isnull=True).count()) == (403, 1)
    right = alice_api.post("/api/system/emergency-resume", {**wish, "otp": people.fresh_code()}, format="json")
    assert (right.status_code, right.json()["active"]) == (200, False)
    running.refresh_from_db()
    assert running.status == "PAUSED"


def test_lifting_a_global_stop_needs_an_operators_fresh_code_and_works_once(running: Bot, olga_api: APIClient, alice_api: APIClient) -> None:
    olga_api.post("/api/admin/emergency-stop")
    code = people.fresh_code()
    for reason, status in (("all clear", 200), ("again", 404)):
        answer = olga_api.post("/api/admin/emergency-resume", {"reason": reason, "otp": code}, format="json")
        assert answer.status_code == status, answer.json()
    assert alice_api.get("/api/emergency-stop/status").json() == {"active": False, "halts": []}
    assert AuditRow.objects.filter(act="halt.lift").get().reason == "all clear"


def test_stopping_twice_stands_once(running: Bot, olga_api: APIClient) -> None:
    first, second = (olga_api.post("/api/admin/emergency-stop").json() for _ in range(2))
    assert first["halt_id"] == second["halt_id"]
    assert Halt.objects.count() == 1


def test_the_kill_switch_file_forbids_the_resume_while_it_lies_there(running: Bot, olga_api: APIClient, file: Path) -> None:
    olga_api.post("/api/admin/emergency-stop")
    file.touch()
    wish = {"reason": "all clear", "otp": people.fresh_code()}
    answer = olga_api.post("/api/admin/emergency-resume", wish, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "KILL_SWITCH_PRESENT")
    file.unlink()
    assert olga_api.post("/api/admin/emergency-resume", wish, format="json").status_code == 200


def test_the_command_stops_and_answers_in_json(running: Bot) -> None:
    out = io.StringIO()
    call_command("emergency_stop", "--reason", "fire", "--json", stdout=out)
    report = json.loads(out.getvalue())
    assert (report["scope"], report["orders_cancelled"], report["bots_paused"]) == ("GLOBAL", 1, 1)
    assert Halt.objects.get().reason == "fire"


def test_the_command_resumes_with_the_code_from_standard_input(running: Bot, olga: User, monkeypatch: pytest.MonkeyPatch) -> None:
    call_command("emergency_stop", stdout=io.StringIO())
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{people.fresh_code()}\n"))
    out = io.StringIO()
    call_command("emergency_resume", "--as", "olga", "--reason", "done", "--json", stdout=out, stderr=io.StringIO())
    assert json.loads(out.getvalue()) == {"active": False, "halts": []}


@pytest.mark.parametrize(("name", "said"), [("alice", "There is no operator"), ("nobody", "There is no operator"), ("olga", "code")])
def test_the_command_refuses_who_may_not_with_one_line_and_exit_2(name: str, said: str, running: Bot, olga: User, monkeypatch: pytest.MonkeyPatch) -> None:
    call_command("emergency_stop", stdout=io.StringIO())
    monkeypatch.setattr("sys.stdin", io.StringIO("000000\n"))
    err = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("emergency_resume", "--as", name, "--reason", "x", stdout=io.StringIO(), stderr=err)
    assert ended.value.code == 2
    assert said in err.getvalue()
    assert Halt.objects.filter(lifted_at__isnull=True).count() == 1


@pytest.fixture
def console(olga: User) -> Client:
    """Olga in the console, her session verified by a code."""
    client = Client()
    form = {"username": "olga", "password": people.PASSWORD, "otp": people.fresh_code(), "next": "/admin/"}
    assert client.post("/admin/login/", form).status_code == 302
    return client


def test_both_doors_and_the_command_report_the_same_fields(running: Bot, olga_api: APIClient, alice_api: APIClient) -> None:
    out = io.StringIO()
    call_command("emergency_stop", "--json", stdout=out)
    reports = [olga_api.post("/api/admin/emergency-stop").json(), alice_api.post("/api/system/emergency-stop").json(), json.loads(out.getvalue())]
    for report in reports:
        assert {"halt_id", "scope", "level", "orders_cancelled", "orders_open", "bots_paused", "at"} <= set(report)
        assert report["at"].endswith("Z")
    assert set(alice_api.get("/api/emergency-stop/status").json()) == {"active", "halts"}


def commanded(*wishes: str) -> tuple[int, dict[str, int], str]:
    """Exit code, answer and last words of cancel_orders."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    try:
        call_command("cancel_orders", *wishes, "--json", stdout=out, stderr=err)
    except SystemExit as ended:
        code = int(str(ended.code))
    told = out.getvalue()
    return code, json.loads(told) if told else {}, "".join(err.getvalue().splitlines()[-1:])


def test_cancel_orders_says_what_is_open_and_needs_its_confirmation(running: Bot, olga: User) -> None:
    assert commanded("--all") == (0, {"cancelled": 0, "open": 1}, "Nothing was cancelled; with --confirm what is open would be.")
    for wishes in ([], ["--confirm"]):
        code, told, words = commanded(*wishes)
        assert (code, told, words[:17]) == (2, {}, "Say whose orders:")
    assert Order.objects.get().state == "OPEN"


def test_cancel_orders_cancels_everybodys_with_a_fresh_code_and_bots_go_on(
    running: Bot, olga: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    builders.funded(bob)
    builders.order(builders.bot(bob), state="PARTIALLY_FILLED")
    builders.order(running, state="SENDING")
    monkeypatch.setattr("sys.stdin", io.StringIO("000000\n"))
    assert commanded("--all", "--confirm")[0] == 2
    assert Order.objects.filter(state="OPEN").count() == 1
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{people.fresh_code()}\n"))
    code, told, _ = commanded("--all", "--confirm")
    assert (code, told) == (1, {"cancelled": 2, "open": 1})  # the one on its way cannot be cancelled yet: exit 1 says so
    running.refresh_from_db()
    assert running.status == "RUNNING"
    row = AuditRow.objects.get(act="order.cancel_all")
    assert (row.actor, row.subject, row.after) == (f"operator:{olga.id}", "everybody", {"cancelled": 2, "open": 1})


@pytest.mark.parametrize(("name", "said"), [("alice", "There is no operator 'alice'."), ("nobody", "There is no operator 'nobody'.")])
def test_cancel_orders_is_for_operators(name: str, said: str, running: Bot, olga: User) -> None:
    assert commanded("--all", "--confirm", "--as", name) == (2, {}, said)


def test_where_there_are_several_operators_the_command_asks_which(running: Bot, olga: User) -> None:
    people.person("oscar", staff=True)
    assert commanded("--all", "--confirm") == (2, {}, "There are several operators: say which one with --as.")


def test_the_console_asks_once_then_stops_everything(console: Client, running: Bot) -> None:
    asked = console.get("/admin/trading/order/stops/stop/")
    assert "every running bot is paused" in asked.content.decode()
    assert Halt.objects.count() == 0
    done = console.post("/admin/trading/order/stops/stop/", {"reason": ""}, follow=True)
    assert "Trading is stopped" in done.content.decode()
    assert Halt.objects.get().raised_by.startswith("operator:")


def test_the_console_says_what_a_stop_will_touch_before_it_does(console: Client, alice: User, running: Bot) -> None:
    """One running bot of alice with one open order, one that is new; bob has nothing."""
    builders.bot(alice, name="new", capital="10")
    builders.order(running, state="REFUSED")
    for path in ("stop/", "one/?person=alice"):
        said = " ".join(console.get(f"/admin/trading/order/stops/{path}").content.decode().split())
        assert "1 open order now;" in said, path
        assert "1 bot now;" in said, path
        assert "0 positions now." in said, path
    assert Halt.objects.count() == 0


def test_the_console_stops_one_person_and_leaves_the_others_alone(console: Client, alice: User, bob: User, running: Bot, alice_api: APIClient) -> None:
    builders.funded(bob)
    his = builders.bot(bob)
    from_table: Any = Bot.objects.filter(id=his.id)
    from_table.update(status="RUNNING", pause_reason="")
    assert "/admin/trading/order/stops/one/" in console.get("/admin/trading/order/stops/").content.decode()
    assert "User name" in console.get("/admin/trading/order/stops/one/").content.decode()
    assert "Select a valid choice" in console.get("/admin/trading/order/stops/one/?person=nobody").content.decode()
    assert Halt.objects.count() == 0
    done = console.post("/admin/trading/order/stops/one/?person=alice", {"reason": "odd orders"}, follow=True)
    assert "Trading of alice is stopped. Orders cancelled: 1, still open: 0; bots paused: 1." in done.content.decode()
    halt = Halt.objects.get()
    assert (halt.scope, halt.user, halt.raised_by.split(":")[0], halt.reason) == ("USER", alice, "operator", "odd orders")
    running.refresh_from_db()
    his.refresh_from_db()
    assert (running.pause_reason, his.status) == ("EMERGENCY_STOP", "RUNNING")
    assert alice_api.get("/api/emergency-stop/status").json()["active"] is True
    assert ">alice<" in console.get("/admin/trading/order/stops/").content.decode()
    [row] = AuditRow.objects.filter(act="halt.raise")
    assert (row.chain.person, row.reason) == (alice, "odd orders")


def test_the_console_lifts_with_reason_and_a_code_not_used_before(console: Client, running: Bot) -> None:
    console.post("/admin/trading/order/stops/stop/", {"reason": ""})
    wish = {"reason": "clear", "otp": "000000"}
    assert "wrong" in console.post("/admin/trading/order/stops/resume/", wish).content.decode()
    done = console.post("/admin/trading/order/stops/resume/", {**wish, "otp": people.fresh_code(steps=1)}, follow=True)
    assert "No emergency stop is in force" in done.content.decode()


def test_the_consoles_first_page_leads_to_the_buttons(console: Client) -> None:
    assert "/admin/trading/order/stops/" in console.get("/admin/").content.decode()


@pytest.mark.parametrize("path", ["", "stop/", "one/?person=alice", "resume/"])
def test_the_buttons_are_not_for_members_nor_for_sessions_without_a_code(path: str, alice: User, olga: User) -> None:
    for user in (alice, olga):
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        assert client.get(f"/admin/trading/order/stops/{path}").status_code == 302
        assert client.post(f"/admin/trading/order/stops/{path}", {"reason": "x", "otp": "1"}).status_code == 302
    assert Halt.objects.count() == 0


@pytest.mark.parametrize("model", ["order", "trade", "stream", "breakertrip", "heartbeat"])
def test_the_console_shows_and_changes_nothing(model: str, console: Client, running: Bot) -> None:
    assert console.get(f"/admin/trading/{model}/").status_code == 200
    assert console.get(f"/admin/trading/{model}/add/").status_code == 403


def test_a_tripped_breaker_shows_its_limit_and_is_reset_with_a_reason(alice: User, alice_api: APIClient, running: Bot) -> None:
    builders.trip(running)
    from_table: Any = Bot.objects.filter(id=running.id)
    from_table.update(status="CIRCUIT_TRIPPED", pause_reason="")
    status = alice_api.get("/api/circuit-breaker/status").json()
    assert status["tripped"] is True
    [breaker] = [found for found in status["breakers"] if found["bot_id"] == str(running.id)]
    drawdown = breaker["limits"][0]
    assert (drawdown["name"], drawdown["value"], drawdown["limit"], drawdown["state"]) == ("DRAWDOWN", "0", "0.2", "OK")
    [trip] = alice_api.get("/api/circuit-breaker/history").json()["results"]
    assert (trip["limit"], trip["value"], trip["threshold"]) == ("DRAWDOWN", "0.25", "0.20")
    body = {"bot_id": str(running.id), "reason": "understood"}
    assert alice_api.post("/api/circuit-breaker/reset", body, format="json").json() == {"reset": 1}
    running.refresh_from_db()
    assert (running.status, running.pause_reason) == ("PAUSED", "BREAKER_RESET")
    assert alice_api.get("/api/emergency-stop/status").json()["halts"] == []


def test_limits_tell_how_much_of_the_day_is_used(alice: User, alice_api: APIClient, running: Bot) -> None:
    counts = alice_api.get("/api/limits/status").json()["counts"]
    told = {(count["name"], count["value"], count["limit"]) for count in counts}
    assert ("MAX_TRADES_PER_USER_DAILY", 0, 500) in told
    assert ("MAX_TRADES_PER_BOT_DAILY", 0, 50) in told


def test_limits_tell_what_a_careful_bot_has_at_risk_and_the_strictest_profile_of_running_bots(
    alice: User, alice_api: APIClient, running: Bot
) -> None:
    assert alice_api.get("/api/limits/status").json()["at_risk"] == []
    Bot.objects.filter(id=running.id).update(profile="conservative")
    BreakerState.objects.create(owner=alice, mode="PAPER", updated_at=clock.now())
    told = alice_api.get("/api/limits/status").json()
    assert [(each["name"], each["scope"], each["value"], each["limit"], each["state"]) for each in told["at_risk"]] == [
        ("TOTAL_AT_RISK", "USER", "0", "0.15", "OK"), ("POSITION_SIZE", "BOT", "0", "0.05", "OK"),
    ]  # fmt: skip
    [mine] = [each for each in told["breakers"] if each["scope"] == "USER"]
    assert {each["name"]: each["limit"] for each in mine["limits"]}["DAILY_LOSS"] == "0.03"


def test_breakers_and_limits_come_a_page_of_bots_at_a_time_the_persons_own_with_the_first(
    alice: User, alice_api: APIClient, running: Bot
) -> None:
    """Five bots, two at a time; one on the last page has tripped and is told on the first. A stopped one is on none."""
    BreakerState.objects.create(owner=alice, mode="PAPER", updated_at=clock.now())
    bots = [running, *(builders.bot(alice, name=f"B{number}") for number in range(5))]
    assert alice_api.delete(f"/api/bots/{bots[5].id}").json()["status"] == "STOPPED"
    Bot.objects.filter(id__in=[bots[0].id, bots[3].id]).update(profile="conservative")
    builders.trip(running)

    parts = {path: pages(alice_api, path, size=2) for path in ("circuit-breaker/status", "limits/status")}

    own = [str(bot.id) for bot in reversed(bots[:5])]
    for found in parts.values():
        assert [[each["bot_id"] for each in part["breakers"]] for part in found] == [[None, *own[:2]], own[2:4], own[4:]]
    assert [part["tripped"] for part in parts["circuit-breaker/status"]] == [True] * 3
    assert [[each["tripped"] for each in part["breakers"]] for part in parts["limits/status"]] == [[False] * 3, [False] * 2, [True]]
    counts = [[(each["scope"], each["subject_id"]) for each in part["counts"]] for part in parts["limits/status"]]
    first = [("USER", str(alice.id)), ("WALLET", str(running.book.wallet_id))]
    assert counts == [[*first, *(("BOT", bot) for bot in own[:2])], [("BOT", bot) for bot in own[2:4]], [("BOT", own[4])]]
    at_risk = [[(each["name"], each["subject"]) for each in part["at_risk"]] for part in parts["limits/status"]]
    assert at_risk == [[("TOTAL_AT_RISK", "all positions"), ("POSITION_SIZE", bots[3].name)], [], [("POSITION_SIZE", running.name)]]
    assert alice_api.get("/api/limits/status?cursor=x").json()["code"] == "CURSOR_REFUSED"
    assert alice_api.get("/api/circuit-breaker/status?limit=201").json()["code"] == "LIMIT_REFUSED"


def pages(api: APIClient, path: str, *, size: int) -> list[dict[str, Any]]:
    found = [api.get(f"/api/{path}", {"limit": size}).json()]
    while cursor := found[-1]["next"]:
        found.append(api.get(f"/api/{path}", {"limit": size, "cursor": cursor}).json())
    return found
