"""Doors to the second factor: enrol, confirm, ask."""

from dataclasses import asdict

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import shapes
from accounts.operations import second_factor
from accounts.queries import factors
from accounts.web import actor, clock
from accounts.web.throttle import AUTH
from accounts.web.views import PersonalView


class Enroll(PersonalView):
    rate = AUTH

    @extend_schema(request=None, responses={201: shapes.EnrolmentOut})
    def post(self, request: Request) -> Response:
        """A new secret for an authenticator app, shown once; it counts after its first code."""
        enrolment = second_factor.enroll(user=actor.of(request).user, now=clock.now())
        return Response(shapes.EnrolmentOut(asdict(enrolment)).data, status=201)


class Confirm(PersonalView):
    rate = AUTH

    @extend_schema(request=shapes.CodeIn, responses=shapes.FactorStatus)
    def post(self, request: Request) -> Response:
        """The first valid code puts the new secret into use."""
        given = shapes.CodeIn(data=request.data)
        given.is_valid(raise_exception=True)
        who = actor.of(request)
        second_factor.confirm(user=who.user, otp=given.validated_data["otp"], actor=who.label, request_id=who.request_id, now=clock.now())
        return Response(_status(who))


class Status(PersonalView):
    @extend_schema(responses=shapes.FactorStatus)
    def get(self, request: Request) -> Response:
        """Whether a second factor is in use, and until when this credential is stepped up."""
        return Response(_status(actor.of(request)))


def _status(who: actor.Actor) -> dict[str, object]:
    found = factors.status(user=who.user, credential=who.credential, now=clock.now())
    return shapes.FactorStatus(asdict(found)).data
