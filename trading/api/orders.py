"""Doors of orders and trades."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.domain.refusals import Refusal
from accounts.models import User
from accounts.web import actor, clock, idempotency
from accounts.web.throttle import MONEY
from accounts.web.views import OwnedView, PersonalView
from trading.api.pages import page_of_json
from trading.api.shapes.orders import CancelAllOut, OrderIn, OrderOut, OrderStatusOut, TradeOut
from trading.models.order import Order, State
from trading.models.record import Trade
from trading.operations import cancel, kill_switch, placing, submit
from trading.queries import orders, spelled, trades

KEY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, required=True,
    description="a new one for each intent: the same key and body give the same answer and one order, for ever",
)  # fmt: skip
REFUSED = OpenApiResponse(description="a gate said no: `details` is the stored order with its verdicts")
REUSED = OpenApiResponse(description="IDEMPOTENCY_KEY_REUSED: this key came with another body")


class OrdersQuery(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=State.choices, required=False)
    bot = serializers.UUIDField(required=False, source="bot_id")


class TradesQuery(serializers.Serializer[Any]):
    bot = serializers.UUIDField(required=False, source="bot_id")


class _MyOrders(OwnedView, abstract=True):
    queryset = Order.objects.none()
    serializer_class = OrderOut
    page_ordering = ("-created_at", "-id")

    def owned(self, *, user: User) -> QuerySet[Order]:
        return orders.of(owner=user.id)


class SubmitOrder(PersonalView):
    rate = MONEY

    @extend_schema(
        request=OrderIn, parameters=[KEY], responses={202: OrderOut, 409: REUSED, 422: REFUSED},
        operation_id="orders_submit",
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Through the four gates, then to the venue. 202 once claimed; the stored verdicts come with every answer."""
        key = idempotency.key_of(request)
        body = OrderIn(data=request.data)
        body.is_valid(raise_exception=True)
        who = actor.of(request)
        order = submit.submit_manual(
            owner=who.user.id, body=placing.ManualOrder(**body.validated_data), key=key, actor=who.label,
            request_id=who.request_id, now=clock.now(), policy=settings.POLICY,
            kill_switch=partial(kill_switch.exists, settings.DATA_DIR),
        )  # fmt: skip
        view = orders.view(order)
        answer = OrderOut(view).data
        if order.state == State.REFUSED:
            refusal = Refusal(order.refusal, view.sentence)
            refusal.numbers = dict(answer)
            raise refusal
        return Response(answer, status=status.HTTP_202_ACCEPTED)


class Orders(_MyOrders):
    @extend_schema(parameters=[OrdersQuery], responses=OrderOut(many=True), operation_id="orders_list")
    def get(self, request: Request) -> HttpResponse:
        asked = OrdersQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        found = orders.of(owner=actor.of(request).user.id, **asked.validated_data)
        return page_of_json(self, found, spelled=spelled.orders)


class PendingOrders(_MyOrders):
    @extend_schema(responses=OrderOut(many=True), operation_id="orders_pending")
    def get(self, request: Request) -> HttpResponse:
        """Orders that may still fill, those of unknown fate included."""
        return page_of_json(self, orders.pending(owner=actor.of(request).user.id), spelled=spelled.orders)


class OrderStatus(_MyOrders):
    @extend_schema(responses=OrderStatusOut, operation_id="orders_status")
    def get(self, request: Request, id: UUID) -> Response:
        return Response(OrderStatusOut(orders.view(self.get_object())).data)


class CancelOrder(_MyOrders):
    @extend_schema(request=None, responses={202: OrderStatusOut}, operation_id="orders_cancel")
    def post(self, request: Request, id: UUID) -> Response:
        who = actor.of(request)
        cancel.cancel(
            owner=who.user.id, order_id=self.get_object().id, actor=who.label, request_id=who.request_id, now=clock.now()
        )
        return Response(OrderStatusOut(orders.view(self.get_object())).data, status=status.HTTP_202_ACCEPTED)


class CancelAllOrders(PersonalView):
    @extend_schema(request=None, responses=CancelAllOut, operation_id="orders_cancel_all")
    def post(self, request: Request) -> Response:
        """Cancels one's open orders at the venue until two reads find none."""
        who = actor.of(request)
        report = cancel.cancel_all(owner=who.user.id, actor=who.label, request_id=who.request_id, now=clock.now())
        return Response(CancelAllOut(report).data)


class _MyTrades(OwnedView, abstract=True):
    queryset = Trade.objects.none()
    serializer_class = TradeOut
    page_ordering = ("-closed_at", "-id")

    def owned(self, *, user: User) -> QuerySet[Trade]:
        return trades.of(owner=user.id)


class Trades(_MyTrades):
    @extend_schema(parameters=[TradesQuery], responses=TradeOut(many=True), operation_id="trades_list")
    def get(self, request: Request) -> HttpResponse:
        """Closed round trips, the last one first."""
        asked = TradesQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        found = trades.of(owner=actor.of(request).user.id, **asked.validated_data)
        return page_of_json(self, found, spelled=spelled.trades)


class OneTrade(_MyTrades):
    @extend_schema(responses=TradeOut)
    def get(self, request: Request, id: UUID) -> Response:
        return Response(TradeOut(trades.view(self.get_object())).data)
