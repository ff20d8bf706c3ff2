"""What the gates are told about one order, gathered under the claim's locks."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from trading.domain.breaker import Use
from trading.domain.exposure import Exposure


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts of one request at its place in the batch.

    in_flight: an order of the same intent is working. decided: this candle was judged before, by another delivery of its tick.
    entries_*: entry orders since 00:00 UTC. burst: entry orders of the (wallet, venue) in the window. halt: level of the strictest
    standing halt over it, halt_scope: GLOBAL, USER or BOT. breach: a breaker limit that is reached. exposure: what the person has
    at risk, for entries of a profile that limits it; None when their equity is not known.
    """

    in_flight: bool
    decided: bool
    entries_of_bot: int
    entries_of_user: int
    burst: int
    halt: str
    halt_id: UUID | None
    halt_source: str
    halt_scope: str
    status: str
    breach: Use | None
    wallet_in_deficit: bool
    trading_enabled: bool
    kill_switch: bool
    exposure: Exposure | None = None
