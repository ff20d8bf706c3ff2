"""The port that every venue stands behind: prices in, orders out. Paper and live differ behind this line and nowhere else.
It must not hold a rule about when to trade.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, Protocol

from bots.domain.candles import Window
from ledger.models import Market
from trading.domain.costs import PaperCosts, Top
from trading.domain.matcher import Candle, OrderType, Report, Side, TimeInForce, Working
from trading.domain.requests import Rules

CANDLES_AT_ONCE = 1_440


@dataclass(frozen=True, slots=True)
class Ticket:
    """An order on its way to the venue. `price`: bound of a limit, empty for a market order."""

    client_order_id: str
    market: Market
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    quantity: Decimal
    price: Decimal | None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ack:
    """What the venue said to a ticket or a cancel. UNKNOWN: it may or may not have happened; nothing may be freed."""

    client_order_id: str
    outcome: Literal["ACCEPTED", "REJECTED", "UNKNOWN"]
    code: str = ""
    sentence: str = ""


class Venue(Protocol):
    """An exchange as this house sees it. Times are arguments, UTC."""

    name: str
    live_data: bool
    """False: its candles are history; nothing there proves that a bot can trade a real market."""
    generated: bool
    """True: its candles are computed, so none can be imported."""

    @property
    def timeframes(self) -> tuple[str, ...]: ...

    @property
    def finest(self) -> str: ...

    def symbols(self) -> tuple[str, ...]:
        """What can be traded here."""
        ...

    def ensure_markets(self, *, now: datetime) -> None:
        """Write the market rows of this venue that are missing."""
        ...

    def refresh_rules(self, *, now: datetime) -> None:
        """Write the market rows that are missing or whose rules were read too long ago."""
        ...

    def closed_candles(self, *, market: Market, timeframe: str, after: datetime | None, now: datetime) -> Window:
        """Candles that closed by `now`, ascending, at most CANDLES_AT_ONCE: the first ones that opened after `after`, so that
        no fold misses one, or without `after` the newest."""
        ...

    def quote(self, *, market: Market, now: datetime) -> Top:
        """Top of the book. Raises Unavailable NO_QUOTE."""
        ...

    def costs(self, *, market: Market, at: datetime) -> PaperCosts:
        """What a paper order costs here at that time, besides the fee: spreads widen in wild hours."""
        ...

    def rules(self, *, market: Market, at: datetime) -> Rules:
        """The market's rules and its costs at that time, as the order path reads them."""
        ...

    def submit(self, tickets: Sequence[Ticket], *, now: datetime) -> list[Ack]:
        """Send orders; one answer each, in the same order."""
        ...

    def cancel(self, client_order_ids: Sequence[str], *, now: datetime) -> list[Ack]:
        """Cancel orders; one answer each, in the same order."""
        ...

    def reports(
        self, *, market: Market, working: Sequence[Working], candle: Candle, taken: int = 0, before: int = 0
    ) -> list[Report]:
        """What this candle did to the waiting orders of this market, in claim order. `taken`: steps of its volume that our orders
        have had already; `before`: close time of the candle before (epoch seconds), 0 when unknown."""
        ...
