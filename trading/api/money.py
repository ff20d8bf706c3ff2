"""Doors to money that a bot narrows: fills, profits, the equity curve. Books know no bots, so they stand on this floor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.web import actor
from accounts.web.fields import MomentField
from accounts.web.views import PersonalView
from bots.queries import bots
from ledger.api import journal, shapes
from ledger.api import worth as ledger_worth
from ledger.models import Mode
from trading.api.shapes.markets import EquityPointOut
from trading.queries import worth

BOT = OpenApiParameter("bot", UUID, description="only what this bot's book did")
SPAN = [OpenApiParameter(name, str, description="ISO 8601, UTC") for name in ("from", "to")]


class BotQuery(serializers.Serializer[Any]):
    bot = serializers.UUIDField(required=False)


class EquityQuery(BotQuery):
    mode = serializers.ChoiceField(choices=Mode.choices, default="PAPER")
    since = MomentField(required=False)
    until = MomentField(required=False)


def book_of_bot(request: Request) -> UUID | None:
    """The book of the bot that the query names, one's own; none when it names none."""
    asked = BotQuery(data=request.query_params)
    asked.is_valid(raise_exception=True)
    bot = asked.validated_data.get("bot")
    return bots.one(owner=actor.of(request).user.id, bot_id=bot).book_id if bot else None


class Fills(journal.Fills):
    def owned(self, *, user: User) -> QuerySet[Any]:
        book = book_of_bot(self.request)
        found = super().owned(user=user)
        return found.filter(book_id=book) if book else found

    def bots_of(self, rows: list[dict[str, Any]]) -> Mapping[UUID, UUID]:
        books = {row["book"] for row in rows}
        mine = bots.of(owner=actor.of(self.request).user.id).filter(book__in=books)
        return dict(mine.order_by().values_list("book_id", "id"))

    @extend_schema(parameters=[shapes.FillsQuery, BOT, *SPAN], operation_id="ledger_fills")
    def get(self, request: Request) -> Response:
        """Your fills, newest first."""
        return super().get(request)


class Profits(ledger_worth.Profits):
    def book_of(self, request: Request) -> UUID | None:
        return book_of_bot(request)

    @extend_schema(
        parameters=[shapes.ProfitsQuery, BOT, *SPAN], responses=shapes.ProfitOut(many=True), operation_id="profits"
    )
    def get(self, request: Request) -> Response:
        """Realised profit by day, week or month, ascending, gaps filled with zero."""
        return super().get(request)


class Equity(PersonalView):
    @extend_schema(
        parameters=[BOT, *SPAN, OpenApiParameter("mode", str, enum=Mode.values)], responses=EquityPointOut(many=True),
        operation_id="equity",
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """Equity over time, ascending, at most 1,000 points: of all wallets of a mode, or of one bot."""
        given = request.query_params
        asked = EquityQuery(data={**given.dict(), **{ours: given[theirs] for ours, theirs in WORDS.items() if theirs in given}})
        asked.is_valid(raise_exception=True)
        wanted, user = asked.validated_data, actor.of(request).user
        span = {"since": wanted.get("since"), "until": wanted.get("until")}
        if wanted.get("bot"):
            found = worth.of_bot(bot=bots.one(owner=user.id, bot_id=wanted["bot"]), **span)
        else:
            found = worth.of_person(user=user, mode=wanted["mode"], **span)
        return Response(EquityPointOut(found, many=True).data)


WORDS = {"since": "from", "until": "to"}
