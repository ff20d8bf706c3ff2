"""Doors to what a person owns: tokens, alerts, audit rows, profile."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import shapes
from accounts.models import Alert, ApiToken, AuditRow, User
from accounts.models.token import Scope
from accounts.operations import alerts as alert_operations
from accounts.operations import people
from accounts.operations import tokens as token_operations
from accounts.queries import alerts, audit, tokens
from accounts.web import actor, clock
from accounts.web.views import OwnedView, PersonalView


class Tokens(ListModelMixin, OwnedView):
    queryset = ApiToken.objects.none()
    serializer_class = shapes.TokenOut
    page_ordering = ("-public_id",)

    def owned(self, *, user: User) -> QuerySet[ApiToken]:
        return tokens.of(user=user, now=clock.now())

    def get(self, request: Request) -> Response:
        """Your valid tokens; the tokens themselves are never shown again."""
        return self.list(request)


class Token(PersonalView):
    scope = Scope.READ

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, id: UUID) -> Response:
        """Revoke one of your tokens; its sockets close."""
        who = actor.of(request)
        token_operations.revoke(user=who.user, public_id=id, actor=who.label, request_id=who.request_id, now=clock.now())
        return Response(status=204)


class Alerts(OwnedView):
    queryset = Alert.objects.none()
    serializer_class = shapes.AlertOut
    page_ordering = ("-at", "-id")  # a back-fill writes today what happened days ago

    def owned(self, *, user: User) -> QuerySet[Alert]:
        return alerts.visible_to(user=user)

    @extend_schema(responses=shapes.AlertOut(many=True))
    def get(self, request: Request) -> Response:
        """Your alerts, newest first; operators also see those for all operators."""
        rows: Any = self.paginate_queryset(alerts.parts(user=actor.of(request).user))
        return self.get_paginated_response(shapes.AlertOut(rows, many=True).data)


class Unread(PersonalView):
    @extend_schema(responses=shapes.UnreadOut)
    def get(self, request: Request) -> Response:
        """How many alerts you have not read."""
        return Response({"unread": alerts.unread_count(user=actor.of(request).user)})


class Read(PersonalView):
    scope = Scope.READ

    @extend_schema(request=shapes.ReadIn, responses=shapes.UnreadOut)
    def post(self, request: Request) -> Response:
        """Mark alerts as read; ids that are not yours change nothing."""
        given = shapes.ReadIn(data=request.data)
        given.is_valid(raise_exception=True)
        user = actor.of(request).user
        alert_operations.mark_read(user=user, ids=given.validated_data["ids"], now=clock.now())
        return Response({"unread": alerts.unread_count(user=user)})


class Audit(ListModelMixin, OwnedView):
    queryset = AuditRow.objects.none()
    serializer_class = shapes.AuditOut

    def owned(self, *, user: User) -> QuerySet[AuditRow]:
        return audit.visible_to(user=user)

    def get(self, request: Request) -> Response:
        """Your audit rows, newest first; operators see everybody's."""
        return self.list(request)


class Profile(PersonalView):
    @extend_schema(responses=shapes.ProfileOut)
    def get(self, request: Request) -> Response:
        """Who you are, in which zone and currency you read, and your goal."""
        return Response(shapes.ProfileOut(actor.of(request).user).data)

    @extend_schema(request=shapes.ProfileIn, responses=shapes.ProfileOut)
    def patch(self, request: Request) -> Response:
        """Change what you name."""
        given = shapes.ProfileIn(data=request.data)
        given.is_valid(raise_exception=True)
        who = actor.of(request)
        user = people.change_profile(
            user_id=who.user.pk, changes=given.validated_data, actor=who.label, request_id=who.request_id,
            now=clock.now(),
        )  # fmt: skip
        return Response(shapes.ProfileOut(user).data)
