"""Doors of wallets: list, open, deposit and withdraw paper money."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.domain.refusals import Malformed, Missing
from accounts.web import actor, clock, idempotency
from accounts.web.throttle import MONEY
from accounts.web.views import PersonalView
from ledger.api.shapes import MoneyIn, WalletIn, WalletOut
from ledger.operations import funding, wallets
from ledger.queries import money

KEY = OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, description="the same key again moves no money twice")


class Wallets(PersonalView):
    @extend_schema(responses=WalletOut(many=True))
    def get(self, request: Request) -> Response:
        """Your wallets with what is free, what books hold and what orders hold."""
        return Response(WalletOut(money.wallets(owner=actor.of(request).user.id), many=True).data)

    @extend_schema(request=WalletIn, responses={201: WalletOut})
    def post(self, request: Request) -> Response:
        """Open a wallet at a venue; the one you have, if you have one there in this mode."""
        asked = WalletIn(data=request.data)
        asked.is_valid(raise_exception=True)
        who = actor.of(request)
        venue, known = asked.validated_data["venue"], sorted(settings.POLICY.paper_supported_exchanges)
        if venue not in known:
            raise Malformed("UNKNOWN_VENUE", f"There is no venue {venue!r}.", given=venue, known=known)
        made = wallets.open_wallet(
            owner=who.user, **asked.validated_data, actor=who.label, request_id=who.request_id, now=clock.now()
        )
        return Response(WalletOut(money.wallet(owner=who.user.id, wallet=made.id)).data, status=status.HTTP_201_CREATED)


class _Movement(PersonalView):
    """Paper money in or out of one of your wallets."""

    rate = MONEY

    def move(self, request: Request, wallet: UUID, *, into: bool) -> Response:
        asked = MoneyIn(data=request.data)
        asked.is_valid(raise_exception=True)
        who = actor.of(request)
        if money.wallet(owner=who.user.id, wallet=wallet) is None:
            raise Missing("NOT_FOUND", "There is no such thing.")
        key = idempotency.key_of(request) if "Idempotency-Key" in request.headers else ""
        act = funding.deposit if into else funding.withdraw
        act(
            wallet=wallet, **asked.validated_data, actor=who.label, request_id=who.request_id, now=clock.now(), external_id=key
        )
        return Response(WalletOut(money.wallet(owner=who.user.id, wallet=wallet)).data)


class Deposit(_Movement):
    @extend_schema(request=MoneyIn, responses=WalletOut, parameters=[KEY])
    def post(self, request: Request, id: UUID) -> Response:
        """Put paper money in."""
        return self.move(request, id, into=True)


class Withdraw(_Movement):
    @extend_schema(request=MoneyIn, responses=WalletOut, parameters=[KEY])
    def post(self, request: Request, id: UUID) -> Response:
        """Take free paper money out."""
        return self.move(request, id, into=False)
