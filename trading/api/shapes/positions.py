"""Closing positions on the wire."""

from __future__ import annotations

from rest_framework import serializers

from accounts.web.fields import StrictSerializer
from ledger.models import Mode
from trading.api.shapes.orders import OrderOut, UpperChoice


class CloseIn(StrictSerializer):
    otp = serializers.CharField(
        max_length=32, required=False, allow_blank=True, default="", help_text="a fresh code; needed under an emergency stop only"
    )


class PositionIn(CloseIn):
    """Coins that no bot holds, by their market."""

    venue = serializers.CharField(max_length=20, default="sim")
    symbol = serializers.CharField(max_length=41)
    mode = UpperChoice(choices=Mode.choices, default="PAPER")


class ClosedOut(StrictSerializer):
    orders = OrderOut(many=True)
