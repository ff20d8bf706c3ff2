"""Joining, logging in, stepping up and logging out, as a program sees it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.test import AsyncClient
from rest_framework.test import APIClient

from accounts.models import ApiToken, AuditRow, User
from accounts.tests import builders
from accounts.tests.builders import PASSWORD, fresh_code, post
from accounts.web import clock

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_throttles")]


@pytest.fixture
def anybody() -> APIClient:
    return APIClient()


def log_in(client: APIClient, **given: Any) -> Any:
    return post(client, "/api/auth/login", {"username": "alice", "password": PASSWORD, **given})


def test_a_person_joins_and_the_first_token_works(anybody: APIClient) -> None:
    answer = post(anybody, "/api/auth/register", {"username": "carol", "password": PASSWORD, "email": "c@example.org"})
    assert answer.status_code == 201
    assert set(answer.json()) == {"token", "expires_at", "scopes"}
    anybody.credentials(HTTP_AUTHORIZATION="Bearer " + answer.json()["token"])
    assert anybody.get("/api/profile").json()["username"] == "carol"
    user = User.objects.get(username="carol")
    assert user.password.startswith("argon2$argon2id$")
    assert list(AuditRow.objects.filter(chain__person=user).order_by("seq").values_list("act", flat=True)) == [
        "user.registered",
        "token.issued",
    ]


def test_a_token_lasts_twelve_hours_and_is_hashed_at_rest(alice: User, anybody: APIClient) -> None:
    body = log_in(anybody).json()
    lasts = datetime.fromisoformat(body["expires_at"]) - clock.now()
    assert timedelta(hours=11, minutes=59) < lasts <= timedelta(hours=12)
    assert body["expires_at"].endswith("Z")
    assert body["scopes"] == ["read", "trade"]
    row = ApiToken.objects.get(user=alice)
    assert body["token"] not in (row.digest, row.token_key)
    ApiToken.objects.update(expiry=clock.now())
    anybody.credentials(HTTP_AUTHORIZATION="Bearer " + body["token"])
    assert anybody.get("/api/profile").status_code == 401


def test_an_operator_gets_the_admin_scope_only_with_a_code(olga: User, anybody: APIClient) -> None:
    assert log_in(anybody, username="olga").json()["scopes"] == ["read", "trade"]
    assert log_in(anybody, username="olga", otp=fresh_code()).json()["scopes"] == ["admin", "read", "trade"]
    again = log_in(anybody, username="olga", otp=fresh_code())
    assert (again.status_code, again.json()["code"]) == (403, "OTP_WRONG")


def test_a_code_in_the_login_of_a_person_with_a_phone_gives_no_admin_scope(anybody: APIClient) -> None:
    builders.person("dora", phone=True)
    assert log_in(anybody, username="dora", otp=fresh_code()).json()["scopes"] == ["read", "trade"]
    assert log_in(anybody, username="dora").json()["scopes"] == ["read", "trade"]


def test_a_wrong_code_or_an_old_one_gives_no_token_at_all(olga: User, anybody: APIClient) -> None:
    code = fresh_code()
    assert log_in(anybody, username="olga", otp=code).status_code == 200
    issued = ApiToken.objects.count()
    for given in (code, "000000", "x"):
        answer = log_in(anybody, username="olga", otp=given)
        assert (answer.status_code in (403, 429), "token" in answer.json()) == (True, False)
    assert ApiToken.objects.count() == issued


def test_a_password_alone_opens_no_door_of_operators_and_steps_nothing_up(olga: User, anybody: APIClient) -> None:
    """What one factor is for is stopping; nothing that it opens counts as stepped up."""
    anybody.credentials(HTTP_AUTHORIZATION="Bearer " + log_in(anybody, username="olga").json()["token"])
    assert anybody.get("/api/2fa/status").json() == {"enrolled": True, "pending": False, "stepped_up_until": None}
    assert post(anybody, "/api/admin/emergency-stop").status_code == 403
    assert post(anybody, "/api/admin/emergency-resume", {"reason": "mine", "otp": ""}).status_code == 403
    assert post(anybody, "/api/system/emergency-resume", {"reason": "mine", "otp": ""}).status_code in (400, 403)
    assert post(anybody, "/api/system/emergency-stop").status_code == 200


def test_wrong_password_and_unknown_person_read_the_same(alice: User, anybody: APIClient) -> None:
    answers = [log_in(anybody, username=name, password="wrong wrong wrong") for name in ("alice", "nobody")]
    assert {answer.status_code for answer in answers} == {401}
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["code"] == "LOGIN_FAILED"


@pytest.mark.parametrize("name", ["alice", "nobody"])
def test_five_wrong_tries_lock_the_name_at_this_address_whether_or_not_it_exists(
    alice: User, bob: User, anybody: APIClient, name: str
) -> None:
    codes = [log_in(anybody, username=name, password="wrong wrong wrong").json()["code"] for _ in range(6)]
    assert codes == ["LOGIN_FAILED"] * 4 + ["LOGIN_LOCKED"] * 2
    locked = log_in(anybody, username=name)
    assert (locked.status_code, locked.json()["code"], locked["Retry-After"]) == (429, "LOGIN_LOCKED", "900")
    assert log_in(anybody, username="bob").status_code == 200
    elsewhere = APIClient(REMOTE_ADDR="192.0.2.7")
    assert log_in(elsewhere, username=name).status_code == (200 if name == "alice" else 401)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"username": "carol", "password": "short"}, "PASSWORD_REFUSED"),
        ({"username": "carol", "password": "passwordpassword"[:12]}, None),
        ({"username": "carol", "password": "qwerty123456"}, "PASSWORD_REFUSED"),
        ({"username": "carolcarolcarol", "password": "carolcarolcarol"}, "PASSWORD_REFUSED"),
        ({"username": "carol", "password": "x" * 257}, "INVALID"),
        ({"username": "ca rol", "password": PASSWORD}, "USER_REFUSED"),
        ({"username": "ca\nrol", "password": PASSWORD}, "USER_REFUSED"),
        ({"username": "", "password": PASSWORD}, "INVALID"),
        ({"username": "x" * 151, "password": PASSWORD}, "INVALID"),
        ({"username": ["carol"], "password": PASSWORD}, "INVALID"),
        ({"username": "carol"}, "INVALID"),
        ({"username": "carol", "password": PASSWORD, "email": "no"}, "INVALID"),
        ({"username": "carol", "password": PASSWORD, "is_staff": True}, "INVALID"),
        ({"username": "carol", "password": "ab" * 64}, None),
    ],
)
def test_joining_with_bad_input_is_refused_with_a_sentence(anybody: APIClient, given: dict[str, Any], code: str | None) -> None:
    answer = post(anybody, "/api/auth/register", given)
    if code is None:
        assert answer.status_code == 201
        return
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert set(answer.json()) == {"code", "message", "details"}
    assert not User.objects.exists()


def test_a_name_is_taken_once_in_any_case(alice: User, anybody: APIClient) -> None:
    for name in ("alice", "ALICE"):
        answer = post(anybody, "/api/auth/register", {"username": name, "password": PASSWORD})
        assert (answer.status_code, answer.json()["code"]) == (409, "USERNAME_TAKEN")


def test_a_step_up_marks_this_token_only(olga: User) -> None:
    one, other = builders.bearer(olga), builders.bearer(olga)
    assert post(one, "/api/auth/step-up", {"otp": "000000"}).status_code == 403
    assert post(one, "/api/auth/step-up", {"otp": fresh_code()}).status_code == 200
    assert one.get("/api/2fa/status").json()["stepped_up_until"] is not None
    assert other.get("/api/2fa/status").json()["stepped_up_until"] is None


def test_a_phone_is_enrolled_and_confirmed_through_the_doors(alice: User, alice_api: APIClient) -> None:
    assert alice_api.get("/api/2fa/status").json() == {"enrolled": False, "pending": False, "stepped_up_until": None}
    enrolment = post(alice_api, "/api/2fa/enroll")
    assert enrolment.status_code == 201
    assert set(enrolment.json()) == {"secret", "uri", "qr_svg"}
    assert alice_api.get("/api/2fa/status").json()["pending"] is True
    assert post(alice_api, "/api/2fa/confirm", {"otp": "000000"}).json()["code"] == "OTP_WRONG"
    seed = builders.seed_of(enrolment.json()["secret"])
    assert post(alice_api, "/api/2fa/confirm", {"otp": builders.code_at(clock.now(), seed=seed)}).json()["enrolled"] is True
    assert post(alice_api, "/api/2fa/enroll").json()["code"] == "OTP_ALREADY_ENROLLED"


def test_after_logout_the_token_is_dead(alice_api: APIClient) -> None:
    assert post(alice_api, "/api/auth/logout").status_code == 204
    assert alice_api.get("/api/profile").status_code == 401


def test_a_browser_session_needs_the_csrf_token_to_write_and_ends_at_logout(alice: User) -> None:
    client = builders.browser(alice)
    assert client.get("/api/profile").status_code == 200
    refused = client.post("/api/auth/logout", "{}", content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "CSRF_FAILED")
    client.cookies["csrftoken"] = token = "a" * 32
    old = client.cookies["sessionid"].value
    assert client.post("/api/auth/logout", "{}", content_type="application/json", headers={"X-CSRFToken": token}).status_code == 204
    client.cookies["sessionid"] = old
    assert client.get("/api/profile").status_code == 401


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Bearer x", "Bearer a b", "Basic YTpi", "Bearer " + "f" * 64, "Bearer \xff\xfe", "Bearer " + "a" * 5000],
)
def test_a_bad_authorization_header_is_401(header: str) -> None:
    answer = APIClient(headers={"Authorization": header}).get("/api/profile")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert set(answer.json()) == {"code", "message", "details"}


def test_a_person_who_was_switched_off_is_out_at_once(alice: User, alice_api: APIClient) -> None:
    User.objects.update(is_active=False)
    assert alice_api.get("/api/profile").status_code == 401
    assert log_in(APIClient()).json()["code"] == "LOGIN_FAILED"


@pytest.mark.django_db(transaction=True)
async def test_a_locked_login_is_said_so_by_the_server_that_serves_pages_too() -> None:
    """Over ASGI, as `serve web` does: not a 500."""
    await sync_to_async(builders.person)("alice")
    client = AsyncClient()
    said = [
        await client.post("/api/auth/login", {"username": "alice", "password": "not this one, surely"}, content_type="application/json")
        for _ in range(7)
    ]
    await sync_to_async(connections.close_all)()
    assert {answer.status_code for answer in said[:4]} == {401}
    assert [answer.json()["code"] for answer in said[5:]] == ["LOGIN_LOCKED"] * 2
    assert [answer.status_code for answer in said[5:]] == [429] * 2
