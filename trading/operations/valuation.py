"""Valuing what people hold between fills: an equity point an hour, and the breaker's look at a person's money."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from ledger.operations import equity
from trading.domain.policy import Policy
from trading.operations import breaker
from trading.operations.claim import Trip
from trading.operations.memory import Memory

HOUR = 3_600


def hourly(memory: Memory, *, policy: Policy, now: datetime, filled: bool) -> list[Trip]:
    """At each full hour value the wallets and books that hold coins of this market; then, or after fills, link the levels of
    their people -> the trips that are due."""
    roster = memory.roster
    if roster is None or not roster.members:
        return []
    full_hour = memory.closed % HOUR == 0
    holders = [member for member, units in zip(roster.members, roster.units, strict=True) if units > 0]
    if full_hour and holders:
        memory.turn()
        price = Decimal(memory.closes[-1]).scaleb(-memory.price_places)
        equity.snapshot(
            wallets=sorted({member.wallet for member in holders}), books=sorted({member.book for member in holders}), now=now,
            marks={**memory.elsewhere, memory.market.id: (price, now)},
        )  # fmt: skip
    if filled or (full_hour and holders):
        return breaker.observe_people({member.owner for member in roster.members}, policy=policy, now=now)
    return []
