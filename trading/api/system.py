"""Doors of the platform: its state, strategies, markets, and the equity curve for charts."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.web import clock
from accounts.web.views import PersonalView
from bots.strategies import families
from trading.api.shapes.system import MarketOut, StrategyOut, SystemOut
from trading.operations import kill_switch
from trading.queries import markets, system


class MarketsQuery(serializers.Serializer[Any]):
    venue = serializers.CharField(required=False, max_length=20, default="")


class SystemStatus(PersonalView):
    permission_classes = (AllowAny,)

    @extend_schema(responses=SystemOut, operation_id="system_status")
    def get(self, request: Request) -> Response:
        """Anonymous callers learn version, mode and halted; members their part; operators everything."""
        viewer = request.user if isinstance(request.user, User) else None
        found = system.status(now=clock.now(), viewer=viewer)
        facts = {"version": settings.VERSION, "mode": system.mode(policy=settings.POLICY), "halted": found.halted}
        if viewer is not None:
            facts |= {name.name: getattr(found, name.name) for name in fields(found)}
            facts |= {"flags": system.flags(policy=settings.POLICY), "kill_switch": kill_switch.exists(settings.DATA_DIR)}
        return Response(SystemOut(facts).data)


class Strategies(PersonalView):
    @extend_schema(responses=StrategyOut(many=True), operation_id="strategies_list")
    def get(self, request: Request) -> Response:
        """What a bot can be made of: parameters with bounds, units and a sentence each."""
        return Response(StrategyOut(list(families().values()), many=True).data)


class Markets(PersonalView):
    @extend_schema(parameters=[MarketsQuery], responses=MarketOut(many=True), operation_id="markets_list")
    def get(self, request: Request) -> Response:
        asked = MarketsQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        found = markets.universe(
            venue=asked.validated_data["venue"], supported=settings.POLICY.paper_supported_exchanges, now=clock.now()
        )
        return Response(MarketOut(found, many=True).data)
