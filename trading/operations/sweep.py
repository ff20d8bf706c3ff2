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
from trading.operations import cancel, deficits, kill_switch, manual_cash, stop, stopping
from trading.queries import replays

ACTOR = "system:sweep"

# The full halts with a working order, a bot that still runs or, given with flatten, coins under them: thousands that are carried
# out and stand cost one statement. What replays hold is sold by nobody.
_UNFINISHED = f"""
SELECT h.id FROM bots_halt h WHERE h.lifted_at IS NULL AND h.level = 'HALTED' AND (
    EXISTS (
        SELECT FROM trading_order o WHERE o.ending IS NULL AND {stop.COVERS_ORDER}
    )
    OR h.source = ANY(%s) AND EXISTS (
        SELECT FROM bots_bot b JOIN ledger_book k ON k.id = b.book_id WHERE b.status = 'RUNNING' AND {halt_queries.COVERS_BOT}
    )
    OR h.flatten AND EXISTS (
        SELECT FROM ledger_wallet w JOIN ledger_book k ON k.wallet_id = w.id JOIN ledger_lot l ON l.book_id = k.id
            LEFT JOIN bots_bot b ON b.book_id = k.id
        WHERE l.remaining > 0 AND {halt_queries.covering(owner="w.owner_id", mode="w.mode", wallet="w.id", bot="b.id")}
            AND {replays.not_of_one("w.owner_id")}
    )
)
"""

# Whether any order was left on its way to the venue, and any on its way out. No index names what changes while an order works (see
# Order), so this reads all that work: once, and the acts below only where there is something to do.
_LEFT_HALF_WAY = """
SELECT coalesce(bool_or(state IN ('SENDING', 'UNKNOWN') AND mode = 'PAPER' AND lease_until < %s), false),
    coalesce(bool_or(state = 'CANCELLING'), false)
FROM trading_order WHERE ending IS NULL
"""

# Entries under a halt that allows only what shrinks a position. Replays are left alone: their ticks withdraw by their own time.
_RESTRICTED = cancel.Scope(
    f"""
    o.leg = 'ENTRY' AND o.run = '' AND EXISTS (
        SELECT FROM bots_halt h WHERE h.lifted_at IS NULL AND h.level = 'REDUCING' AND {stop.COVERS_ORDER}
    )
    """
)


@dataclass(frozen=True, kw_only=True)
class Swept:
    adopted: int
    cancelled: int
    paused: int
    closing_orders: int
    stopped: int
    kill_switch: bool


def sweep(*, data_dir: Path, policy: Policy, now: datetime) -> Swept:
    """Look for the kill switch and for wallets in deficit, adopt orders whose sender died, finish stops and cancels that were left
    half-way."""
    found = kill_switch.enforce(data_dir, policy=policy, now=now)
    deficits.enforce(actor=ACTOR, now=now)
    manual_cash.return_idle(now=now)
    [(lost, cancelling)] = sql.fetch(_LEFT_HALF_WAY, now)
    adopted = adopt_expired(now=now) if lost else 0
    cancelled, paused, closing_orders = _finish_halts(policy=policy, cancelling=cancelling, now=now)
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
                SELECT id FROM trading_order WHERE ending IS NULL AND state IN ('SENDING', 'UNKNOWN') AND mode = 'PAPER'
                    AND CASE WHEN %s::text IS NULL THEN lease_until < %s ELSE run = %s END
                ORDER BY id FOR UPDATE SKIP LOCKED
            )
            RETURNING owner_id, id
            """,
            now, now.isoformat(), run, now, run,
        )  # fmt: skip
        wire.publish_many_on_commit([wire.Message(person=owner, type="order", data={"orders": [str(order)]}) for owner, order in rows])
    return len(rows)


def _finish_halts(*, policy: Policy, cancelling: bool, now: datetime) -> tuple[int, int, int]:
    """Carry out the full halts that something is left to do under, cancel the entries under the others, and end the cancels that were
    left half-way, where there are some -> (orders cancelled, bots paused, closing orders sent). Where there was something to finish of
    a full halt, whoever raised it died before the pages heard of it: they are told again."""
    cancelled = paused = closing_orders = 0
    unfinished = {row[0] for row in sql.fetch(_UNFINISHED, list(stop.LIFTABLE))}
    standing = halt_queries.standing().rows
    for halt in standing:
        if halt.id not in unfinished:
            continue
        done = stop.carry_out(halt=halt, actor=ACTOR, request_id="", policy=policy, now=now)
        if done.orders.cancelled or done.bots_paused or done.closing_orders:
            halts.tell_again(halt)
        cancelled, paused = cancelled + done.orders.cancelled, paused + done.bots_paused
        closing_orders += done.closing_orders
    if any(halt.level == "REDUCING" for halt in standing):
        cancelled += cancel.cancel_where(_RESTRICTED, actor=ACTOR, now=now).cancelled
    if cancelling:
        cancelled += cancel.cancel_where(cancel.Scope("o.state = 'CANCELLING'"), actor=ACTOR, now=now).cancelled
    return cancelled, paused, closing_orders
