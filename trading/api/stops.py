"""Doors of the emergency stop and the circuit breaker. Stopping asks for nothing, resuming for a code and a reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.web import actor, clock
from accounts.web.page import PAGE, CursorPage
from accounts.web.views import OperatorView, OwnedView, PersonalView
from bots.models import Bot
from bots.queries import bots
from trading.api.pages import page
from trading.api.shapes.stops import (
    BreakersOut,
    HaltsOut,
    LimitsOut,
    ResetIn,
    ResetOut,
    ResumeIn,
    StopIn,
    StopOut,
    TripOut,
)  # fmt: skip
from trading.models.record import BreakerTrip
from trading.operations import breaker as breaker_operations
from trading.operations import kill_switch, stop
from trading.queries import breaker, limits, stops


def _stop_wishes(request: Request) -> dict[str, Any]:
    body = StopIn(data=request.data or {})
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)


def _resume_wishes(request: Request) -> dict[str, Any]:
    body = ResumeIn(data=request.data)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)


class EmergencyStop(PersonalView):
    @extend_schema(request=StopIn, responses=StopOut, operation_id="system_emergency_stop")
    def post(self, request: Request) -> Response:
        """Halts all of one's own bots and orders at once."""
        who, wishes = actor.of(request), _stop_wishes(request)
        report = stop.emergency_stop(scope="USER", user=who.user.id, **wishes, **who.signs(), policy=settings.POLICY)
        return Response(StopOut(report).data)


class EmergencyResume(PersonalView):
    @extend_schema(request=ResumeIn, responses=HaltsOut, operation_id="system_emergency_resume")
    def post(self, request: Request) -> Response:
        """Lifts one's own halt; the bots stay paused."""
        who, wishes = actor.of(request), _resume_wishes(request)
        stop.emergency_resume(
            scope="USER", user=who.user.id, **wishes, actor_user=who.user, request_id=who.request_id,
            now=clock.now(), kill_switch=kill_switch.exists(settings.DATA_DIR),
        )  # fmt: skip
        return Response(HaltsOut(stops.status(viewer=who.user)).data)


class AdminEmergencyStop(OperatorView):
    @extend_schema(request=StopIn, responses=StopOut, operation_id="admin_emergency_stop")
    def post(self, request: Request) -> Response:
        """Halts everything of everybody at once."""
        who, wishes = actor.operator_of(request), _stop_wishes(request)
        report = stop.emergency_stop(scope="GLOBAL", user=None, **wishes, **who.signs(), policy=settings.POLICY)
        return Response(StopOut(report).data)


class AdminEmergencyResume(OperatorView):
    @extend_schema(request=ResumeIn, responses=HaltsOut, operation_id="admin_emergency_resume")
    def post(self, request: Request) -> Response:
        """Lifts the GLOBAL halts; the bots stay paused."""
        who, wishes = actor.operator_of(request), _resume_wishes(request)
        stop.emergency_resume(
            scope="GLOBAL", user=None, **wishes, actor_user=who.user, request_id=who.request_id,
            now=clock.now(), kill_switch=kill_switch.exists(settings.DATA_DIR),
        )  # fmt: skip
        return Response(HaltsOut(stops.status(viewer=who.user)).data)


class EmergencyStatus(PersonalView):
    @extend_schema(responses=HaltsOut, operation_id="emergency_stop_status")
    def get(self, request: Request) -> Response:
        return Response(HaltsOut(stops.status(viewer=actor.of(request).user)).data)


class _Watched(OwnedView, abstract=True):
    """What is watched of a person: their own first, then of a page of their bots."""

    queryset = Bot.objects.none()
    page_ordering = ("-created_at", "-id")

    def owned(self, *, user: User) -> QuerySet[Bot]:
        return bots.of(owner=user.id).exclude(status="STOPPED")

    def asked(self, request: Request) -> tuple[dict[str, Any], str | None]:
        """What to ask the queries for, and the cursor of the page after it."""
        pages = CursorPage()
        found = pages.paginate_queryset(self.get_queryset(), request, self)
        first = not request.query_params.get("cursor")
        who = actor.of(request).user.id
        return {"owner": who, "bots": found, "own": first, "policy": settings.POLICY, "now": clock.now()}, pages.following


class BreakerStatus(_Watched):
    @extend_schema(parameters=PAGE, responses=BreakersOut, operation_id="circuit_breaker_status")
    def get(self, request: Request) -> Response:
        """Your own breakers first, then a page of those of your bots."""
        asked, following = self.asked(request)
        told = {"tripped": breaker.tripped(owner=asked["owner"]), "breakers": breaker.status(**asked), "next": following}
        return Response(BreakersOut(told).data)


class BreakerHistory(OwnedView):
    queryset = BreakerTrip.objects.none()
    serializer_class = TripOut
    page_ordering = ("-at", "-id")

    def owned(self, *, user: User) -> QuerySet[BreakerTrip]:
        return breaker.history(owner=user.id)

    @extend_schema(responses=TripOut(many=True), operation_id="circuit_breaker_history")
    def get(self, request: Request) -> Response:
        def shown(rows: Sequence[BreakerTrip]) -> Sequence[breaker.TripView]:
            return [breaker.trip_view(trip) for trip in rows]

        return page(self, self.get_queryset(), shape=TripOut, shown=shown)


class BreakerReset(PersonalView):
    @extend_schema(request=ResetIn, responses=ResetOut, operation_id="circuit_breaker_reset")
    def post(self, request: Request) -> Response:
        """One bot, or without `bot_id` the person's own breakers. Bots go to PAUSED and wait for a resume."""
        body = ResetIn(data=request.data)
        body.is_valid(raise_exception=True)
        who = actor.of(request)
        done = breaker_operations.reset(owner=who.user.id, **body.validated_data, **who.signs())
        return Response(ResetOut({"reset": done}).data)


class LimitsStatus(_Watched):
    @extend_schema(parameters=PAGE, responses=LimitsOut, operation_id="limits_status")
    def get(self, request: Request) -> Response:
        """Your own limits first, then those of a page of your bots."""
        asked, following = self.asked(request)
        found = {"counts": limits.status(**asked), "at_risk": limits.at_risk(**asked), "breakers": breaker.status(**asked)}
        return Response(LimitsOut({**found, "next": following}).data)
