"""A new bot at a venue: what only the trading floor knows is checked here, the bot itself is made by the floor below."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.domain.refusals import Refusal
from bots.models import Bot
from bots.operations import creation
from bots.operations.creation import Wanted
from trading.queries import markets


def make(
    *, owner: UUID, wanted: Wanted, actor: str, request_id: str, now: datetime, supported: tuple[str, ...], key: str = ""
) -> Bot:
    """As `bots.operations.creation.create`, at a venue that has an adapter and serves this timeframe. The venue is asked for its
    markets before: call it outside any transaction.

    Refusals besides those: UNKNOWN_VENUE, UNKNOWN_TIMEFRAME.
    """
    adapter = markets.known(wanted.venue)
    if wanted.timeframe not in adapter.timeframes:
        raise Refusal(
            "UNKNOWN_TIMEFRAME",
            f"{wanted.venue} has the timeframes {', '.join(adapter.timeframes)}.",
            given=wanted.timeframe[:16],
            known=list(adapter.timeframes),
        )
    if wanted.symbol in adapter.symbols():
        adapter.ensure_markets(now=now)
    with transaction.atomic(durable=True):  # raises inside another: a venue may answer slowly, and locks would wait for it
        return creation.create(
            owner=owner, wanted=wanted, actor=actor, request_id=request_id, now=now, supported=supported, key=key
        )
