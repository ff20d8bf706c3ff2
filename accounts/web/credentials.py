"""Who asks, by what credential, with which scopes. Tokens carry their scopes; a browser session has read and trade, and
admin for an operator whose session is verified by a second factor."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from knox.auth import TokenAuthentication
from rest_framework import authentication, exceptions
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.models import ApiToken, User
from accounts.models.token import Scope
from accounts.queries import tokens
from accounts.web import clock


class BearerAuthentication(TokenAuthentication):
    """`Authorization: Bearer <token>`; knox parses the header, one statement finds the token and its user."""

    def authenticate_credentials(self, token: bytes) -> tuple[User, ApiToken]:
        row = tokens.named_by(text=token.decode("utf-8", "replace"), now=clock.now())
        if row is None:
            raise exceptions.AuthenticationFailed
        return row.user, row


class SessionAuthentication(authentication.SessionAuthentication):
    """The browser's session, with the CSRF check; without it the answer is 401, not 403."""

    def authenticate_header(self, request: Request) -> str:
        return "Session"


class Scoped(BasePermission):
    """Logged in, and the credential has the scope that the view names (`scope`), else read or trade by the method."""

    message = "This credential lacks the scope for that."

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user.is_authenticated:
            return False
        by_method = Scope.READ if request.method in SAFE_METHODS else Scope.TRADE
        return (getattr(view, "scope", None) or by_method) in scopes_of(request)


def scopes_of(request: Request) -> frozenset[Scope]:
    if isinstance(request.auth, ApiToken):
        return frozenset(Scope(scope) for scope in request.auth.scopes)
    return session_scopes(request)


def session_scopes(request: HttpRequest | Request) -> frozenset[Scope]:
    """What a browser session may. `is_verified` comes from django-otp's middleware."""
    user = request.user
    if not user.is_authenticated:
        return frozenset()
    verified = user.is_verified()  # type: ignore[attr-defined]
    if user.is_staff and (verified or not settings.ADMIN_REQUIRE_2FA):
        return frozenset(Scope)
    return frozenset({Scope.READ, Scope.TRADE})
