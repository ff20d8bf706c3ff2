"""What trading has shown: trades, the track record of a bot, and the state and trips of the circuit breaker."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.domain.decimals import plain
from accounts.domain.identity import new_id
from accounts.models.numbers import all_numbers
from bots.models import Bot, Halt
from ledger.models import Market, Mode
from ledger.models.amount import amount_field
from trading.models.order import Order


class Trade(models.Model):
    """A closed round trip: one closing order that is final and has at least one fill. Every field is present, and follows the matches of
    the order: where late fills leave none that make a trade, the row goes and the order becomes a `RejectedTrade`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="trade", db_constraint=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    bot = models.ForeignKey(Bot, on_delete=models.PROTECT, null=True, related_name="trades", db_constraint=False, db_index=False)
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    side = models.CharField(max_length=4)
    reason = models.CharField(max_length=12)
    entry_price = amount_field()
    exit_price = amount_field()
    amount = amount_field()
    gross = amount_field()
    fees = amount_field()
    profit_loss = amount_field()
    gross_edge_bps = models.DecimalField(max_digits=12, decimal_places=2)
    mode = models.CharField(max_length=5, choices=Mode.choices)
    bootstrap = models.BooleanField()
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(entry_price__gt=0, exit_price__gt=0, amount__gt=0), name="trade_prices_and_amount_positive"
            ),
            models.CheckConstraint(condition=Q(closed_at__gte=models.F("opened_at")), name="trade_closes_after_it_opens"),
            models.CheckConstraint(condition=Q(profit_loss=models.F("gross") - models.F("fees")), name="trade_profit_is_gross_less_fees"),
            models.CheckConstraint(condition=Q(side__in=["BUY", "SELL"], mode__in=Mode.values) & ~Q(reason=""), name="trade_words_known"),
            all_numbers("entry_price", "exit_price", "amount", "gross", "fees", "profit_loss", "gross_edge_bps", name="trade_numbers"),
        ]
        indexes = [
            models.Index(fields=["owner", "-closed_at"], name="trade_by_owner"),
            models.Index(fields=["bot", "-closed_at"], name="trade_by_bot"),
        ]

    def __str__(self) -> str:
        return f"{plain(self.amount)} closed at {self.closed_at:%Y-%m-%d %H:%M:%S} UTC"


class RejectedTrade(models.Model):
    """A closing order that could not become a trade, because a field would be missing or absurd, when it closed or when a late fill took
    its matches away: told once, and counted. It stays when fills that came later resolve it: then the order has a trade beside it."""

    order = models.OneToOneField(Order, on_delete=models.PROTECT, primary_key=True, related_name="rejected_trade", db_constraint=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    bot = models.ForeignKey(Bot, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        verbose_name = "trade exception"  # what trading desks call it; rejected is what a venue does to an order
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="rejected_trade_says_why")]

    def __str__(self) -> str:
        return self.reason


class TrackRecord(models.Model):
    """Counts over a bot's trades, recomputed from them whenever one is added; returns are fractions of the entry value."""

    bot = models.OneToOneField(Bot, on_delete=models.PROTECT, primary_key=True, related_name="track_record")
    trades = models.IntegerField(default=0)
    wins = models.IntegerField(default=0)
    loss_streak = models.IntegerField(default=0)
    net_return_mean = models.FloatField(default=0)
    net_return_deviation = models.FloatField(default=0)
    gross_edge_mean_bps = models.FloatField(default=0)
    gross_edge_deviation_bps = models.FloatField(default=0)
    since = models.DateTimeField(null=True, help_text="breaker reset: losses, errors and falls count from here")


class BreakerState(models.Model):
    """Present numbers of the breaker, per bot or per (person, mode)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    mode = models.CharField(max_length=5, choices=Mode.choices)
    bot = models.ForeignKey(Bot, on_delete=models.PROTECT, null=True, related_name="+")
    equity = amount_field(default=0, help_text="a person's equity and net funding when last linked; 0 for a bot")
    funding = amount_field(default=0)
    nav = amount_field(default=1)
    peak = amount_field(default=1)
    day = models.DateField(null=True)
    day_nav = amount_field(default=1)
    week_nav = amount_field(default=1)
    errors = models.JSONField(default=list, help_text="times of venue and tick errors in the last hour")
    warned = models.JSONField(default=dict, help_text="limits already warned of today")
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "mode", "bot"], nulls_distinct=False, name="breaker_state_once"),
            models.CheckConstraint(condition=Q(peak__gt=0), name="breaker_peak_positive"),
            all_numbers("equity", "funding", "nav", "peak", "day_nav", "week_nav", name="breaker_numbers"),
        ]


class BreakerTrip(models.Model):
    """A trip as it happened, kept for ever."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    mode = models.CharField(max_length=5, choices=Mode.choices)
    bot = models.ForeignKey(Bot, on_delete=models.PROTECT, null=True, related_name="+")
    halt = models.OneToOneField(Halt, on_delete=models.PROTECT, related_name="trip")
    at = models.DateTimeField()
    limit = models.CharField(max_length=32)
    value = models.CharField(max_length=40)
    threshold = models.CharField(max_length=40)
    sentence = models.CharField(max_length=300)
    reset_at = models.DateTimeField(null=True)
    reset_by = models.CharField(max_length=60, default="", blank=True)
    reset_reason = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["owner", "-at"], name="trip_by_owner"),
            models.Index(fields=["bot", "-at"], name="trip_by_bot"),
        ]

    def __str__(self) -> str:
        return f"{self.limit} at {self.at:%Y-%m-%d %H:%M:%S} UTC"


class ReplayRun(models.Model):
    """A replay by name: whose money it plays with and how far it came, so that it can resume."""

    name = models.CharField(max_length=60, primary_key=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    settings = models.JSONField()
    report = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)


class Heartbeat(models.Model):
    """One row per process kind, written every few seconds: proof that it lives and that the database takes writes."""

    process = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()
    detail = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.process
