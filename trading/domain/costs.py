"""What trading costs in a paper market, and the top of a book. Plain values; the matcher and the gates read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

WHOLE_BPS = 10_000


@dataclass(frozen=True, slots=True)
class PaperCosts:
    """By how much a paper market order fills worse than the candle's open, in basis points (at most four decimals)."""

    half_spread_bps: Decimal
    slippage_bps: Decimal


@dataclass(frozen=True, slots=True)
class Top:
    """Best bid and ask, and when they were seen."""

    bid: Decimal
    ask: Decimal
    at: datetime

    @property
    def middle(self) -> Decimal:
        return (self.bid + self.ask) / 2

    @property
    def spread_bps(self) -> Decimal:
        """Ask - bid in basis points of the middle; negative when the book is crossed."""
        return (self.ask - self.bid) * WHOLE_BPS / self.middle
