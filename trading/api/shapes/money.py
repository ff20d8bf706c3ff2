"""Fills, profits and the equity curve on the wire."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.web.fields import AmountField, MomentField, StrictSerializer
from ledger.domain.periods import PERIODS
from ledger.models import Mode


class BotQuery(serializers.Serializer[Any]):
    bot = serializers.UUIDField(required=False)


class FillsQuery(BotQuery):
    """`from` and `to` are taken from the query string by name."""

    venue = serializers.CharField(required=False, max_length=20)
    symbol = serializers.CharField(required=False, max_length=41)
    side = serializers.ChoiceField(required=False, choices=["BUY", "SELL"])
    mode = serializers.ChoiceField(required=False, choices=Mode.values)
    wallet = serializers.UUIDField(required=False)
    book = serializers.UUIDField(required=False)


FillsQuery._declared_fields["from"] = MomentField(required=False)
FillsQuery._declared_fields["to"] = MomentField(required=False)


class FillOut(StrictSerializer):
    id = serializers.UUIDField()
    wallet_id = serializers.UUIDField()
    book = serializers.UUIDField()
    bot_id = serializers.UUIDField(allow_null=True)
    venue = serializers.CharField()
    symbol = serializers.CharField()
    side = serializers.CharField()
    quantity = AmountField()
    price = AmountField()
    fee = AmountField(allow_null=True)
    fee_asset = serializers.CharField(allow_null=True)
    executed_at = MomentField()
    trade_id = serializers.CharField()
    client_order_id = serializers.CharField()
    mode = serializers.CharField()
    bootstrap = serializers.BooleanField()


class ProfitsQuery(BotQuery):
    period = serializers.ChoiceField(choices=PERIODS, default="daily")
    mode = serializers.ChoiceField(choices=Mode.values, required=False)


ProfitsQuery._declared_fields["from"] = serializers.DateField(required=False)
ProfitsQuery._declared_fields["to"] = serializers.DateField(required=False)


class ProfitOut(StrictSerializer):
    start = serializers.DateField()
    gross = AmountField()
    fees = AmountField()
    net = AmountField()
    trades = serializers.IntegerField()
    currency = serializers.CharField()
    mode = serializers.CharField()


class EquityQuery(BotQuery):
    mode = serializers.ChoiceField(choices=Mode.choices, default="PAPER")


EquityQuery._declared_fields["from"] = MomentField(required=False)
EquityQuery._declared_fields["to"] = MomentField(required=False)
