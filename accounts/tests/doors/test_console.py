"""The operators' console: a second factor to enter, nothing to edit, no hashes to read."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditRow, User
from accounts.operations import alerts, audit
from accounts.tests.builders import NOON, PASSWORD, fresh_code, person

pytestmark = pytest.mark.django_db


def enter(client: Client, name: str, otp: str = "", password: str = PASSWORD) -> Any:
    return client.post("/admin/login/?next=/admin/", {"username": name, "password": password, "otp": otp, "next": "/admin/"})


def test_an_operator_enters_with_password_and_code(olga: User, client: Client) -> None:
    assert client.get("/admin/login/").status_code == 200
    assert enter(client, "olga", fresh_code()).status_code == 302
    alerts.raise_alert(person=None, severity="CRITICAL", code="KILL_SWITCH", sentence="Stopped.", data={}, now=NOON)
    for path in ("", "accounts/user/", "accounts/alert/", "accounts/auditrow/", f"accounts/user/{olga.pk}/change/"):
        page = client.get("/admin/" + path)
        assert page.status_code == 200, path
        assert "argon2" not in page.content.decode()
    assert "2026-03-02 12:00:00 UTC" in client.get("/admin/accounts/alert/").content.decode()


@pytest.mark.parametrize(
    ("otp", "password", "sentence"),
    [
        ("", PASSWORD, "code from your authenticator"),
        ("000000", PASSWORD, "wrong, too old"),
        ("", "wrong wrong wrong", "password is wrong"),
    ],
)
def test_without_either_factor_nobody_enters(olga: User, client: Client, otp: str, password: str, sentence: str) -> None:
    page = enter(client, "olga", otp, password)
    assert page.status_code == 200
    assert sentence in page.content.decode()
    assert client.get("/admin/").status_code == 302


def test_a_person_who_is_no_operator_does_not_enter_even_with_a_code(client: Client) -> None:
    person("dora", phone=True)
    assert enter(client, "dora", fresh_code()).status_code == 200
    assert client.get("/admin/").status_code == 302


def test_a_session_without_a_code_does_not_open_the_console(olga: User, client: Client, settings: Any) -> None:
    client.force_login(olga, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/admin/").status_code == 302
    settings.ADMIN_REQUIRE_2FA = False
    assert client.get("/admin/").status_code == 200


def test_the_console_edits_nothing_of_people(olga: User, client: Client) -> None:
    enter(client, "olga", fresh_code())
    row = AuditRow.objects.first()
    for path in ("accounts/user/add/", f"accounts/user/{olga.pk}/delete/", "accounts/auditrow/add/", "accounts/alert/add/"):
        assert client.post("/admin/" + path, {"post": "yes"}).status_code == 403, path
    assert client.post(f"/admin/accounts/user/{olga.pk}/change/", {"username": "x"}).status_code == 403
    assert row is None
    for brought_by_libraries in ("auth/group/", "otp_static/staticdevice/", "axes/accessattempt/"):
        assert client.get("/admin/" + brought_by_libraries).status_code == 404
    assert User.objects.get().username == "olga"


def test_an_audit_row_shows_what_was_and_what_is_as_json(olga: User, client: Client) -> None:
    enter(client, "olga", fresh_code())
    now = NOON + timedelta(minutes=1)
    act = audit.Act(
        person=olga.id, actor="system:test", act="test", subject="x", before={"a": None}, after={"b": True}, reason="", request_id=""
    )
    audit.record_many(rows=[act], now=now)
    page = client.get(f"/admin/accounts/auditrow/{AuditRow.objects.get(act='test').pk}/change/").content.decode()

    assert re.search(r'"a"</span>:.{1,40}</span><span[^>]*>null<', page)
    assert re.search(r'"b"</span>:.{1,40}</span><span[^>]*>true<', page)
