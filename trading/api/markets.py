"""Doors to what everybody may know: strategies and markets."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.web import clock
from accounts.web.views import PersonalView
from bots.strategies import Strategy, families
from trading.api.shapes.markets import MarketOut, StrategyOut
from trading.queries import markets


class MarketsQuery(serializers.Serializer[Any]):
    venue = serializers.CharField(required=False, max_length=20, default="")
    quote = serializers.CharField(required=False, max_length=20, default="", help_text="quote asset, such as USDT")


class Strategies(PersonalView):
    @extend_schema(responses=StrategyOut(many=True), operation_id="strategies_list")
    def get(self, request: Request) -> Response:
        """What a bot can be made of: parameters with bounds, units and a sentence each."""
        return Response(_told(tuple(families().values())))


@cache
def _told(strategies: tuple[Strategy, ...]) -> Any:
    """They are code: what is told of the same ones stays the same."""
    return StrategyOut(list(strategies), many=True).data


class Markets(PersonalView):
    @extend_schema(parameters=[MarketsQuery], responses=MarketOut(many=True), operation_id="markets_list")
    def get(self, request: Request) -> Response:
        """The universe, the same for everybody: rules with their age, last price, volume, spread, what is stored, what was wrong with
        the data, and every reason why a market is left out."""
        asked = MarketsQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        found = markets.universe(**asked.validated_data, supported=settings.POLICY.paper_supported_exchanges, now=clock.now())
        return Response(MarketOut(found, many=True).data)
