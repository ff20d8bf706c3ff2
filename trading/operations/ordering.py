"""From legs to claimed orders, many bots at once. A bot that cannot be sized, gated or claimed holds up nobody else: a batch that
fails is halved until the culprit is alone. It must not send anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from django.db import DatabaseError, InterfaceError

from accounts.operations import alerts
from trading.domain.boundary import halved
from trading.domain.costs import Top
from trading.domain.legs import Leg
from trading.domain.matcher import Candle
from trading.domain.policy import Policy
from trading.operations import bot_requests, claim, judging
from trading.operations.act import Switch
from trading.operations.claim import Claims
from trading.operations.memory import Memory

log = structlog.get_logger()

BROKEN = "Its order could not be made: something it is judged by is broken."


@dataclass(frozen=True, slots=True)
class Ordered:
    """What became of the legs: orders as claimed, and the legs of bots that nothing could be ordered for."""

    claims: Claims
    culprits: list[Leg] = field(default_factory=list)


def order(
    wishes: Sequence[Leg], memory: Memory, *, candle: Candle, policy: Policy, top: Top | None, now: datetime, kill_switch: Switch
) -> Ordered:
    """Claim an order for each leg, in their order, and put the bots for which that fails into ERROR."""
    done = Ordered(Claims([], []))
    for start in range(0, len(wishes), claim.BATCH):
        part = wishes[start : start + claim.BATCH]
        _order(part, memory, done, candle=candle, policy=policy, top=top, now=now, kill_switch=kill_switch)
    if done.culprits:
        _fail(memory, done.culprits, now=now)
    return done


def _order(
    wishes: Sequence[Leg], memory: Memory, done: Ordered, *, candle: Candle, policy: Policy, top: Top | None, now: datetime,
    kill_switch: Switch,
) -> None:  # fmt: skip
    """One batch, all or nothing. Where it fails nothing of it is written, and its halves are tried. What the database says no to is
    no bot's fault and goes on up."""

    def claimed(part: Sequence[Leg]) -> Claims:
        requests = bot_requests.of_legs(part, memory, candle=candle, policy=policy, top=top, now=now)
        return claim.claim(requests, policy=policy, now=now, kill_switch=kill_switch())

    found, culprits = halved(claimed, wishes, up=(DatabaseError, InterfaceError))
    for claims in found:
        done.claims.orders.extend(claims.orders)
        done.claims.trips.extend(claims.trips)
    for leg, error in culprits:
        log.error("order.failed", leg=leg.leg, reason=leg.reason, exc_info=error)
        done.culprits.append(leg)


def _fail(memory: Memory, culprits: Sequence[Leg], *, now: datetime) -> None:
    assert memory.roster is not None
    members = memory.roster.members
    judging.fail([members[leg.index] for leg in culprits], reason=BROKEN, now=now)
    alerts.raise_alerts(
        notices=[
            alerts.Notice(
                person=members[leg.index].owner, severity="CRITICAL", code="EXIT_BLOCKED",
                sentence=f"A bot cannot leave its position. {BROKEN}", data={"bot": str(members[leg.index].id)},
                dedup_key=str(members[leg.index].id),
            )
            for leg in culprits
            if leg.leg == "EXIT"
        ],
        now=now,
    )  # fmt: skip
