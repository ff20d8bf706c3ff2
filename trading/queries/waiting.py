"""What a person's bots are waiting for while nothing happens: a start, the next candle, or a gate that keeps saying no. Never writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from bots.domain.candles import timeframe_seconds
from bots.queries import bots as bot_queries
from trading.models.order import Order, State

LOOKED_BACK = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True)
class Refusing:
    """The gate that said no last, and how often it gave this answer within LOOKED_BACK."""

    gate: str
    code: str
    sentence: str
    count: int


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """`next_close_s`: seconds until the next candle of a running bot closes, None when no bot runs."""

    bots: int
    running: int
    next_close_s: int | None
    refusing: Refusing | None


def of(*, owner: UUID, now: datetime, bot_id: UUID | None = None) -> Waiting:
    """What all bots of a person, or one of them, wait for; three statements at most."""
    mine = bot_queries.of(owner=owner)
    if bot_id is not None:
        mine = mine.filter(id=bot_id)
    rows = list(mine.order_by().values_list("status", "timeframe"))
    spans = {timeframe_seconds(timeframe) for status, timeframe in rows if status == "RUNNING"}
    return Waiting(
        bots=len(rows),
        running=sum(status == "RUNNING" for status, _ in rows),
        next_close_s=min((span - int(now.timestamp()) % span for span in spans), default=None),
        refusing=_refusing(owner=owner, now=now, bot_id=bot_id),
    )


def _refusing(*, owner: UUID, now: datetime, bot_id: UUID | None) -> Refusing | None:
    refused = Order.objects.filter(owner=owner, ending=State.REFUSED, created_at__gt=now - LOOKED_BACK)
    if bot_id is not None:
        refused = refused.filter(bot=bot_id)
    last = refused.order_by("-created_at", "-id").first()
    said = next((verdict for verdict in last.verdicts if verdict.get("verdict") == "REFUSED"), None) if last else None
    if last is None or said is None:
        return None
    return Refusing(
        gate=said["gate"], code=said["code"], sentence=said["sentence"], count=refused.filter(refusal=last.refusal).count()
    )
