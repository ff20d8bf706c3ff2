"""Emergency stop, halts and the circuit breaker on the wire."""

from __future__ import annotations

from rest_framework import serializers

from accounts.web.fields import AmountField, MomentField, StrictSerializer
from bots.models import Level, Scope


class StopIn(StrictSerializer):
    """Stopping never asks for anything: both fields may be left out."""

    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    flatten = serializers.BooleanField(default=False, help_text="also close open positions at the market")


class ResumeIn(StrictSerializer):
    reason = serializers.CharField(max_length=200)
    otp = serializers.CharField(max_length=32, help_text="a fresh code of the second factor")


class ResetIn(StrictSerializer):
    bot_id = serializers.UUIDField(required=False, allow_null=True, default=None)
    reason = serializers.CharField(max_length=200)


class StopOut(StrictSerializer):
    halt_id = serializers.UUIDField()
    scope = serializers.ChoiceField(choices=Scope.choices)
    level = serializers.ChoiceField(choices=Level.choices)
    orders_cancelled = serializers.IntegerField()
    orders_open = serializers.IntegerField()
    bots_paused = serializers.IntegerField()
    closing_orders = serializers.IntegerField(help_text="orders sent to close positions, with `flatten`")
    at = MomentField()


class HaltOut(StrictSerializer):
    id = serializers.UUIDField()
    scope = serializers.ChoiceField(choices=Scope.choices)
    level = serializers.ChoiceField(choices=Level.choices)
    mode = serializers.CharField(allow_blank=True)
    bot_id = serializers.UUIDField(allow_null=True)
    bot_name = serializers.CharField(allow_blank=True)
    source = serializers.CharField()  # type: ignore[assignment]  # a field, not the option of that name
    reason = serializers.CharField(allow_blank=True)
    flatten = serializers.BooleanField()
    raised_by = serializers.CharField()
    raised_at = MomentField()
    liftable = serializers.ChoiceField(choices=("OPERATOR", "OWNER", "BREAKER_RESET"))


class HaltsOut(StrictSerializer):
    active = serializers.BooleanField(help_text="whether an emergency stop or kill switch is in force for you")
    halts = HaltOut(many=True)


class LimitOut(StrictSerializer):
    name = serializers.CharField()
    value = AmountField()
    limit = AmountField()
    share = AmountField(help_text="value / limit: warns at 0.6, trips at 1")
    unit = serializers.ChoiceField(choices=("FRACTION", "COUNT"))
    window = serializers.CharField()
    state = serializers.ChoiceField(choices=("OK", "WARNING", "TRIPPED"))
    sentence = serializers.CharField()


class BreakerOut(StrictSerializer):
    scope = serializers.ChoiceField(choices=("USER", "BOT"))
    bot_id = serializers.UUIDField(allow_null=True)
    bot_name = serializers.CharField(allow_blank=True)
    mode = serializers.CharField()
    profile = serializers.CharField()
    tripped = serializers.BooleanField()
    nav = AmountField()
    peak = AmountField()
    limits = LimitOut(many=True)
    updated_at = MomentField(allow_null=True)


class BreakersOut(StrictSerializer):
    tripped = serializers.BooleanField(help_text="whether any has, on this page or another")
    breakers = BreakerOut(many=True)
    next = serializers.CharField(allow_null=True, help_text="the cursor of the next page")


class TripOut(StrictSerializer):
    id = serializers.UUIDField()
    bot_id = serializers.UUIDField(allow_null=True)
    bot_name = serializers.CharField(allow_blank=True)
    mode = serializers.CharField()
    at = MomentField()
    limit = serializers.CharField()
    value = serializers.CharField()
    threshold = serializers.CharField()
    sentence = serializers.CharField()
    reset_at = MomentField(allow_null=True)
    reset_by = serializers.CharField(allow_blank=True)
    reset_reason = serializers.CharField(allow_blank=True)


class ResetOut(StrictSerializer):
    reset = serializers.IntegerField(help_text="bots that may be resumed again")


class CountOut(StrictSerializer):
    name = serializers.CharField()
    scope = serializers.ChoiceField(choices=("USER", "BOT", "WALLET"))
    subject_id = serializers.UUIDField()
    subject = serializers.CharField()
    value = serializers.IntegerField()
    limit = serializers.IntegerField()
    window = serializers.CharField()
    state = serializers.ChoiceField(choices=("OK", "WARNING", "REACHED"))


class AtRiskOut(StrictSerializer):
    name = serializers.ChoiceField(choices=("TOTAL_AT_RISK", "POSITION_SIZE"))
    scope = serializers.ChoiceField(choices=("USER", "BOT"))
    subject_id = serializers.UUIDField()
    subject = serializers.CharField()
    mode = serializers.CharField()
    value = AmountField(help_text="fraction of your equity in that mode")
    limit = AmountField()
    share = AmountField(help_text="value / limit: warns at 0.6")
    state = serializers.ChoiceField(choices=("OK", "WARNING", "REACHED"))
    sentence = serializers.CharField()


class LimitsOut(StrictSerializer):
    counts = CountOut(many=True)
    at_risk = AtRiskOut(many=True, help_text="of bots with the conservative profile")
    breakers = BreakerOut(many=True)
    next = serializers.CharField(allow_null=True, help_text="the cursor of the next page")
