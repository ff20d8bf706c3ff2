"""Stages on the wire: how far a bot is trusted, and on which evidence."""

from __future__ import annotations

from rest_framework import serializers

from accounts.web.fields import AmountField, MomentField, StrictSerializer
from bots.models import Stage


class ThresholdOut(StrictSerializer):
    name = serializers.ChoiceField(choices=("TRADES", "CLEAN_TRADES", "DAYS", "NET_BOUND", "NO_TRIP"))
    value = AmountField(allow_null=True, help_text="null while it is not known")
    needed = AmountField()
    met = serializers.BooleanField()
    sentence = serializers.CharField()


class StageOut(StrictSerializer):
    """Returns of a trade as fractions; the bound is a one-sided 90 % lower confidence bound, `uncertainty` under the mean."""

    bot_id = serializers.UUIDField()
    name = serializers.CharField()
    stage = serializers.ChoiceField(choices=Stage.choices)
    since = MomentField()
    days = AmountField()
    trades = serializers.IntegerField()
    clean_trades = serializers.IntegerField(help_text="since it entered QUARANTINE, closed by its own rules")
    mean = AmountField(allow_null=True, help_text="null without a trade")
    bound = AmountField(allow_null=True, help_text="null with fewer than two trades: nothing is known of the spread")
    uncertainty = AmountField(allow_null=True, help_text="null with fewer than two trades")
    thresholds = ThresholdOut(many=True)
    sentence = serializers.CharField(allow_blank=True)
