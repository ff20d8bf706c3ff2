"""Doors of worth: the portfolio and realised profit."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.web import actor, clock
from accounts.web.views import PersonalView
from ledger.api.shapes import ProfitOut, ProfitsQuery, SummaryOut, SummaryQuery
from ledger.queries import portfolio, profits


class Portfolio(PersonalView):
    @extend_schema(parameters=[SummaryQuery], responses=SummaryOut)
    def get(self, request: Request) -> Response:
        """What you have in one mode, in your reporting currency, with the rates used."""
        asked = SummaryQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        user = actor.of(request).user
        found = portfolio.summary(
            owner=user.id, mode=asked.validated_data["mode"], currency=user.reporting_currency, now=clock.now()
        )
        return Response(SummaryOut(found).data)


class Profits(PersonalView):
    """The floor above narrows this by bot: `book_of`."""

    def book_of(self, request: Request) -> UUID | None:
        """The book that is asked for: none means all."""
        return None

    @extend_schema(parameters=[ProfitsQuery], responses=ProfitOut(many=True))
    def get(self, request: Request) -> Response:
        """Realised profit by day, week or month, ascending, gaps filled with zero."""
        asked = ProfitsQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        given: dict[str, Any] = dict(asked.validated_data)
        found = profits.of(
            owner=actor.of(request).user.id, period=given["period"], mode=given.get("mode", ""), book=self.book_of(request),
            frm=given.get("from"), to=given.get("to"), now=clock.now(),
        )  # fmt: skip
        return Response(ProfitOut(found, many=True).data)
