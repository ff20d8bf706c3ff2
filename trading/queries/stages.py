"""The evidence on how far bots are trusted, against each threshold. Never writes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.queries import sql
from bots.models import Bot
from trading.domain import stages
from trading.domain.sizing import TRAINING_TRADES, Record
from trading.domain.stages import BY_OTHERS, Evidence, Threshold

PLACES = 6

_EVIDENCE = """
SELECT b.id, b.stage, b.mode, coalesce(m.at, b.created_at), coalesce(t.trades, 0), coalesce(t.net_return_mean, 0),
    coalesce(t.net_return_deviation, 0), c.trades, EXISTS (SELECT FROM trading_breakertrip p WHERE p.owner_id = b.owner_id
        AND p.mode = b.mode AND p.reset_at IS NULL AND (p.bot_id = b.id OR p.bot_id IS NULL))
FROM bots_bot b
LEFT JOIN trading_trackrecord t ON t.bot_id = b.id
LEFT JOIN LATERAL (
    SELECT max(v.at) AS at FROM bots_botmove v
    WHERE v.bot_id = b.id AND v.move = ANY (CASE b.stage WHEN 'QUARANTINE' THEN ARRAY['TRIP', 'QUARANTINE'] ELSE ARRAY['RELEASE'] END)
) m ON true
LEFT JOIN LATERAL (
    SELECT count(*) AS trades FROM trading_trade x
    WHERE b.stage = 'QUARANTINE' AND x.bot_id = b.id AND x.closed_at > coalesce(m.at, b.created_at) AND NOT x.reason = ANY(%s)
) c ON true
WHERE b.id = ANY(%s) {only}
"""
_MAY_MOVE = "AND b.status <> 'STOPPED' AND (b.stage = 'QUARANTINE' OR b.stage IN ('TRAINING', 'ELIGIBLE') AND t.trades >= %s)"


@dataclass(frozen=True, kw_only=True)
class StageView:
    """A bot's stage with its evidence: returns of a trade as fractions, the bound lies `uncertainty` under the mean; None is not
    known yet."""

    bot_id: UUID
    name: str
    stage: str
    since: datetime
    days: Decimal
    trades: int
    clean_trades: int
    mean: Decimal | None
    bound: Decimal | None
    uncertainty: Decimal | None
    thresholds: tuple[Threshold, ...]
    sentence: str


def of_those_that_may_move(bots: Collection[UUID]) -> dict[UUID, Evidence]:
    """Evidence of those among these bots whose stage depends on it, in one statement."""
    return _read(_EVIDENCE.format(only=_MAY_MOVE), list(BY_OTHERS), list(bots), TRAINING_TRADES)


def views(*, bots: Sequence[Bot], now: datetime) -> list[StageView]:
    """One view per bot in the given order, in one statement."""
    found = _read(_EVIDENCE.format(only=""), list(BY_OTHERS), [bot.id for bot in bots])
    return [_view(bot, found[bot.id], now=now) for bot in bots]


def _read(statement: str, *parameters: object) -> dict[UUID, Evidence]:
    return {
        bot: Evidence(stage, mode, since, Record(trades, mean, deviation), clean, tripped)
        for bot, stage, mode, since, trades, mean, deviation, clean, tripped in sql.fetch(statement, *parameters)
    }


def _view(bot: Bot, evidence: Evidence, *, now: datetime) -> StageView:
    record = evidence.record
    return StageView(
        bot_id=bot.id, name=bot.name, stage=evidence.stage, since=evidence.since, days=stages.days(evidence.since, now=now),
        trades=record.trades, clean_trades=evidence.clean_trades,
        mean=_rounded(record.net_return_mean if record.trades else None), bound=_rounded(stages.net_bound(record)),
        uncertainty=_rounded(stages.uncertainty(record)),
        thresholds=stages.thresholds(evidence, now=now), sentence=stages.sentence(evidence, now=now),
    )  # fmt: skip


def _rounded(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(round(value, PLACES)))
