"""The sweeper: due rows that nobody took are found here, after a crash as in daily life. Sweeping twice equals sweeping once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction

from accounts.queries import sql
from accounts.realtime import wire
from bots.operations import halts
from bots.queries import halts as halt_queries
from trading.domain.policy import Policy
from trading.operations import cancel, kill_switch, manual_cash, stop, stopping

ACTOR = "system:sweep"


@dataclass(frozen=True, kw_only=True)
class Swept:
    adopted: int
    cancelled: int
    paused: int
    closing_orders: int
    stopped: int
    kill_switch: bool


def sweep(*, data_dir: Path, policy: Policy, now: datetime) -> Swept:
    """Look for the kill switch, adopt orders whose sender died, finish stops and cancels that were left half-way."""
    found = kill_switch.enforce(data_dir, policy=policy, now=now)
    manual_cash.return_idle(now=now)
    adopted = adopt_expired(now=now)
    cancelled, paused, closing_orders = _finish_halts(policy=policy, now=now)
    return Swept(
        adopted=adopted, cancelled=cancelled, paused=paused, closing_orders=closing_orders, stopped=stopping.finish_all(now=now),
        kill_switch=found,
    )  # fmt: skip


def adopt_expired(*, now: datetime, run: str | None = None) -> int:
    """Paper orders whose lease ran out while they were being sent -> OPEN. A paper venue's only memory is the order row, so a
    claimed order is at the venue. With `run` the orders of that replay, whatever their lease: its only process is the caller."""
    with transaction.atomic():
        rows = sql.fetch(
            """
            UPDATE trading_order SET state = 'OPEN', lease_until = NULL, updated_at = %s,
                history = history || jsonb_build_array(jsonb_build_array('OPEN', %s::text, 'adopted after its sender was lost'))
            WHERE id IN (
                SELECT id FROM trading_order WHERE state IN ('SENDING', 'UNKNOWN') AND mode = 'PAPER'
                    AND CASE WHEN %s::text IS NULL THEN lease_until < %s ELSE run = %s END
                ORDER BY id FOR UPDATE SKIP LOCKED
            )
            RETURNING owner_id, id
            """,
            now, now.isoformat(), run, now, run,
        )  # fmt: skip
        wire.publish_many_on_commit([wire.Message(person=owner, type="order", data={"orders": [str(order)]}) for owner, order in rows])
    return len(rows)


def _finish_halts(*, policy: Policy, now: datetime) -> tuple[int, int, int]:
    """Carry out every full halt that stands, and end the cancels that were left half-way -> (orders cancelled, bots paused,
    closing orders sent). Where there was something to finish, whoever raised the halt died before the pages heard of it: they are
    told again."""
    cancelled = paused = closing_orders = 0
    for halt in halt_queries.standing().rows:
        if halt.level != "HALTED":
            continue
        done = stop.carry_out(halt=halt, actor=ACTOR, request_id="", policy=policy, now=now)
        if done.orders.cancelled or done.bots_paused or done.closing_orders:
            halts.tell_again(halt)
        cancelled, paused = cancelled + done.orders.cancelled, paused + done.bots_paused
        closing_orders += done.closing_orders
    waiting = cancel.Scope("o.state = 'CANCELLING'")
    return cancelled + cancel.cancel_where(waiting, actor=ACTOR, now=now).cancelled, paused, closing_orders
