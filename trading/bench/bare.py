"""Anchor of the lists: the view that Django REST framework is learnt with. The same rows, owner and token check as ours, but no
middleware, address, cursor, filter, throttle or scope around it, and nothing of ours in its serializers.

Lists that are rows of a table stand beside its ModelSerializer; all others beside the library's own fields over what our reading found.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Model, QuerySet
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ModelSerializer
from rest_framework.views import APIView

from accounts.models import Alert, ApiToken, AuditRow, User
from accounts.web import actor, clock
from accounts.web.credentials import BearerAuthentication
from bots.models import Bot
from bots.strategies import families
from ledger.models import Fill
from ledger.queries import journal, portfolio, profits
from ledger.queries import money as wallets
from trading.bench import plain
from trading.bench.addresses import Answer
from trading.models import BreakerTrip, Order, Trade
from trading.queries import bots, breaker, charts, limits, markets, orders, stages, stops, why, worth

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


class _Alert(ModelSerializer[Alert]):
    class Meta:
        model = Alert
        fields = ("id", "person", "severity", "code", "sentence", "data", "at", "read_at")


class _Audit(ModelSerializer[AuditRow]):
    person = serializers.UUIDField(source="chain.person_id")

    class Meta:
        model = AuditRow
        fields = ("id", "person", "seq", "at", "actor", "act", "subject", "before", "after", "reason", "request_id", "hash")


class _Token(ModelSerializer[ApiToken]):
    class Meta:
        model = ApiToken
        fields = ("public_id", "label", "scopes", "created", "expiry")


class _Trip(ModelSerializer[BreakerTrip]):
    bot_name = serializers.CharField(source="bot.name")

    class Meta:
        model = BreakerTrip
        fields = (
            "id", "bot", "bot_name", "mode", "at", "limit", "value", "threshold", "sentence", "reset_at", "reset_by", "reset_reason",
        )  # fmt: skip


class _View(APIView):
    authentication_classes = (BearerAuthentication,)
    permission_classes = (IsAuthenticated,)
    renderer_classes = (JSONRenderer,)


class _Table(_View, ABC):
    shape: type[ModelSerializer[Any]]

    @abstractmethod
    def rows(self, person: Any) -> QuerySet[Any, Model]:
        """The newest of this person."""

    def get(self, request: Request, **named: Any) -> Response:
        return Response(self.shape(self.rows(request.user)[:PAGE], many=True).data)


class Fills(_Table):
    shape = _Fill

    def rows(self, person: Any) -> QuerySet[Any, Any]:
        return Fill.objects.filter(wallet__owner=person).select_related("wallet").order_by("-executed_at", "-entry_id")


class Orders(_Table):
    shape = _Order

    def rows(self, person: Any) -> QuerySet[Any, Any]:
        return Order.objects.filter(owner=person).select_related("market", "bot").order_by("-created_at", "-id")


class Pending(_Table):
    shape = _Order

    def rows(self, person: Any) -> QuerySet[Any, Any]:
        return orders.pending(owner=person.id)


class Trades(_Table):
    shape = _Trade

    def rows(self, person: Any) -> QuerySet[Any, Any]:
        return Trade.objects.filter(owner=person).select_related("market", "bot").order_by("-closed_at", "-id")


class Alerts(_Table):
    shape = _Alert

    def rows(self, person: Any) -> QuerySet[Any, Any]:
        return Alert.objects.filter(person=person).order_by("-at", "-id")


class Audit(_Table):
    shape = _Audit

    def rows(self, person: Any) -> QuerySet[Any, Any]:
        return AuditRow.objects.filter(chain__person=person).select_related("chain").order_by("-id")


class Tokens(_Table):
    shape = _Token

    def rows(self, person: Any) -> QuerySet[Any, Any]:
        return ApiToken.objects.filter(user=person).order_by("-public_id")


class Trips(_Table):
    shape = _Trip

    def rows(self, person: Any) -> QuerySet[Any, Any]:
        return BreakerTrip.objects.filter(owner=person).select_related("bot").order_by("-at", "-id")


def view(path: str, answer: Answer) -> type[APIView]:
    """The bare view of a list. A KeyError names one that has none yet."""
    if path in OF_TABLES:
        return OF_TABLES[path]
    return _of_bot(plain.shape(answer), OF_BOTS[path]) if path in OF_BOTS else _read(plain.shape(answer), READ[path])


def _read(shape: plain.Shape, reading: Callable[[User, datetime], Any]) -> type[APIView]:
    """A view of what a reading finds for a person: rows, or one object that holds them."""

    class View(_View):
        def get(self, request: Request, **named: Any) -> Response:
            found = reading(actor.of(request).user, clock.now())
            return Response(shape(found, many=isinstance(found, list)).data)

    return View


def _of_bot(shape: plain.Shape, reading: Callable[[Bot, datetime], Any]) -> type[APIView]:
    """The same of one bot."""

    class View(_View):
        def get(self, request: Request, **named: Any) -> Response:
            bot = bots.of(owner=actor.of(request).user.id).get(**named)
            return Response(shape(reading(bot, clock.now())).data)

    return View


def _bots(person: User, now: datetime) -> list[Any]:
    return bots.views(bots=list(bots.of(owner=person.id)[:PAGE]), now=now)


def _watched(person: User) -> QuerySet[Bot]:
    return bots.of(owner=person.id).exclude(status="STOPPED")


def _stages(person: User, now: datetime) -> list[Any]:
    return stages.views(bots=list(_watched(person)[:PAGE]), now=now)


def _breakers(person: User, now: datetime) -> dict[str, Any]:
    found = list(_watched(person)[:PAGE])
    return {"tripped": True, "breakers": breaker.status(owner=person.id, bots=found, policy=settings.POLICY, now=now), "next": None}


def _limits(person: User, now: datetime) -> dict[str, Any]:
    asked: dict[str, Any] = {"owner": person.id, "bots": list(_watched(person)[:PAGE]), "policy": settings.POLICY, "now": now}
    return {"counts": limits.status(**asked), "at_risk": limits.at_risk(**asked), "breakers": breaker.status(**asked), "next": None}


def _entries(person: User, now: datetime) -> list[Any]:
    [found] = journal.by_wallet(owner=person.id)
    return journal.told(list(found[:PAGE]), viewer=person)


def _markets(person: User, now: datetime) -> list[Any]:
    return markets.universe(venue="", supported=settings.POLICY.paper_supported_exchanges, now=now)


def _equity(person: User, now: datetime) -> list[Any]:
    return worth.of_person(user=person, mode="PAPER", since=None, until=None)


def _summary(person: User, now: datetime) -> Any:
    return portfolio.summary(owner=person.id, mode="PAPER", currency=person.reporting_currency, now=now)


HOT = {"/api/ledger/fills": Fills, "/api/orders": Orders, "/api/trades": Trades}
OF_TABLES: dict[str, type[APIView]] = {
    **HOT, "/api/alerts": Alerts, "/api/audit": Audit, "/api/circuit-breaker/history": Trips, "/api/orders/pending": Pending,
    "/api/tokens": Tokens,
}  # fmt: skip
READ: dict[str, Callable[[User, datetime], Any]] = {
    "/api/bots": _bots,
    "/api/bots/stages": _stages,
    "/api/circuit-breaker/status": _breakers,
    "/api/emergency-stop/status": lambda person, now: stops.status(viewer=person),
    "/api/equity": _equity,
    "/api/ledger/audit-trail": _entries,
    "/api/limits/status": _limits,
    "/api/markets": _markets,
    "/api/portfolio/summary": _summary,
    "/api/profits": lambda person, now: profits.of(owner=person.id, period="daily", now=now),
    "/api/strategies": lambda person, now: list(families().values()),
    "/api/wallets": lambda person, now: wallets.wallets(owner=person.id),
}
OF_BOTS: dict[str, Callable[[Bot, datetime], Any]] = {
    "/api/bots/{id}/candles": lambda bot, now: charts.candles(bot=bot, limit=300),
    "/api/bots/{id}/why": lambda bot, now: why.of(bot=bot, now=now),
}
NO_LISTS = {"/api/orders/{id}/status": "one order, with its own gates and steps"}
KNOWN = {*OF_TABLES, *READ, *OF_BOTS, *NO_LISTS}
