"""The bot: who owns it, what it trades by which genome, what it is doing and how far it is trusted."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.domain.identity import new_id
from accounts.models.numbers import all_numbers
from ledger.models import Book, Market, Mode


class Status(models.TextChoices):
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    STOPPED = "STOPPED"
    ERROR = "ERROR"
    CIRCUIT_TRIPPED = "CIRCUIT_TRIPPED"


class Stage(models.TextChoices):
    TRAINING = "TRAINING"
    QUARANTINE = "QUARANTINE"
    ELIGIBLE = "ELIGIBLE"
    LIVE = "LIVE"


class OrderType(models.TextChoices):
    """How a bot enters. MARKET: at once, within the slippage bound; LIMIT: rests at the decision price; POST_ONLY: rests or nothing."""

    MARKET = "MARKET"
    LIMIT = "LIMIT"
    POST_ONLY = "POST_ONLY"


class Profile(models.TextChoices):
    """Breaker profile; only conservative bots can go live."""

    STANDARD = "standard"
    CONSERVATIVE = "conservative"


def fraction_field() -> models.DecimalField:
    """An exit distance as a fraction of the entry price; empty means that this exit is off."""
    return models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)


class Bot(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="bots")
    name = models.CharField(max_length=80)
    book = models.OneToOneField(Book, on_delete=models.PROTECT, related_name="+")
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="+")
    timeframe = models.CharField(max_length=4, default="1m")
    strategy = models.CharField(max_length=40)
    parameters = models.JSONField()
    stop_loss = fraction_field()
    take_profit = fraction_field()
    trailing = fraction_field()
    max_holding = models.IntegerField(null=True, blank=True, help_text="longest holding time in seconds")
    mode = models.CharField(max_length=5, choices=Mode.choices, default=Mode.PAPER)
    order_type = models.CharField(max_length=12, choices=OrderType.choices, default=OrderType.MARKET, help_text="of its entries")
    profile = models.CharField(max_length=12, choices=Profile.choices, default=Profile.STANDARD, help_text="breaker profile")
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.PAUSED)
    pause_reason = models.CharField(max_length=24, default="NEW", blank=True)
    stop_positions = models.CharField(max_length=5, default="", blank=True, help_text="close or keep, while STOPPING")
    stage = models.CharField(max_length=12, choices=Stage.choices, default=Stage.TRAINING)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=Status.values), name="bot_status_known"),
            models.CheckConstraint(condition=Q(stage__in=Stage.values), name="bot_stage_known"),
            models.CheckConstraint(condition=Q(mode__in=Mode.values), name="bot_mode_known"),
            models.CheckConstraint(
                condition=Q(status="PAUSED") | Q(pause_reason=""), name="bot_pause_reason_only_while_paused"
            ),
            models.CheckConstraint(condition=~Q(status="PAUSED") | ~Q(pause_reason=""), name="bot_paused_says_why"),
            models.CheckConstraint(
                condition=Q(stop_positions__in=["close", "keep"], status="PAUSED", pause_reason="STOPPING")
                | Q(stop_positions__in=["close", "keep"], status="STOPPED")
                | Q(stop_positions="") & ~Q(status="STOPPED") & ~Q(pause_reason="STOPPING"),
                name="bot_stopping_says_what_becomes_of_positions",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="bot_has_a_name"),
            models.CheckConstraint(condition=Q(order_type__in=OrderType.values), name="bot_order_type_known"),
            models.CheckConstraint(condition=Q(profile__in=Profile.values), name="bot_profile_known"),
            models.CheckConstraint(
                condition=(Q(stop_loss__isnull=True) | Q(stop_loss__gt=0, stop_loss__lt=1))
                & (Q(trailing__isnull=True) | Q(trailing__gt=0, trailing__lt=1))
                & (Q(take_profit__isnull=True) | Q(take_profit__gt=0))
                & (Q(max_holding__isnull=True) | Q(max_holding__gt=0)),
                name="bot_exits_in_range",
            ),
            all_numbers("stop_loss", "take_profit", "trailing", name="bot_numbers"),
        ]
        indexes = [
            models.Index(fields=["market", "timeframe"], condition=~Q(status="STOPPED"), name="bot_by_market"),
            models.Index(fields=["owner", "-created_at"], name="bot_by_owner"),
            models.Index(fields=["name"], name="bot_by_name"),
            models.Index(fields=["owner", "mode"], condition=Q(profile="conservative", status="RUNNING"), name="bot_careful_and_running"),
        ]

    def __str__(self) -> str:
        return self.name


class BotMove(models.Model):
    """One move of a bot's status, kept for its timeline."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    bot = models.ForeignKey(Bot, on_delete=models.PROTECT, related_name="moves")
    at = models.DateTimeField()
    move = models.CharField(max_length=12)
    before = models.CharField(max_length=16)
    after = models.CharField(max_length=16)
    reason = models.CharField(max_length=200)
    actor = models.CharField(max_length=60)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(actor=""), name="bot_move_names_an_actor")]
        indexes = [models.Index(fields=["bot", "-at"], name="move_by_bot")]

    def __str__(self) -> str:
        return f"{self.move} at {self.at:%Y-%m-%d %H:%M:%S}"
