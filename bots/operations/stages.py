"""Moving a bot's stage: how far it is trusted. Each move leaves a row in its timeline, an audit row, an event and an alert.

Whoever calls has judged the evidence. A trip of the breaker moves the stage with the status, in `bots.operations.lifecycle`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.operations import alerts, audit
from accounts.realtime import wire
from bots.models import Bot, BotMove, Stage, Status

STEPS: dict[tuple[str, str], Stage] = {
    (Stage.TRAINING, "QUARANTINE"): Stage.QUARANTINE,
    (Stage.ELIGIBLE, "QUARANTINE"): Stage.QUARANTINE,
    (Stage.QUARANTINE, "RELEASE"): Stage.TRAINING,
}


@dataclass(frozen=True, kw_only=True)
class StageStep:
    """One bot's move, QUARANTINE or RELEASE, and why."""

    bot: UUID
    move: str
    reason: str


def move(*, steps: Sequence[StageStep], actor: str, now: datetime) -> int:
    """Take these steps in a constant number of statements -> how many. One whose bot has stopped, or is not in a stage that the
    step starts from any more, is left out: somebody was quicker."""
    if not steps:
        return 0
    wanted = {step.bot: step for step in steps}
    with transaction.atomic():
        bots = [
            bot
            for bot in Bot.objects.select_for_update(no_key=True).filter(id__in=wanted).exclude(status=Status.STOPPED).order_by("id")
            if (bot.stage, wanted[bot.id].move) in STEPS
        ]
        taken = [(bot, wanted[bot.id], STEPS[bot.stage, wanted[bot.id].move]) for bot in bots]
        _write(taken, now=now, actor=actor)
        _tell(taken, actor=actor, now=now)
    return len(taken)


def _write(taken: Sequence[tuple[Bot, StageStep, Stage]], *, now: datetime, actor: str) -> None:
    for stage in {after for _, _, after in taken}:
        Bot.objects.filter(id__in=[bot.id for bot, _, after in taken if after is stage]).update(stage=stage)
    BotMove.objects.bulk_create(
        BotMove(bot=bot, at=now, move=step.move, before=bot.stage, after=after, reason=step.reason[:200], actor=actor)
        for bot, step, after in taken
    )


def _tell(taken: Sequence[tuple[Bot, StageStep, Stage]], *, actor: str, now: datetime) -> None:
    audit.record_many(
        rows=[
            audit.Act(
                person=bot.owner_id, actor=actor, act=f"bot.{step.move.lower()}", subject=f"bot:{bot.id}", before={"stage": bot.stage},
                after={"stage": after.value}, reason=step.reason, request_id="",
            )
            for bot, step, after in taken
        ],
        now=now,
    )  # fmt: skip
    alerts.raise_alerts(
        notices=[
            alerts.Notice(
                person=bot.owner_id, severity="INFO", code=f"BOT_{step.move}", dedup_key=str(bot.id),
                sentence=f"{bot.name} moved from {bot.stage.lower()} to {after.lower()}. {step.reason}", data={"bot": str(bot.id)},
            )
            for bot, step, after in taken
        ],
        now=now,
    )  # fmt: skip
    wire.publish_many_on_commit([wire.Message(person=bot.owner_id, type="bot", data={"id": str(bot.id)}) for bot, _, _ in taken])
