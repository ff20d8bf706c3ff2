"""Doors to join, log in, log out and give a fresh code."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import shapes
from accounts.models import ApiToken, User
from accounts.models.token import Scope
from accounts.operations import people, second_factor, tokens
from accounts.web import actor, clock
from accounts.web.throttle import AUTH
from accounts.web.views import PersonalView, PublicView


class Register(PublicView):
    rate = AUTH

    @extend_schema(request=shapes.RegisterIn, responses={201: shapes.TokenIssued})
    def post(self, request: Request) -> Response:
        """Join; the answer holds a first token."""
        given = shapes.RegisterIn(data=request.data)
        given.is_valid(raise_exception=True)
        now, request_id = clock.now(), request.request_id  # type: ignore[attr-defined]
        user = people.register(**given.validated_data, request_id=request_id, now=now)
        return _issued(request, user=user, verified=False, status=201)


class Login(PublicView):
    rate = AUTH

    @extend_schema(request=shapes.LoginIn, responses=shapes.TokenIssued)
    def post(self, request: Request) -> Response:
        """A token with the scopes read and trade for 12 hours; admin too for an operator who gives a code.

        The password alone opens what stopping needs, also for people with a second factor: stopping is easy. What is hard asks for
        a code at the act itself, and a wrong code given here gives no token."""
        given = shapes.LoginIn(data=request.data)
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        user = people.login_check(request=request._request, username=asked["username"], password=asked["password"])
        if asked["otp"]:
            second_factor.verify(user=user, otp=asked["otp"], now=clock.now())
        return _issued(request, user=user, verified=bool(asked["otp"]), status=200)


class Logout(PersonalView):
    scope = Scope.READ

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """Ends the token or session that asks, and its sockets."""
        who = actor.of(request)
        if isinstance(request.auth, ApiToken):
            tokens.revoke(
                user=who.user, public_id=request.auth.public_id, actor=who.label, request_id=who.request_id,
                now=clock.now(),
            )  # fmt: skip
        else:
            people.logout(request=request._request, credential=who.credential)
        return Response(status=204)


class StepUp(PersonalView):
    rate = AUTH
    scope = Scope.READ

    @extend_schema(request=shapes.CodeIn, responses=shapes.SteppedUp)
    def post(self, request: Request) -> Response:
        """A fresh code marks this token or session for five minutes."""
        given = shapes.CodeIn(data=request.data)
        given.is_valid(raise_exception=True)
        who = actor.of(request)
        until = second_factor.step_up(
            user=who.user, credential=who.credential, otp=given.validated_data["otp"], actor=who.label,
            request_id=who.request_id, now=clock.now(),
        )  # fmt: skip
        return Response(shapes.SteppedUp({"until": until}).data)


def _issued(request: Request, *, user: User, verified: bool, status: int) -> Response:
    """A fresh token for somebody who has just proved who they are."""
    scopes = {Scope.READ, Scope.TRADE} | ({Scope.ADMIN} if user.is_staff and verified else set())
    row, token = tokens.issue(
        user=user, scopes=scopes, label="login", verified=verified, now=clock.now(),
        request_id=request.request_id,  # type: ignore[attr-defined]
    )  # fmt: skip
    body = shapes.TokenIssued({"token": token, "expires_at": row.expiry, "scopes": row.scopes}).data
    return Response(body, status=status)
