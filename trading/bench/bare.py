"""Anchor of the lists: the view that Django REST framework is learnt with. The same rows, owner and token check as ours, but no
middleware, address, cursor, filter, throttle or scope around it.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Model, QuerySet
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ModelSerializer
from rest_framework.views import APIView

from accounts.web.credentials import BearerAuthentication
from ledger.models import Fill
from trading.models import Order, Trade

PAGE = 50


class _Fill(ModelSerializer[Fill]):
    venue = serializers.CharField(source="wallet.venue")
    mode = serializers.CharField(source="wallet.mode")

    class Meta:
        model = Fill
        fields = (
            "entry", "wallet", "book", "venue", "symbol", "side", "quantity", "price", "fee", "fee_asset", "executed_at", "trade_id",
            "client_order_id", "mode", "bootstrap",
        )  # fmt: skip


class _Order(ModelSerializer[Order]):
    bot_name = serializers.CharField(source="bot.name")
    venue = serializers.CharField(source="market.venue")
    symbol = serializers.CharField(source="market.symbol")
    currency = serializers.CharField(source="market.quote_id")

    class Meta:
        model = Order
        fields = (
            "id", "client_order_id", "bot", "bot_name", "venue", "symbol", "currency", "mode", "side", "type", "time_in_force",
            "expires_at", "leg", "reason", "quantity", "price", "decision_price", "expected_edge_bps", "reducing", "bootstrap", "state",
            "refusal", "verdicts", "filled_quantity", "filled_value", "fees", "candle", "created_at", "updated_at",
        )  # fmt: skip


class _Trade(ModelSerializer[Trade]):
    bot_name = serializers.CharField(source="bot.name")
    venue = serializers.CharField(source="market.venue")
    symbol = serializers.CharField(source="market.symbol")
    currency = serializers.CharField(source="market.quote_id")

    class Meta:
        model = Trade
        fields = (
            "id", "order", "bot", "bot_name", "symbol", "venue", "currency", "side", "reason", "entry_price", "exit_price", "amount",
            "gross", "profit_loss", "fees", "gross_edge_bps", "mode", "bootstrap", "opened_at", "closed_at",
        )  # fmt: skip


class _View(APIView):
    authentication_classes = (BearerAuthentication,)
    permission_classes = (IsAuthenticated,)
    renderer_classes = (JSONRenderer,)
    shape: type[ModelSerializer[Any]]

    def rows(self, person: Any) -> QuerySet[Any, Model]:
        raise NotImplementedError

    def get(self, request: Request) -> Response:
        return Response(self.shape(self.rows(request.user)[:PAGE], many=True).data)


class Fills(_View):
    shape = _Fill

    def rows(self, person: Any) -> QuerySet[Any, Any]:
        return Fill.objects.filter(wallet__owner=person).select_related("wallet").order_by("-executed_at", "-entry_id")


class Orders(_View):
    shape = _Order

    def rows(self, person: Any) -> QuerySet[Any, Any]:
        return Order.objects.filter(owner=person).select_related("market", "bot").order_by("-created_at", "-id")


class Trades(_View):
    shape = _Trade

    def rows(self, person: Any) -> QuerySet[Any, Any]:
        return Trade.objects.filter(owner=person).select_related("market", "bot").order_by("-closed_at", "-id")
