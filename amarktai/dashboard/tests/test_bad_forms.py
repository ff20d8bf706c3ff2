"""Forms with what no column holds: a sentence with the right status, never a page that says something went wrong."""

import re

import pytest
from django.test import Client

from accounts.models import AuditRow, User

BACKEND = "django.contrib.auth.backends.ModelBackend"
NUL = "a\x00b"
HTMX = {"HX-Request": "true"}


@pytest.mark.parametrize("path", ["/login", "/register"])
@pytest.mark.parametrize("field", ["username", "password", "otp", "email", "next"])
def test_a_nul_at_the_gate_is_refused_before_anybody_is_asked_who_they_are(path: str, field: str, db: None) -> None:
    typed = {"username": "alice", "password": "correct horse battery", "email": "a@example.com", "otp": "", field: NUL}
    answer = Client().post(path, typed)
    assert answer.status_code == 400
    assert b"cannot be stored" in answer.content
    assert not User.objects.exists()


@pytest.mark.parametrize("path", ["/settings/profile", "/money/deposit", "/bots/new", "/breaker/reset", "/resume/me", "/orders/cancel-all"])
def test_a_nul_in_a_form_is_refused_and_nothing_is_written(path: str, alice: User) -> None:
    window = Client()
    window.force_login(alice, backend=BACKEND)
    before = AuditRow.objects.count()
    answer = window.post(path, {"reason": NUL, "email": NUL, "name": NUL, "time_zone": "UTC", "goal": "1"}, headers=HTMX)
    assert answer.status_code == 400
    assert b"cannot be stored" in answer.content
    assert AuditRow.objects.count() == before


def test_an_email_that_is_none_is_said_beside_the_form_and_not_kept(alice: User) -> None:
    window = Client()
    window.force_login(alice, backend=BACKEND)
    answer = window.post("/settings/profile", {"email": "nobody", "time_zone": "UTC", "goal": ""})
    assert answer.status_code == 400
    assert b"valid email address" in answer.content
    alice.refresh_from_db()
    assert alice.email == ""


@pytest.mark.parametrize("path", ["/money/deposit", "/settings/profile", "/orders/new", "/bots/new"])
@pytest.mark.parametrize(("given", "said"), [("abc", "write a number"), ("1,5", "such as 1000 or 12.5"), ("1e3", "write a number"), ("-3", "greater than zero")])
def test_an_amount_that_is_none_is_refused_in_words_for_people_with_the_name_of_its_field(path: str, given: str, said: str, alice: User) -> None:
    """The stop loss is typed in percent; no form speaks of strings or notation."""
    window = Client()
    window.force_login(alice, backend=BACKEND)
    form = {
        "amount": given, "asset": "USDT", "goal": given, "time_zone": "UTC", "email": "", "venue": "sim", "symbol": "BTC/USDT", "side": "BUY",
        "type": "MARKET", "counted": "quote", "size": given, "timeframe": "1m", "strategy": "ema_cross", "name": "Mine", "capital": "100",
        "fast": "12", "slow": "26", "volatility": "60", "stop_loss": given, "key": "k",
    }  # fmt: skip
    page = window.post(path, form, headers=HTMX).content.decode()
    field = {"/money/deposit": "Amount", "/settings/profile": "Goal", "/orders/new": "Amount", "/bots/new": "Stop loss"}[path]

    assert re.search(f"{field}: [^<]*{said}", page)
    assert "notation" not in page
    assert "string" not in page
