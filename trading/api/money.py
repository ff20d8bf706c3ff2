"""Doors to money that a bot narrows: fills, profits, the equity curve. Books know no bots, so they stand on this floor."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.web import actor, clock
from accounts.web.views import OwnedView, PersonalView
from bots.queries import bots
from ledger.models import Fill
from ledger.queries import fills, profits
from trading.api.pages import page_of_json
from trading.api.shapes.markets import EquityPointOut
from trading.api.shapes.money import EquityQuery, FillOut, FillsQuery, ProfitOut, ProfitsQuery
from trading.queries import spelled, worth


class Fills(OwnedView):
    queryset = Fill.objects.none()
    serializer_class = FillOut
    page_ordering = ("-executed_at", "-entry_id")
    owner = "wallet__owner"

    @extend_schema(parameters=[FillsQuery], responses=FillOut(many=True), operation_id="ledger_fills")
    def get(self, request: Request) -> HttpResponse:
        """Your fills, newest first."""
        asked = FillsQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        given, user = dict(asked.validated_data), actor.of(request).user
        if bot := given.pop("bot", None):
            given["book"] = book_of(user=user, bot=bot)
        given["since"], given["until"] = given.pop("from", None), given.pop("to", None)
        return page_of_json(self, fills.by_wallet(owner=user.id, filters=fills.Filters(**given)), spelled=spelled.fills)


def book_of(*, user: User, bot: UUID) -> UUID:
    """The book of one's own bot. Missing for a foreign one."""
    return bots.one(owner=user.id, bot_id=bot).book_id


class Profits(PersonalView):
    @extend_schema(parameters=[ProfitsQuery], responses=ProfitOut(many=True), operation_id="profits")
    def get(self, request: Request) -> Response:
        """Realised profit by day, week or month, ascending, gaps filled with zero."""
        asked = ProfitsQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        given, user = asked.validated_data, actor.of(request).user
        book = book_of(user=user, bot=given["bot"]) if given.get("bot") else None
        found = profits.of(
            owner=user.id, period=given["period"], mode=given.get("mode", ""), book=book, frm=given.get("from"),
            to=given.get("to"), now=clock.now(),
        )  # fmt: skip
        return Response(ProfitOut(found, many=True).data)


class Equity(PersonalView):
    @extend_schema(parameters=[EquityQuery], responses=EquityPointOut(many=True), operation_id="equity")
    def get(self, request: Request) -> Response:
        """Equity over time, ascending, at most 1,000 points: of all wallets of a mode, or of one bot."""
        asked = EquityQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        given, user = asked.validated_data, actor.of(request).user
        span = {"since": given.get("from"), "until": given.get("to")}
        if given.get("bot"):
            found = worth.of_bot(bot=bots.one(owner=user.id, bot_id=given["bot"]), **span)
        else:
            found = worth.of_person(user=user, mode=given["mode"], **span)
        return Response(EquityPointOut(found, many=True).data)
