"""The door of worth: the portfolio."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.web import actor, clock
from accounts.web.views import PersonalView
from ledger.api.shapes import SummaryOut, SummaryQuery
from ledger.queries import portfolio


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
