"""Doors that close positions at once: an order like any other, which under an emergency stop a fresh code lets pass."""

from __future__ import annotations

from functools import partial

from django.conf import settings
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.domain.refusals import Refusal
from accounts.web import actor
from accounts.web.throttle import MONEY
from accounts.web.views import PersonalView
from trading.api.shapes.orders import OrderOut
from trading.api.shapes.positions import ClosedOut, PositionIn
from trading.models.order import State
from trading.operations import closing, kill_switch
from trading.queries import orders

CODE = OpenApiResponse(description="an emergency stop is in force and the code is missing, wrong or used")
NOTHING = OpenApiResponse(description="NO_POSITION: nothing is held that could be closed")
REFUSED = OpenApiResponse(description="a gate said no: `details` is the stored order with its verdicts")


class ClosePosition(PersonalView):
    rate = MONEY

    @extend_schema(request=PositionIn, responses={202: ClosedOut, 403: CODE, 409: NOTHING, 422: REFUSED}, operation_id="positions_close")
    def post(self, request: Request) -> Response:
        """Sells the coins of a market that no bot holds. A bot's are closed by its own door."""
        body = PositionIn(data=request.data)
        body.is_valid(raise_exception=True)
        place = dict(body.validated_data)
        return closed(request, otp=place.pop("otp"), wanted=closing.Wanted(**place))


def closed(request: Request, *, wanted: closing.Wanted, otp: str) -> Response:
    """The closing orders of a position; a refusal when gates refused all of them."""
    who = actor.of(request)
    sent = closing.close(
        user=who.user, wanted=wanted, otp=otp, **who.signs(), policy=settings.POLICY,
        kill_switch=partial(kill_switch.exists, settings.DATA_DIR),
    )  # fmt: skip
    views = [orders.view(order) for order in sent]
    if all(view.state == State.REFUSED for view in views):
        refusal = Refusal(views[0].refusal, views[0].sentence)
        refusal.numbers = dict(OrderOut(views[0]).data)
        raise refusal
    return Response(ClosedOut({"orders": views}).data, status=status.HTTP_202_ACCEPTED)
