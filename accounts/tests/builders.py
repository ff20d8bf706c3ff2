"""Makes people, codes and clients for tests, through the same operations as the doors."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client
from django_otp.oath import hotp
from rest_framework.test import APIClient

from accounts.domain.identity import new_id
from accounts.models import User
from accounts.models.token import Scope
from accounts.operations import second_factor, tokens
from accounts.web import clock

PASSWORD = "correct horse battery staple"
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
SEED = b"12345678901234567890"
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def person(name: str = "", *, staff: bool = False, phone: bool = False) -> User:
    """A user with PASSWORD; `phone` adds a confirmed device whose codes `code_at` makes."""
    user = User(username=name or f"user-{new_id().hex[-10:]}", is_staff=staff, is_superuser=staff)
    user.set_password(PASSWORD)
    user.save()
    if phone:
        second_factor.install(user=user, secret=SECRET, now=NOON)
    return user


def code_at(moment: datetime, *, seed: bytes = SEED) -> str:
    """The code that the phone shows at this moment."""
    return f"{hotp(seed, int(moment.timestamp()) // 30):06d}"


def seed_of(secret: str) -> bytes:
    """The seed behind the base32 secret that an enrolment shows."""
    return base64.b32decode(secret)


def fresh_code(*, steps: int = 0) -> str:
    """The code of the present time step, or of one `steps` later (a code works once: the next act takes the next)."""
    return code_at(clock.now() + timedelta(seconds=30 * steps))


def bearer(user: User, *, admin: bool = False, scopes: set[Scope] | None = None) -> APIClient:
    """An API client with a token of the user; `admin` adds that scope, as a login with a code does."""
    granted = scopes or ({Scope.READ, Scope.TRADE} | ({Scope.ADMIN} if admin else set()))
    _, token = tokens.issue(user=user, scopes=granted, label="test", verified=False, request_id="", now=clock.now())
    return with_token(token)


def with_token(token: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def token_of(user: User) -> str:
    """A fresh token of the user, in clear."""
    granted = {Scope.READ, Scope.TRADE}
    return tokens.issue(user=user, scopes=granted, label="test", verified=False, request_id="", now=clock.now())[1]


def stepped_up(user: User) -> APIClient:
    """An API client whose token has just given a code (operators: with the admin scope)."""
    granted = {Scope.READ, Scope.TRADE} | ({Scope.ADMIN} if user.is_staff else set())
    _, token = tokens.issue(user=user, scopes=granted, label="test", verified=True, request_id="", now=clock.now())
    return with_token(token)


def browser(user: User) -> Client:
    """A browser session, not verified by a code."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def post(client: Any, path: str, body: dict[str, Any] | None = None) -> Any:
    return client.post(path, body or {}, format="json")
