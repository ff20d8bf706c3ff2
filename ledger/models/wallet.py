"""Wallets and books: whose money, where, in which mode, and which part of it trades."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.domain.identity import new_id


class Mode(models.TextChoices):
    PAPER = "PAPER"
    LIVE = "LIVE"


class Wallet(models.Model):
    """Money of one person at one venue in one mode. Its row lock orders the wallet's hash chain."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="wallets")
    venue = models.CharField(max_length=20)
    mode = models.CharField(max_length=5, choices=Mode.choices)
    entries = models.BigIntegerField(default=0, help_text="seq of the newest journal entry")
    head = models.BinaryField(default=bytes(32), help_text="hash of the newest journal entry")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "venue", "mode"], name="wallet_once_per_owner_venue_mode"),
            models.CheckConstraint(condition=Q(mode__in=["PAPER", "LIVE"]), name="wallet_mode_known"),
        ]

    def __str__(self) -> str:
        return f"{self.mode} wallet at {self.venue}"


class BookKind(models.TextChoices):
    FREE = "FREE"
    BOT = "BOT"
    MANUAL = "MANUAL"
    EXTERNAL = "EXTERNAL"


class Book(models.Model):
    """A part of a wallet with its own cash and lots. FREE holds what is not allocated; a bot has one of kind BOT."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="books")
    kind = models.CharField(max_length=8, choices=BookKind.choices)
    label = models.CharField(max_length=80, default="")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["wallet", "kind"], condition=~Q(kind="BOT"), name="book_one_free_manual_external_per_wallet"
            ),
            models.CheckConstraint(condition=Q(kind__in=BookKind.values), name="book_kind_known"),
        ]

    def __str__(self) -> str:
        return self.label or self.kind.lower()
