"""The sweeper: due rows that nobody took are found here, after a crash as in daily life. Sweeping twice equals sweeping once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction

from bots.queries import halts as halt_queries
from ledger.operations import bulk
from trading.domain.policy import Policy
from trading.operations import cancel, kill_switch, manual_cash, stop, stopping

ACTOR = "system:sweep"


@dataclass(frozen=True, kw_only=True)
class Swept:
    adopted: int
    cancelled: int
    stopped: int
    kill_switch: bool


def sweep(*, data_dir: Path, policy: Policy, now: datetime) -> Swept:
    """Look for the kill switch, adopt orders whose sender died, finish stops and cancels that were left half-way."""
    found = kill_switch.enforce(data_dir, policy=policy, now=now)
    manual_cash.return_idle(now=now)
    return Swept(
        adopted=adopt_expired(now=now), cancelled=_finish_halts(now=now), stopped=stopping.finish_all(now=now), kill_switch=found
    )


def adopt_expired(*, now: datetime, run: str | None = None) -> int:
    """Paper orders whose lease ran out while they were being sent -> OPEN. A paper venue's only memory is the order row, so a
    claimed order is at the venue. With `run` the orders of that replay, whatever their lease: its only process is the caller."""
    with transaction.atomic():
        return bulk.run(
            """
            UPDATE trading_order SET state = 'OPEN', lease_until = NULL, updated_at = %s,
                history = history || jsonb_build_array(jsonb_build_array('OPEN', %s::text, 'adopted after its sender was lost'))
            WHERE id IN (
                SELECT id FROM trading_order WHERE state IN ('SENDING', 'UNKNOWN') AND mode = 'PAPER'
                    AND CASE WHEN %s::text IS NULL THEN lease_until < %s ELSE run = %s END
                ORDER BY id FOR UPDATE SKIP LOCKED
            )
            """,
            now, now.isoformat(), run, now, run,
        )  # fmt: skip


def _finish_halts(*, now: datetime) -> int:
    """Under a full halt nothing may stay at a venue but the closing orders that carry its id."""
    cancelled = 0
    for halt in halt_queries.standing().rows:
        if halt.level == "HALTED" and halt.scope != "BOT":
            cancelled += stop.cancel_under(scope=halt.scope, user=halt.user, actor=ACTOR, now=now).cancelled
    waiting = ["o.state = 'CANCELLING'", []]
    return cancelled + cancel.cancel_where(waiting, actor=ACTOR, now=now).cancelled
