"""The platform's own doors: status by who asks, the schema, the demo."""

from __future__ import annotations

import io
import json
import stat
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from accounts.models import User
from accounts.web import clock
from bots.models import Bot
from trading.api.urls import urlpatterns
from trading.models import Heartbeat
from trading.operations import demo
from trading.tests.doors import builders


def test_a_stranger_learns_version_mode_and_halted_only(db: None) -> None:
    told = APIClient().get("/api/system/status")
    assert told.status_code == 200
    assert told.json() == {"version": settings.VERSION, "mode": "PAPER", "halted": False}


def test_a_member_sees_heartbeats_and_their_own_orders(alice: User, alice_api: APIClient, alice_wallet: object) -> None:
    Heartbeat.objects.create(process="worker", at=clock.now(), detail={})
    builders.order(builders.bot(alice), state="UNKNOWN")
    told = alice_api.get("/api/system/status").json()
    assert [beat["process"] for beat in told["heartbeats"]] == ["worker"]
    assert {queue["state"]: queue["orders"] for queue in told["queues"]}["UNKNOWN"] == 1


def test_a_wrong_token_is_told_so_not_taken_for_a_stranger(db: None) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION="Bearer nonsense")
    assert client.get("/api/system/status").status_code == 401


def test_the_schema_names_every_door_and_has_no_complaint(capsys: pytest.CaptureFixture[str]) -> None:
    schema = SchemaGenerator().get_schema(request=None, public=True)
    complaints = capsys.readouterr().err
    ours = [line for line in complaints.splitlines() if "trading/api" in line or "trading.api" in line]
    assert ours == []
    doors: list[Any] = list(urlpatterns)
    for pattern in doors:
        path = "/api/" + str(pattern.pattern).replace("<uuid:id>", "{id}")
        methods = set(schema["paths"][path]) - {"parameters"}
        assert methods == {name for name in ("get", "post", "patch", "delete") if hasattr(pattern.callback.view_class, name)}


@pytest.fixture
def nothing_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation whose environment names neither password nor secret."""
    monkeypatch.setattr(settings, "DEMO_PASSWORD", "")
    monkeypatch.setattr(settings, "DEMO_OTP_SECRET", "")
    places = settings.PLACES
    monkeypatch.setattr(settings, "PLACES", type("Places", (), {"secrets": tmp_path / "secrets", "data": places.data}))
    return tmp_path / "secrets"


def seed() -> dict[str, object]:
    out = io.StringIO()
    call_command("seed_demo", "--json", stdout=out)
    answer: dict[str, object] = json.loads(out.getvalue())
    return answer


def test_the_demo_is_made_once_and_its_secrets_are_kept_for_the_owner_alone(nothing_given: Path, transactional_db: None) -> None:
    made = seed()
    assert made["users"] == ["demo", "operator"]
    found = dict(Bot.objects.filter(owner__username="demo").values_list("name", "status"))
    assert found == {plan.name: "PAUSED" if plan.rests else "RUNNING" for plan in demo.PLANS}
    for name in ("demo_password", "demo_otp_secret"):
        assert stat.S_IMODE((nothing_given / name).stat().st_mode) == 0o600
    before = builders.rows()
    assert seed() == {"users": [], "funded": False, "bots": []}
    assert builders.rows() == before


def test_the_demo_users_log_in_with_the_given_password(monkeypatch: pytest.MonkeyPatch, transactional_db: None, no_throttles: None) -> None:
    monkeypatch.setattr(settings, "DEMO_PASSWORD", "a perfectly good password")
    monkeypatch.setattr(settings, "DEMO_OTP_SECRET", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
    seed()
    body = {"username": "demo", "password": "a perfectly good password"}
    token = APIClient().post("/api/auth/login", body, format="json").json()["token"]
    member = APIClient()
    member.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    bots = member.get("/api/bots").json()["results"]
    assert {bot["name"]: bot["allocated_capital"] for bot in bots} == {plan.name: str(plan.capital) for plan in demo.PLANS}
    assert User.objects.get(username="operator").is_staff


def test_a_weak_demo_password_is_refused_with_a_sentence_and_exit_2(monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> None:
    monkeypatch.setattr(settings, "DEMO_PASSWORD", "demo")
    before, err = builders.rows(), io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("seed_demo", stderr=err)
    assert ended.value.code == 2
    assert "at least 12" in err.getvalue()
    assert builders.rows() == before
