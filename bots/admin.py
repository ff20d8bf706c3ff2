"""Bots and halts in the console: read-only. Stopping and lifting are acts with their own doors."""

from __future__ import annotations

from django.contrib import admin

from accounts.web import columns
from accounts.web.admin import ReadOnlyAdmin
from bots.models import Bot, BotMove, Halt
from bots.strategies import families


def title(family: str) -> str:
    """What people call a strategy; one whose plug-in is gone by its family."""
    known = families().get(family)
    return known.title if known else family


@admin.register(Bot)
class BotAdmin(ReadOnlyAdmin):
    list_display = ("name", "owner", "market", "timeframe", "strategy", "status", "pause_reason", "stage")
    list_filter = ("status", "pause_reason", "stage", "mode", "strategy")
    list_select_related = ("owner", "market")
    search_fields = ("id", "name", "owner__username", "market__symbol")
    ordering = ("-id",)
    written = {"strategy": title, **dict.fromkeys(("stop_loss", "take_profit", "trailing"), columns.percent)}


@admin.register(BotMove)
class BotMoveAdmin(ReadOnlyAdmin):
    list_display = ("at", "bot", "move", "before", "after", "reason", "actor")
    list_filter = ("move", "after")
    written = dict.fromkeys(("move", "before", "after"), columns.spoken)
    list_select_related = ("bot",)
    search_fields = ("bot__id", "bot__name", "actor")
    ordering = ("-id",)


@admin.register(Halt)
class HaltAdmin(ReadOnlyAdmin):
    list_display = ("raised_at", "scope", "level", "source", "user", "bot", "flatten", "raised_by", "lifted_at", "lifted_by")
    list_filter = ("scope", "level", "source", ("lifted_at", admin.EmptyFieldListFilter))
    list_select_related = ("user", "bot")
    search_fields = ("id", "user__username", "bot__name", "reason")
    ordering = ("-id",)
