"""A new bot at a venue: what only the trading floor knows is checked here, the bot itself is made by the floor below."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.domain.refusals import Refusal
from bots.domain.exits import Exits
from bots.models import Bot
from bots.operations import creation
from trading.queries import markets


def create(
    *,
    owner: UUID,
    name: str,
    venue: str,
    symbol: str,
    timeframe: str,
    strategy: str,
    parameters: Mapping[str, object],
    capital: Decimal,
    mode: str,
    exits: Exits,
    actor: str,
    request_id: str,
    now: datetime,
    supported: tuple[str, ...],
) -> Bot:
    """As `bots.operations.creation.create`, at a venue that has an adapter and serves this timeframe.

    Refusals besides those: UNKNOWN_VENUE, UNKNOWN_TIMEFRAME.
    """
    adapter = markets.known(venue)
    if timeframe not in adapter.timeframes:
        raise Refusal(
            "UNKNOWN_TIMEFRAME",
            f"{venue} has the timeframes {', '.join(adapter.timeframes)}.",
            given=timeframe[:16],
            known=list(adapter.timeframes),
        )
    if symbol in adapter.symbols():
        adapter.ensure_markets(now=now)
    return creation.create(
        owner=owner, name=name, venue=venue, symbol=symbol, timeframe=timeframe, strategy=strategy,
        parameters=parameters, capital=capital, mode=mode, exits=exits, actor=actor, request_id=request_id, now=now,
        supported=supported,
    )  # fmt: skip
