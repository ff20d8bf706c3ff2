"""Valuing what people hold between fills: an equity point an hour, and the breaker's look at a person's money."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from ledger.operations import equity
from trading.domain.policy import Policy
from trading.operations import breaker
from trading.operations.claim import Trip
from trading.operations.memory import Memory
from trading.queries import by_hand
from trading.queries.by_hand import Holder
from trading.queries.system import SHOWN_TIMEFRAME

HOUR = 3_600


def hourly(memory: Memory, *, policy: Policy, now: datetime, filled: Collection[UUID], again: bool) -> list[Trip]:
    """At each full hour value the wallets and books that hold coins of this market, whoever bought them; then, or after fills, link
    the levels of their people -> the trips that are due. filled: people whose orders this tick has filled; again: it may have
    valued its fills once before, and died."""
    full_hour = memory.closed % HOUR == 0
    holders = _holders(memory) if full_hour else []
    if holders:
        memory.turn()
        price = Decimal(memory.closes[-1]).scaleb(-memory.price_places)
        equity.snapshot(
            wallets=sorted({holder.wallet for holder in holders}),
            books=sorted({holder.book for holder in holders if holder.book is not None}), now=now,
            marks={**memory.elsewhere, memory.market.id: (price, now)},
        )  # fmt: skip
    people = {*filled, *(holder.owner for holder in holders)}
    if memory.roster is not None and (people or again):
        people |= {member.owner for member in memory.roster.members}
    return breaker.observe_people(people, policy=policy, now=now)


def _holders(memory: Memory) -> list[Holder]:
    """Bots of this stream that hold coins of its market and, on the one live stream that every market has, those who bought them by
    hand: history is traded by bots alone."""
    found: list[Holder] = []
    if memory.roster is not None:
        held = zip(memory.roster.members, memory.roster.units, strict=True)
        found += [Holder(member.owner, member.wallet, member.book) for member, units in held if units > 0]
    stream = memory.stream
    if not stream.run and stream.backfill_until is None and stream.timeframe == SHOWN_TIMEFRAME:
        found += by_hand.holders(market=memory.market)
    return found
