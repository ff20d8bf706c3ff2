"""Halts: standing vetoes. A halt is lifted, never deleted; raising and lifting count the epoch up."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.domain.identity import new_id
from bots.models.bot import Bot
from ledger.models import Mode, Wallet


class Scope(models.TextChoices):
    GLOBAL = "GLOBAL"
    USER = "USER"
    BOT = "BOT"


class Level(models.TextChoices):
    REDUCING = "REDUCING"
    HALTED = "HALTED"


class Halt(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    scope = models.CharField(max_length=6, choices=Scope.choices)
    level = models.CharField(max_length=8, choices=Level.choices)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="halts")
    mode = models.CharField(max_length=5, choices=Mode.choices, default="", blank=True, help_text="empty: both")
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, null=True, related_name="+")
    bot = models.ForeignKey(Bot, on_delete=models.PROTECT, null=True, related_name="halts")
    source = models.CharField(max_length=24, help_text="EMERGENCY_STOP, KILL_SWITCH, BREAKER, DEFICIT ...")
    reason = models.CharField(max_length=200, blank=True)
    flatten = models.BooleanField(default=False, help_text="closing orders that carry this halt's id may pass")
    raised_by = models.CharField(max_length=60)
    raised_at = models.DateTimeField()
    lifted_by = models.CharField(max_length=60, default="", blank=True)
    lifted_at = models.DateTimeField(null=True)
    lift_reason = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(scope="GLOBAL", user__isnull=True, bot__isnull=True, wallet__isnull=True)
                | Q(scope="USER", user__isnull=False, bot__isnull=True)
                | Q(scope="BOT", bot__isnull=False),
                name="halt_scope_names_its_subject",
            ),
            models.CheckConstraint(condition=Q(level__in=Level.values), name="halt_level_known"),
            models.CheckConstraint(condition=Q(mode__in=["", *Mode.values]), name="halt_mode_known"),
            models.CheckConstraint(condition=~Q(raised_by=""), name="halt_names_who_raised_it"),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by="") | Q(lifted_at__isnull=False) & ~Q(lifted_by=""),
                name="halt_lifted_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["raised_at"], condition=Q(lifted_at__isnull=True), name="halt_standing")]

    def __str__(self) -> str:
        return f"{self.level} {self.scope} ({self.source})"


class HaltEpoch(models.Model):
    """One row that counts every raised and lifted halt, so that an order under way can see that something changed."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    value = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="halt_epoch_single_row")]
