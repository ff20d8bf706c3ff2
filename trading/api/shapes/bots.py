"""Bots on the wire: what a person sends to make or change one, and what they get back."""

from __future__ import annotations

from rest_framework import serializers

from accounts.web.fields import AmountField, MomentField, StrictSerializer
from bots.models import OrderType, Profile, Stage, Status
from ledger.models import Mode
from trading.api.shapes.orders import GateOut, UpperChoice
from trading.api.shapes.stops import HaltOut

LONGEST_HOLDING_S = 2_147_483_647


class ExitsIn(StrictSerializer):
    """Fractions of the entry price (0.02 is 2 %), holding time in seconds; null or absent: off."""

    stop_loss = AmountField(required=False, allow_null=True)
    take_profit = AmountField(required=False, allow_null=True)
    trailing = AmountField(required=False, allow_null=True)
    max_holding = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=LONGEST_HOLDING_S
    )


class BotIn(StrictSerializer):
    name = serializers.CharField(max_length=80)
    venue = serializers.CharField(max_length=20, default="sim")
    symbol = serializers.CharField(max_length=41)
    timeframe = serializers.CharField(max_length=4, default="1m")
    strategy = serializers.CharField(max_length=40)
    parameters = serializers.DictField(default=dict, help_text="by name, see /api/strategies")
    capital = AmountField(help_text="in the quote asset, taken from the wallet's free balance")
    mode = UpperChoice(choices=Mode.choices, default="PAPER")
    exits = ExitsIn(default=dict)
    order_type = UpperChoice(choices=OrderType.choices, default="MARKET", help_text="of its entries")
    profile = serializers.ChoiceField(choices=Profile.choices, default="standard", help_text="breaker profile")


class BotChangeIn(StrictSerializer):
    name = serializers.CharField(max_length=80, required=False)
    parameters = serializers.DictField(required=False)
    exits = ExitsIn(required=False)
    order_type = UpperChoice(choices=OrderType.choices, required=False)
    profile = serializers.ChoiceField(choices=Profile.choices, required=False)


class BotStopIn(StrictSerializer):
    position = serializers.ChoiceField(choices=("close", "keep"), default="close")


class ReasonIn(StrictSerializer):
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class AllocationIn(StrictSerializer):
    amount = AmountField(help_text="the capital the bot shall have, in the quote asset")


class ExitsOut(StrictSerializer):
    stop_loss = AmountField(allow_null=True)
    take_profit = AmountField(allow_null=True)
    trailing = AmountField(allow_null=True)
    max_holding = serializers.IntegerField(allow_null=True)


class PositionOut(StrictSerializer):
    asset = serializers.CharField()
    units = AmountField()
    cost = AmountField()
    value = AmountField(allow_null=True)
    unrealised_profit = AmountField(allow_null=True)
    opened_at = MomentField(allow_null=True)


class SmallestTradeOut(StrictSerializer):
    """What it takes before the bot's smallest trade is legal under all limits together; null where its size is nothing."""

    notional = AmountField(help_text="value of the trade")
    allocation = AmountField(allow_null=True, help_text="what its book must be worth")
    equity = AmountField(allow_null=True, help_text="what its owner must be worth in its mode")
    currency = serializers.CharField()
    fraction = AmountField(help_text="of its book that it commits at present")
    reasons = serializers.ListField(child=serializers.CharField())


class BotOut(StrictSerializer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    venue = serializers.CharField()
    symbol = serializers.CharField()
    timeframe = serializers.CharField()
    strategy = serializers.CharField()
    parameters = serializers.DictField()
    exits = ExitsOut()
    mode = serializers.ChoiceField(choices=Mode.choices)
    order_type = serializers.ChoiceField(choices=OrderType.choices)
    profile = serializers.ChoiceField(choices=Profile.choices)
    status = serializers.ChoiceField(choices=Status.choices)
    pause_reason = serializers.CharField(allow_blank=True)
    stage = serializers.ChoiceField(choices=Stage.choices)
    moves = serializers.ListField(child=serializers.CharField(), help_text="what may be asked of it now")
    currency = serializers.CharField()
    allocated_capital = AmountField()
    book_equity = AmountField(allow_null=True)
    cash = AmountField()
    reserved = AmountField()
    position = PositionOut(allow_null=True)
    realised_profit = AmountField()
    unrealised_profit = AmountField(allow_null=True)
    fees = AmountField()
    trades = serializers.IntegerField()
    wins = serializers.IntegerField()
    win_rate = AmountField(allow_null=True)
    loss_streak = serializers.IntegerField()
    last_tick = MomentField(allow_null=True)
    last_tick_age_s = serializers.FloatField(allow_null=True)
    created_at = MomentField()
    smallest_trade = SmallestTradeOut(
        allow_null=True, required=False, help_text="of one bot alone: null in lists, and while there is no price"
    )


class BotsMovedOut(StrictSerializer):
    moved = serializers.IntegerField(help_text="bots that this call moved")


class ReadingOut(StrictSerializer):
    candle = MomentField(help_text="open time of the candle that was judged")
    close = AmountField()
    direction = serializers.IntegerField(allow_null=True, help_text="1 enter, -1 exit, 0 neither, null warming up")
    edge_bps = AmountField(allow_null=True)
    data_age_s = serializers.FloatField()
    skipped = serializers.IntegerField(help_text="candles that came too late to be judged")


class EventOut(StrictSerializer):
    at = MomentField()
    kind = serializers.ChoiceField(choices=("ORDER", "REFUSAL", "MOVE", "TRIP"))
    code = serializers.CharField()
    sentence = serializers.CharField()
    actor = serializers.CharField(allow_blank=True)
    order_id = serializers.UUIDField(allow_null=True)
    lacking = serializers.CharField(allow_blank=True, help_text="what a refused order would have needed")
    data_age_s = serializers.FloatField(allow_null=True, help_text="how old the candle's close was when it was decided on")
    gates = GateOut(many=True)


class WhyOut(StrictSerializer):
    bot_id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=Status.choices)
    pause_reason = serializers.CharField(allow_blank=True)
    sentence = serializers.CharField()
    reading = ReadingOut(allow_null=True)
    halts = HaltOut(many=True)
    timeline = EventOut(many=True)
