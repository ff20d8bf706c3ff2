"""Who acts, as operations and the audit trail want it: a frozen value made once at the door."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from django.http import HttpRequest
from rest_framework.request import Request

from accounts.domain import credentials
from accounts.domain.refusals import Forbidden, Unauthenticated
from accounts.models import ApiToken, User
from accounts.models.token import Scope
from accounts.web import clock
from accounts.web.credentials import scopes_of, session_scopes


class Signed(TypedDict):
    """What every operation wants to know of an act besides its subject."""

    actor: str
    request_id: str
    now: datetime


@dataclass(frozen=True, kw_only=True)
class Actor:
    """`label` is "user:<uuid>" or "operator:<uuid>"; `credential` names the token or session for step-up and sockets."""

    user: User
    label: str
    request_id: str
    credential: str

    def signs(self) -> Signed:
        """Who, in which request, and when: now."""
        return {"actor": self.label, "request_id": self.request_id, "now": clock.now()}


def of(request: Request | HttpRequest) -> Actor:
    """The person behind the request, acting for themself."""
    return _actor(request, role="user")


def operator_of(request: Request | HttpRequest) -> Actor:
    """The operator behind the request; Forbidden unless the credential has the admin scope."""
    scopes = scopes_of(request) if isinstance(request, Request) else session_scopes(request)
    if not (request.user.is_authenticated and request.user.is_staff and Scope.ADMIN in scopes):
        raise Forbidden("OPERATOR_REQUIRED", "Only an operator who logged in with a code may do this.")
    return _actor(request, role="operator")


def _actor(request: Request | HttpRequest, *, role: str) -> Actor:
    user = request.user
    if not isinstance(user, User):
        raise Unauthenticated("NOT_AUTHENTICATED", "Log in first.")
    token = getattr(request, "auth", None)
    if isinstance(token, ApiToken):
        credential = credentials.of_token(digest=token.digest)
    else:
        credential = credentials.of_session(key=request.session.session_key or "")
    return Actor(user=user, label=f"{role}:{user.pk}", request_id=getattr(request, "request_id", ""), credential=credential)
