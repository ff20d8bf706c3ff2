"""After trades have been counted: which bots move to QUARANTINE or out of it. A short transaction of its own, and none when nobody
moves. It must not judge by anything but the stored record.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from bots.operations import stages as bot_stages
from bots.operations.stages import StageStep
from trading.domain import stages
from trading.queries import stages as evidence_of

ACTOR = "system:stages"


def review(bots: Collection[UUID], *, now: datetime) -> int:
    """Judge the evidence on these bots and move those that it moves -> how many. One statement when it moves none."""
    if not bots:
        return 0
    judged = {bot: stages.judge(evidence, now=now) for bot, evidence in evidence_of.of_those_that_may_move(bots).items()}
    steps = [StageStep(bot=bot, move=step.move, reason=step.reason) for bot, step in judged.items() if step is not None]
    return bot_stages.move(steps=steps, actor=ACTOR, now=now)
