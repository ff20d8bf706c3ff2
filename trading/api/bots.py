"""Doors of bots: list, create, change, move, capital, why, chart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.web import actor, clock
from accounts.web.throttle import MONEY
from accounts.web.views import OwnedView, PersonalView
from bots.domain.exits import Exits
from bots.models import Bot
from bots.operations import changes, creation, lifecycle
from trading.api.pages import page
from trading.api.positions import CODE, NOTHING, closed
from trading.api.shapes.bots import (
    AllocationIn,
    BotChangeIn,
    BotIn,
    BotOut,
    BotsMovedOut,
    BotStopIn,
    ReasonIn,
    WhyOut,
)  # fmt: skip
from trading.api.shapes.markets import ChartOut
from trading.api.shapes.positions import ClosedOut, CloseIn
from trading.operations import closing, new_bot, stopping
from trading.queries import bots, charts, why

ILLEGAL = OpenApiResponse(description="ILLEGAL_MOVE: `details.legal` lists the legal moves")
HALTED = OpenApiResponse(description="HALTED: `details` names the halt that must be lifted first")
REFUSED = OpenApiResponse(description="a rule said no: code, sentence, numbers")


class BotsQuery(serializers.Serializer[Any]):
    status = serializers.CharField(required=False, max_length=16)
    venue = serializers.CharField(required=False, max_length=20)
    symbol = serializers.CharField(required=False, max_length=41)


class ChartQuery(serializers.Serializer[Any]):
    limit = serializers.IntegerField(default=300, min_value=1, max_value=charts.MOST_CANDLES)
    timeframe = serializers.CharField(default="", max_length=4, allow_blank=True)


class _Mine(OwnedView, abstract=True):
    """A person's bots."""

    queryset = Bot.objects.none()
    serializer_class = BotOut
    page_ordering = ("-created_at", "-id")

    def owned(self, *, user: User) -> QuerySet[Bot]:
        return bots.of(owner=user.id)

    def answer(self, bot_id: UUID, *, code: int = status.HTTP_200_OK) -> Response:
        """The bot as it is now."""
        bot = self.get_queryset().get(pk=bot_id)
        return Response(BotOut(bots.one_view(bot=bot, policy=settings.POLICY, now=clock.now())).data, status=code)

    def stopped(self, request: Request, *, position: lifecycle.Positions) -> Response:
        """The bot after it was asked to stop."""
        who, bot = actor.of(request), self.get_object()
        stopping.stop_bot(owner=who.user.id, bot_id=bot.id, position=position, **who.signs())
        return self.answer(bot.id, code=status.HTTP_202_ACCEPTED)


class Bots(_Mine):
    @extend_schema(parameters=[BotsQuery], responses=BotOut(many=True), operation_id="bots_list")
    def get(self, request: Request) -> Response:
        asked = BotsQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        now = clock.now()

        def shown(rows: Sequence[Bot]) -> Sequence[bots.BotView]:
            return bots.views(bots=rows, now=now)

        return page(self, bots.of(owner=actor.of(request).user.id, **asked.validated_data), shape=BotOut, shown=shown)

    @extend_schema(request=BotIn, responses={201: BotOut, 422: REFUSED})
    def post(self, request: Request) -> Response:
        body = BotIn(data=request.data)
        body.is_valid(raise_exception=True)
        who = actor.of(request)
        wanted = creation.Wanted(**{**body.validated_data, "exits": Exits(**body.validated_data["exits"])})
        bot = new_bot.make(
            owner=who.user.id, wanted=wanted, **who.signs(), supported=settings.POLICY.paper_supported_exchanges
        )  # fmt: skip
        return self.answer(bot.id, code=status.HTTP_201_CREATED)


