"""Assets and markets: reference rows, written by `trading` through one operation, read by all floors above."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.domain.identity import new_id
from accounts.models.numbers import all_numbers
from ledger.models.amount import amount_field


class Asset(models.Model):
    """A coin or currency, named by its code (BTC, USDT)."""

    code = models.CharField(max_length=20, primary_key=True)

    def __str__(self) -> str:
        return self.code


class Market(models.Model):
    """A symbol at a venue and the rules an order must meet there."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    venue = models.CharField(max_length=20)
    symbol = models.CharField(max_length=41)
    base = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+")
    quote = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+")
    price_tick = amount_field()
    amount_step = amount_field()
    amount_min = amount_field(default=0)
    cost_min = amount_field(default=0)
    taker_fee = amount_field()
    maker_fee = amount_field()
    quote_step = amount_field(help_text="smallest unit of the quote asset; paper fees round up to it")
    active = models.BooleanField(default=True)
    rules_as_of = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["venue", "symbol"], name="market_symbol_once_per_venue"),
            models.CheckConstraint(
                condition=Q(price_tick__gt=0, amount_step__gt=0, quote_step__gt=0), name="market_steps_positive"
            ),
            models.CheckConstraint(condition=Q(amount_min__gte=0, cost_min__gte=0), name="market_minima_not_negative"),
            models.CheckConstraint(  # a maker may get a rebate; nobody pays more than the trade
                condition=Q(taker_fee__gte=0, taker_fee__lt=1, maker_fee__gt=-1, maker_fee__lt=1), name="market_fees_in_range"
            ),
            all_numbers(
                "price_tick", "amount_step", "amount_min", "cost_min", "taker_fee", "maker_fee", "quote_step",
                name="market_numbers",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.symbol} at {self.venue}"


class Mark(models.Model):
    """The newest price of a market: what equity is valued at."""

    market = models.OneToOneField(Market, on_delete=models.PROTECT, primary_key=True, related_name="mark")
    price = amount_field()
    as_of = models.DateTimeField()
    source = models.CharField(max_length=40)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(price__gt=0), name="mark_price_positive"),
            all_numbers("price", name="mark_numbers"),
        ]
