"""Markets, strategies and charts on the wire."""

from __future__ import annotations

from rest_framework import serializers

from accounts.web.fields import AmountField, MomentField, StrictSerializer


class ParameterOut(StrictSerializer):
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=("int", "decimal"))
    low = serializers.CharField()
    high = serializers.CharField()
    default = serializers.CharField()
    unit = serializers.CharField()
    sentence = serializers.CharField()


class StrategyOut(StrictSerializer):
    family = serializers.CharField()
    version = serializers.IntegerField()
    title = serializers.CharField()
    description = serializers.CharField()
    parameters = ParameterOut(many=True)


class MarketOut(StrictSerializer):
    id = serializers.UUIDField()
    venue = serializers.CharField()
    symbol = serializers.CharField()
    base = serializers.CharField()
    quote = serializers.CharField()
    price_tick = AmountField()
    amount_step = AmountField()
    amount_min = AmountField()
    cost_min = AmountField()
    taker_fee = AmountField()
    maker_fee = AmountField()
    active = serializers.BooleanField()
    rules_as_of = MomentField()
    price = AmountField(allow_null=True)
    price_as_of = MomentField(allow_null=True)
    price_age_s = serializers.FloatField(allow_null=True)
    simulated = serializers.BooleanField()
    live_data = serializers.BooleanField()
    timeframes = serializers.ListField(child=serializers.CharField())
    tradable = serializers.BooleanField()
    excluded = serializers.ListField(child=serializers.CharField(), help_text="why bots cannot trade it now")


class BarOut(StrictSerializer):
    t = serializers.IntegerField(help_text="open time, epoch seconds")
    o = serializers.FloatField()
    h = serializers.FloatField()
    l = serializers.FloatField()  # noqa: E741
    c = serializers.FloatField()
    v = serializers.FloatField()


class PointOut(StrictSerializer):
    t = serializers.IntegerField()
    v = serializers.FloatField()


class SeriesOut(StrictSerializer):
    name = serializers.CharField()
    points = PointOut(many=True)


class DotOut(StrictSerializer):
    t = serializers.IntegerField()
    order_id = serializers.UUIDField()
    leg = serializers.ChoiceField(choices=("ENTRY", "EXIT"))
    side = serializers.ChoiceField(choices=("BUY", "SELL"))
    reason = serializers.CharField()
    price = serializers.FloatField()


class ChartOut(StrictSerializer):
    """For drawing only: prices are numbers here, exact amounts are in /api/orders and /api/trades."""

    symbol = serializers.CharField()
    venue = serializers.CharField()
    timeframe = serializers.CharField()
    candles = BarOut(many=True)
    series = SeriesOut(many=True)
    marks = DotOut(many=True)


class EquityPointOut(StrictSerializer):
    at = MomentField()
    equity = AmountField()
    currency = serializers.CharField()
