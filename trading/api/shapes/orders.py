"""Orders and trades on the wire."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from accounts.domain.decimals import plain
from accounts.web.fields import AmountField, MomentField, StrictSerializer
from ledger.models import Mode
from trading.domain import manner
from trading.models.order import State

SIDES = ("BUY", "SELL")
TYPES = ("MARKET", "LIMIT", "POST_ONLY")
TIMES_IN_FORCE = ("GTC", "GTD", "IOC", "FOK")
LARGEST_EDGE_BPS = Decimal(10) ** 6


def within(limit: Decimal) -> Callable[[Decimal], None]:
    """Refuses numbers that no real order has."""

    def check(value: Decimal) -> None:
        if abs(value) > limit:
            raise serializers.ValidationError(f"This is more than {plain(limit)}.")

    return check


class UpperChoice(serializers.ChoiceField):
    """A word of a fixed list; lower case is taken too."""

    def to_internal_value(self, data: Any) -> str:
        return str(super().to_internal_value(data.upper() if isinstance(data, str) else data))


class OrderIn(StrictSerializer):
    """An order of a person: exactly one of `quantity` (base asset) and `quote_amount` (quote asset). A LIMIT or POST_ONLY order
    has a `price` and rests until it is cancelled (GTC) unless `time_in_force` says otherwise; a GTD one ends at `expires_at`. A MARKET
    order that opens a position goes out, and is shown, as a LIMIT that is IOC or FOK at the worst price allowed, so that its cost is
    known beforehand."""

    venue = serializers.CharField(max_length=20, default="sim")
    symbol = serializers.CharField(max_length=41)
    side = UpperChoice(choices=SIDES)
    type = UpperChoice(
        choices=TYPES, default="MARKET",
        help_text="MARKET trades at once, to open a position as an immediate LIMIT at the worst price allowed: that is its type afterwards",
    )  # fmt: skip
    quantity = AmountField(required=False, validators=[within(manner.LARGEST_AMOUNT)])
    quote_amount = AmountField(required=False, validators=[within(manner.LARGEST_AMOUNT)])
    price = AmountField(required=False, validators=[within(manner.LARGEST_PRICE)])
    time_in_force = UpperChoice(choices=TIMES_IN_FORCE, required=False, help_text="POST_ONLY: GTC or GTD; MARKET: IOC or FOK")
    expires_at = MomentField(required=False, help_text="of a GTD order: within 90 days")
    bot_id = serializers.UUIDField(required=False, allow_null=True)
    expected_edge_bps = AmountField(required=False, signed=True, validators=[within(LARGEST_EDGE_BPS)])
    mode = UpperChoice(choices=Mode.choices, default="PAPER")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("quantity" in attrs) == ("quote_amount" in attrs):
            raise serializers.ValidationError("Give either quantity or quote_amount, not both.")
        if attrs.get("price", 0) * attrs.get("quantity", 0) > manner.LARGEST_VALUE:
            raise serializers.ValidationError(f"The order's value is more than {plain(manner.LARGEST_VALUE)}.")
        return attrs


class GateOut(StrictSerializer):
    gate = serializers.CharField()
    verdict = serializers.ChoiceField(choices=("PASS", "REFUSED", "NOT_STATED", "SKIPPED"))
    code = serializers.CharField(allow_blank=True)
    sentence = serializers.CharField(allow_blank=True)
    numbers = serializers.DictField(child=serializers.CharField())


class StepOut(StrictSerializer):
    state = serializers.ChoiceField(choices=State.choices)
    at = MomentField()
    note = serializers.CharField(allow_blank=True)


class OrderOut(StrictSerializer):
    id = serializers.UUIDField()
    client_order_id = serializers.CharField()
    bot_id = serializers.UUIDField(allow_null=True)
    bot_name = serializers.CharField(allow_blank=True)
    venue = serializers.CharField()
    symbol = serializers.CharField()
    currency = serializers.CharField()
    mode = serializers.ChoiceField(choices=Mode.choices)
    side = serializers.ChoiceField(choices=SIDES)
    type = serializers.ChoiceField(choices=TYPES, help_text="as it goes to the venue: LIMIT also for a MARKET order that opens a position")
    time_in_force = serializers.CharField()
    expires_at = MomentField(allow_null=True)
    leg = serializers.ChoiceField(choices=("ENTRY", "EXIT"))
    reason = serializers.CharField()
    quantity = AmountField()
    price = AmountField(allow_null=True, help_text="its limit, or the worst price allowed of one that was asked for as MARKET; null: none")
    decision_price = AmountField()
    expected_edge_bps = AmountField(allow_null=True)
    reducing = serializers.BooleanField()
    bootstrap = serializers.BooleanField()
    state = serializers.ChoiceField(choices=State.choices)
    refusal = serializers.CharField(allow_blank=True)
    sentence = serializers.CharField(allow_blank=True)
    gates = GateOut(many=True)
    filled = AmountField()
    average_price = AmountField(allow_null=True)
    fees = AmountField()
    candle = MomentField(allow_null=True)
    created_at = MomentField()
    updated_at = MomentField()


class OrderStatusOut(OrderOut):
    history = StepOut(many=True)


class CancelAllOut(StrictSerializer):
    cancelled = serializers.IntegerField(help_text="orders cancelled by this call")
    open = serializers.IntegerField(help_text="orders still open after it")


class TradeOut(StrictSerializer):
    id = serializers.UUIDField()
    order_id = serializers.UUIDField()
    bot_id = serializers.UUIDField(allow_null=True)
    bot_name = serializers.CharField(allow_blank=True)
    symbol = serializers.CharField()
    venue = serializers.CharField()
    currency = serializers.CharField()
    side = serializers.ChoiceField(choices=SIDES)
    status = serializers.ChoiceField(choices=("CLOSED",))
    reason = serializers.CharField()
    entry_price = AmountField()
    exit_price = AmountField()
    amount = AmountField()
    gross = AmountField()
    profit_loss = AmountField()
    fees = AmountField()
    gross_edge_bps = AmountField()
    is_paper = serializers.BooleanField()
    bootstrap = serializers.BooleanField()
    opened_at = MomentField()
    timestamp = MomentField(help_text="when the closing order was final")
