"""The emergency stop and its resume. The halt commits first; everything after it may crash and be run again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Literal, TypeVar
from uuid import UUID

import structlog
from django.db import OperationalError, transaction
from psycopg.errors import DeadlockDetected

from accounts.domain.refusals import Conflict, Forbidden, Missing, Refusal
from accounts.models import User
from accounts.operations import alerts, second_factor
from accounts.queries import alerts as alert_queries
from bots.domain.halts import Veto
from bots.operations import halts, lifecycle
from bots.queries import halts as halt_queries
from trading.domain.policy import Policy
from trading.operations import cancel, closing
from trading.queries import replays

log = structlog.get_logger()

EMERGENCY_STOP = "EMERGENCY_STOP"
KILL_SWITCH = "KILL_SWITCH"
REASON = "Emergency stop"
LIFTABLE = (EMERGENCY_STOP, KILL_SWITCH)
WHO = {EMERGENCY_STOP: "An operator", KILL_SWITCH: "The kill switch"}
PAUSED = "has stopped trading for everybody: your running bots are paused and nothing is ordered. Resume them once the stop is lifted."
COVERS_ORDER = halt_queries.covering(owner="o.owner_id", mode="o.mode", wallet="o.wallet_id", bot="o.bot_id")
StopScope = Literal["GLOBAL", "USER"]
TRIES = 10  # of a part of a stop that lost a deadlock
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Carried:
    """What became of the orders, bots and positions under a halt."""

    orders: cancel.CancelReport
    bots_paused: int
    closing_orders: int


@dataclass(frozen=True, kw_only=True)
class StopReport:
    """What a stop has done so far. orders_open: may still be working at a venue."""

    halt_id: UUID
    scope: str
    level: str
    orders_cancelled: int
    orders_open: int
    bots_paused: int
    closing_orders: int
    at: datetime


def emergency_stop(
    *, scope: StopScope, user: UUID | None, reason: str, flatten: bool, actor: str, request_id: str, now: datetime,
    policy: Policy, source: str = EMERGENCY_STOP,
) -> StopReport:  # fmt: skip
    """HARD STOP. From the commit of the halt no claim succeeds but closing orders that carry its id. Running it again finishes
    what a crash left undone."""
    raised = halts.raise_halt(
        scope=scope, level="HALTED", source=source, reason=reason or REASON, actor=actor, request_id=request_id, now=now,
        user=user, flatten=flatten,
    )
    log.critical("emergency_stop", scope=scope, halt=str(raised.id), actor=actor, flatten=flatten)
    done = carry_out(halt=halt_queries.veto_of(raised), actor=actor, request_id=request_id, policy=policy, now=now)
    return StopReport(
        halt_id=raised.id, scope=scope, level="HALTED", orders_cancelled=done.orders.cancelled, orders_open=done.orders.open,
        bots_paused=done.bots_paused, closing_orders=done.closing_orders, at=raised.raised_at,
    )


def carry_out(*, halt: Veto, actor: str, request_id: str, policy: Policy, now: datetime) -> Carried:
    """What a full halt asks for once it stands, each part in transactions of its own: cancel what works under it, pause the bots
    that it stops, close positions if it was given with flatten. Whoever repeats it finishes what a crash left undone."""
    orders = _insist(partial(_cancel_under, halt, actor=actor, now=now))
    paused = closing_orders = 0
    if halt.source in LIFTABLE:
        paused = _insist(partial(_pause_under, halt, actor=actor, request_id=request_id, now=now))
    if halt.flatten:
        closing_orders = _insist(partial(closing.flatten, halt=halt, policy=policy, now=now))
    return Carried(orders, paused, closing_orders)


def _insist(act: Callable[[], T]) -> T:
    """A part of a stop, again where the server ended it to resolve a deadlock: whoever else stood in it goes on first, and the stop of
    everybody is not undone by somebody's fill."""
    for _ in range(TRIES - 1):
        try:
            return act()
        except OperationalError as error:
            if not isinstance(error.__cause__, DeadlockDetected):
                raise
            log.warning("emergency_stop.again", why=str(error).partition("\n")[0])
    return act()


def _cancel_under(halt: Veto, *, actor: str, now: datetime) -> cancel.CancelReport:
    """Cancel what works under a full halt, but the closing orders that pass it."""
    spared = list(halt_queries.standing().spares(scope=halt.scope))
    covered = f"EXISTS (SELECT FROM bots_halt h WHERE h.id = %s AND {COVERS_ORDER}) AND (o.halt_id IS NULL OR o.halt_id <> ALL(%s))"
    return cancel.cancel_where(cancel.Scope(covered, (halt.id, spared)), actor=actor, now=now)


def _pause_under(halt: Veto, *, actor: str, request_id: str, now: datetime) -> int:
    """Pause the running bots under a stop -> how many. Whose bots a stop of everybody has paused hears it in the same transaction;
    replays have nobody to tell."""
    reason = halt.reason or REASON
    with transaction.atomic():
        paused = lifecycle.pause_for_stop(halt=halt.id, reason=reason, actor=actor, request_id=request_id, now=now)
        if halt.scope == "GLOBAL":
            alerts.tell_each(
                people=paused.keys() - replays.people(), severity="CRITICAL", code=halt.source,
                sentence=f"{WHO[halt.source]} {PAUSED} Reason: {reason.removesuffix('.')}.",
                data={"scope": halt.scope, "level": halt.level, "halt": halt.id},
                dedup_key=f"{alert_queries.ABOUT_EVERYBODY}{halt.id}", now=now,
            )  # fmt: skip
    return paused.total()


def emergency_resume(
    *, scope: StopScope, user: UUID | None, reason: str, otp: str, actor_user: User, request_id: str, now: datetime,
    kill_switch: bool,
) -> int:  # fmt: skip
    """Lift the standing stops of a scope -> how many. Bots stay paused.

    GLOBAL needs an operator, USER its owner, both a fresh code and a reason. Refusals: REASON_REQUIRED, KILL_SWITCH_PRESENT,
    Missing NOT_STOPPED, Forbidden for a wrong code or person.
    """
    if not reason.strip():
        raise Refusal("REASON_REQUIRED", "Say why trading may go on.")
    if scope == "GLOBAL" and not actor_user.is_staff:
        raise Forbidden("OPERATORS_ONLY", "Only an operator may lift a stop of everything.")
    if scope == "USER" and user != actor_user.id:
        raise Forbidden("NOT_YOURS", "Only its owner may lift this stop.")
    if scope == "GLOBAL" and kill_switch:
        raise Conflict("KILL_SWITCH_PRESENT", "The kill-switch file is still in the data folder; remove it first.")
    standing = halt_queries.standing().matching(scope=scope, user=user)
    found = [halt.id for halt in standing if halt.source in LIFTABLE and halt.level == "HALTED"]
    if not found:
        raise Missing("NOT_STOPPED", "No emergency stop is in force here.")
    second_factor.verify(user=actor_user, otp=otp, now=now)
    kind = "operator" if scope == "GLOBAL" else "user"
    return halts.lift(halt_ids=found, actor=f"{kind}:{actor_user.id}", reason=reason, request_id=request_id, now=now)
