"""Bots and their timeline, scoped by owner: somebody else's bot does not exist."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import Count, QuerySet

from accounts.domain.refusals import Missing
from bots.models import Bot, BotMove, Status


def of(*, owner: UUID) -> QuerySet[Bot]:
    """The bots of a person, newest first, with market, book, wallet and allocation at hand."""
    return (
        Bot.objects.filter(owner=owner)
        .select_related("market", "book__wallet", "book__allocation")
        .order_by("-created_at", "-id")
    )


def one(*, owner: UUID, bot_id: UUID) -> Bot:
    """One bot of a person. Missing BOT_NOT_FOUND, also when it belongs to somebody else."""
    found = of(owner=owner).filter(id=bot_id).first()
    if found is None:
        raise Missing("BOT_NOT_FOUND", "You have no such bot.")
    return found


def count_by_status(*, owner: UUID) -> dict[str, int]:
    """How many bots of a person are in each status; zeros included."""
    counted = dict(Bot.objects.filter(owner=owner).order_by().values_list("status").annotate(Count("id")))
    return {status: counted.get(status, 0) for status in Status.values}


def count_all_by_status(*, but: Collection[UUID]) -> dict[str, int]:
    """How many bots of everybody but these people are in each status, for operators; zeros included."""
    counted = dict(Bot.objects.exclude(owner__in=but).order_by().values_list("status").annotate(Count("id")))
    return {status: counted.get(status, 0) for status in Status.values}


def count_running(*, of: Collection[UUID]) -> int:
    """How many bots of these people run, for operators."""
    return Bot.objects.filter(owner__in=of, status=Status.RUNNING).count()


def moves(*, bot_id: UUID) -> QuerySet[BotMove]:
    """What happened to a bot's status, newest first."""
    return BotMove.objects.filter(bot=bot_id).order_by("-at", "-id")
