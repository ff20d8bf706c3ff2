"""Shapes of requests and answers at the doors of money."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.web.fields import AmountField, MomentField, StrictSerializer
from ledger.models import Mode


class WalletIn(StrictSerializer):
    venue = serializers.CharField(max_length=20)
    mode = serializers.ChoiceField(choices=Mode.values, default=Mode.PAPER.value)


class MoneyIn(StrictSerializer):
    asset = serializers.CharField(max_length=20)
    amount = AmountField()


class BalanceOut(StrictSerializer):
    asset = serializers.CharField()
    balance = AmountField()
    allocated_balance = AmountField()
    reserved_balance = AmountField()
    free = AmountField()
    deficit = AmountField()


class WalletOut(StrictSerializer):
    id = serializers.UUIDField()
    venue = serializers.CharField()
    mode = serializers.CharField()
    balances = BalanceOut(many=True)


class PostingOut(StrictSerializer):
    leg_account = serializers.CharField()
    book = serializers.UUIDField()
    asset = serializers.CharField()
    amount = AmountField()


class EntryOut(StrictSerializer):
    id = serializers.UUIDField()
    wallet_id = serializers.UUIDField()
    venue = serializers.CharField()
    mode = serializers.CharField()
    seq = serializers.IntegerField()
    kind = serializers.CharField()
    event_time = MomentField()
    recorded_at = MomentField()
    external_id = serializers.CharField()
    actor = serializers.CharField()
    reason = serializers.CharField()
    reverses = serializers.UUIDField(allow_null=True)
    hash = serializers.CharField()
    postings = PostingOut(many=True)
    audit = serializers.ListField(child=serializers.DictField())


class SummaryQuery(serializers.Serializer[Any]):
    mode = serializers.ChoiceField(choices=Mode.values, default=Mode.PAPER.value)


class HeldOut(StrictSerializer):
    venue = serializers.CharField()
    mode = serializers.CharField()
    asset = serializers.CharField()
    units = AmountField()
    currency = serializers.CharField()
    cost = AmountField()
    mark = AmountField(allow_null=True)
    mark_as_of = MomentField(allow_null=True)
    value = AmountField(allow_null=True)
    unrealised = AmountField(allow_null=True)
    stale = serializers.BooleanField()


class RateOut(StrictSerializer):
    asset = serializers.CharField()
    rate = AmountField(allow_null=True)
    as_of = MomentField(allow_null=True)
    source = serializers.CharField()  # type: ignore[assignment]  # the name of a field, not the option of Field
    stale = serializers.BooleanField()


class DrawdownOut(StrictSerializer):
    current = AmountField()
    maximum = AmountField()
    high_water_mark = AmountField()


class PartOut(StrictSerializer):
    name = serializers.CharField()
    equity = AmountField()
    cash = AmountField()
    allocated = AmountField()
    reserved = AmountField()
    realised_profit = AmountField()
    unrealised_profit = AmountField()
    fees = AmountField()
    net_funding = AmountField()


class SummaryOut(StrictSerializer):
    mode = serializers.CharField()
    equity = AmountField()
    cash = AmountField()
    allocated = AmountField()
    reserved = AmountField()
    realised_profit = AmountField()
    unrealised_profit = AmountField()
    fees = AmountField()
    net_funding = AmountField()
    drawdown = DrawdownOut()
    positions = HeldOut(many=True)
    currency = serializers.CharField()
    rates = RateOut(many=True)
    as_of = MomentField()
    complete = serializers.BooleanField()
    unvalued = serializers.ListField(child=serializers.CharField())
    stale = serializers.ListField(child=serializers.CharField())
    by_mode = PartOut(many=True)
    by_venue = PartOut(many=True)
    by_currency = PartOut(many=True)
