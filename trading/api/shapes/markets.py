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


class SpanOut(StrictSerializer):
    timeframe = serializers.CharField()
    candles = serializers.IntegerField()
    missing = serializers.IntegerField(help_text="candles that are not there between the first and the last")
    first = MomentField(help_text="open time")
    last = MomentField(help_text="open time")
    close = AmountField(help_text="of the last one")


class ReasonOut(StrictSerializer):
    code = serializers.CharField()
    sentence = serializers.CharField()


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
    rules_age_s = serializers.FloatField()
    price = AmountField(allow_null=True)
    price_as_of = MomentField(allow_null=True)
    price_age_s = serializers.FloatField(allow_null=True)
    bid = AmountField(allow_null=True)
    ask = AmountField(allow_null=True)
    spread_bps = AmountField(allow_null=True)
    quote_age_s = serializers.FloatField(allow_null=True)
    volume_24h = AmountField(allow_null=True, help_text="in the quote asset, over the 24 hours up to volume_as_of")
    volume_as_of = MomentField(allow_null=True)
    history_days = serializers.FloatField(help_text="of the timeframe that is stored for longest, without what is missing")
    history = SpanOut(many=True)
    found_wrong = serializers.DictField(
        child=serializers.IntegerField(), help_text="how often its data was wrong since its first tick, by code, such as CANDLE_HELD"
    )
    simulated = serializers.BooleanField()
    live_data = serializers.BooleanField()
    timeframes = serializers.ListField(child=serializers.CharField())
    tradable = serializers.BooleanField()
    excluded = serializers.ListField(child=serializers.CharField(), help_text="why bots should not trade it now")
    reasons = ReasonOut(many=True, help_text="the same in sentences")


class BarOut(StrictSerializer):
    t = serializers.IntegerField(help_text="open time, epoch seconds")
    o = serializers.FloatField()
    h = serializers.FloatField()
    l = serializers.FloatField()  # noqa: E741 - as every chart calls the low
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
