"""Bots and halts in the console: read-only. Stopping and lifting are acts with their own doors."""

from __future__ import annotations

from django.contrib import admin

from accounts.web.admin import ReadOnlyAdmin
from bots.models import Bot, BotMove, Halt


@admin.register(Bot)
class BotAdmin(ReadOnlyAdmin):
    list_display = ("name", "owner", "market", "timeframe", "strategy", "status", "pause_reason", "stage")
    list_filter = ("status", "pause_reason", "stage", "mode", "strategy")
    list_select_related = ("owner", "market")
    search_fields = ("id", "name", "owner__username", "market__symbol")
    ordering = ("-id",)


@admin.register(BotMove)
class BotMoveAdmin(ReadOnlyAdmin):
    list_display = ("at", "bot", "move", "before", "after", "reason", "actor")
    list_filter = ("move", "after")
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