class OneBot(_Mine):
    @extend_schema(responses=BotOut)
    def get(self, request: Request, id: UUID) -> Response:
        return self.answer(self.get_object().id)

    @extend_schema(request=BotChangeIn, responses={200: BotOut, 422: REFUSED})
    def patch(self, request: Request, id: UUID) -> Response:
        body = BotChangeIn(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = dict(body.validated_data)
        if "exits" in wanted:
            wanted["exits"] = Exits(**wanted["exits"])
        changes.amend(bot_id=self.get_object().id, changes=changes.Changes(**wanted), **actor.of(request).signs())
        return self.answer(id)

    @extend_schema(responses={202: BotOut, 409: ILLEGAL})
    def delete(self, request: Request, id: UUID) -> Response:
        """Stops the bot and closes its position. Its history stays, as the ledger's does."""
        return self.stopped(request, position="close")


class StartBot(_Mine):
    @extend_schema(request=ReasonIn, responses={200: BotOut, 409: ILLEGAL}, operation_id="bots_start")
    def post(self, request: Request, id: UUID) -> Response:
        lifecycle.start(bot_id=self.get_object().id, **_asked(request))
        return self.answer(id)


class PauseBot(_Mine):
    @extend_schema(request=ReasonIn, responses={200: BotOut, 409: ILLEGAL}, operation_id="bots_pause")
    def post(self, request: Request, id: UUID) -> Response:
        lifecycle.pause(bot_id=self.get_object().id, **_asked(request))
        return self.answer(id)


class ResumeBot(_Mine):
    @extend_schema(request=ReasonIn, responses={200: BotOut, 409: ILLEGAL}, operation_id="bots_resume")
    def post(self, request: Request, id: UUID) -> Response:
        lifecycle.resume(bot_id=self.get_object().id, **_asked(request))
        return self.answer(id)


class StopBot(_Mine):
    @extend_schema(request=BotStopIn, responses={202: BotOut, 409: ILLEGAL}, operation_id="bots_stop")
    def post(self, request: Request, id: UUID) -> Response:
        """Cancels its orders, closes the position or hands the coins to `manual`, then gives the capital back."""
        body = BotStopIn(data=request.data)
        body.is_valid(raise_exception=True)
        return self.stopped(request, **body.validated_data)


class CloseBotPosition(_Mine):
    rate = MONEY

    @extend_schema(request=CloseIn, responses={202: ClosedOut, 403: CODE, 409: NOTHING, 422: REFUSED}, operation_id="bots_close_position")
    def post(self, request: Request, id: UUID) -> Response:
        """Sells what the bot holds at the market. Under an emergency stop it needs a fresh code, otherwise none."""
        body = CloseIn(data=request.data or {})
        body.is_valid(raise_exception=True)
        return closed(request, wanted=closing.Wanted(bot=self.get_object().id), **body.validated_data)


class StartAll(PersonalView):
    @extend_schema(request=None, responses={200: BotsMovedOut, 409: HALTED}, operation_id="bots_start_all")
    def post(self, request: Request) -> Response:
        """Starts new bots."""
        return _moved(request, lifecycle.start_all)


class PauseAll(PersonalView):
    @extend_schema(request=None, responses=BotsMovedOut, operation_id="bots_pause_all")
    def post(self, request: Request) -> Response:
        return _moved(request, lifecycle.pause_all)


class ResumeAll(PersonalView):
    @extend_schema(request=None, responses={200: BotsMovedOut, 409: HALTED}, operation_id="bots_resume_all")
    def post(self, request: Request) -> Response:
        """Resumes paused and failed bots; not new ones, nor those that are stopping or that an emergency stop paused."""
        return _moved(request, lifecycle.resume_all)


class StopAll(PersonalView):
    @extend_schema(request=BotStopIn, responses={202: BotsMovedOut}, operation_id="bots_stop_all")
    def post(self, request: Request) -> Response:
        """As `stop`, for every bot that is not stopped or stopping yet."""
        body = BotStopIn(data=request.data or {})
        body.is_valid(raise_exception=True)
        return _moved(request, partial(stopping.stop_all, **body.validated_data), code=status.HTTP_202_ACCEPTED)


class BotAllocation(_Mine):
    rate = MONEY

    @extend_schema(request=AllocationIn, responses={200: BotOut, 422: REFUSED}, operation_id="bots_allocation")
    def patch(self, request: Request, id: UUID) -> Response:
        body = AllocationIn(data=request.data)
        body.is_valid(raise_exception=True)
        changes.set_capital(bot_id=self.get_object().id, **body.validated_data, **actor.of(request).signs())
        return self.answer(id)


class BotWhy(_Mine):
    @extend_schema(responses=WhyOut, operation_id="bots_why")
    def get(self, request: Request, id: UUID) -> Response:
        """Why it did or did not trade: latest reading, halts, and a timeline of orders, refusals and moves."""
        return Response(WhyOut(why.of(bot=self.get_object(), now=clock.now())).data)


class BotCandles(_Mine):
    @extend_schema(parameters=[ChartQuery], responses=ChartOut, operation_id="bots_candles")
    def get(self, request: Request, id: UUID) -> Response:
        """Candles, the strategy's indicators and the bot's filled orders as marks."""
        asked = ChartQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        return Response(ChartOut(charts.candles(bot=self.get_object(), **asked.validated_data)).data)


def _asked(request: Request) -> dict[str, Any]:
    """Reason, actor, request id and time of a plain move."""
    body = ReasonIn(data=request.data or {})
    body.is_valid(raise_exception=True)
    return {**body.validated_data, **actor.of(request).signs()}


def _moved(request: Request, move: Callable[..., int], *, code: int = status.HTTP_200_OK) -> Response:
    """How many of the person's bots a move has moved."""
    who = actor.of(request)
    return Response(BotsMovedOut({"moved": move(owner=who.user.id, **who.signs())}).data, status=code)
