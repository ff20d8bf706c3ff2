"""Markets and candles for tests, with numbers that can be checked by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import numpy as np

from bots.domain.candles import Window
from ledger.models import Market
from ledger.operations import reference
from trading.domain.matcher import Candle
from trading.domain.requests import Rules
from trading.market import blocks

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MARKET = UUID(int=1)


def window(*closes: int, start: datetime = NOON, seconds: int = 60, volume: int = 1_000, places: tuple[int, int] = (2, 3)) -> Window:
    """Flat candles with these closes (in units of 10**-places[0]), one after the other."""
    first = int(start.timestamp())
    rows = [(first + at * seconds, close, close, close, close, volume) for at, close in enumerate(closes)]
    table = np.array(rows, dtype=np.int64).reshape(-1, 6)
    return blocks.window_of(table, price_places=places[0], volume_places=places[1], seconds=seconds)


def candle(
    *, open: int = 2_000_000, volume: int = 5_000, time: datetime = NOON, high: int | None = None, low: int | None = None
) -> Candle:
    """A minute that opens at 20,000.00, moves 5.00 to either side and trades 5 base units, unless said otherwise: orders can have
    a tenth of that, 0.5 base units or 500 steps."""
    high, low = open + 500 if high is None else high, open - 500 if low is None else low
    return Candle(int(time.timestamp()), open, high, low, open, volume, 2, 3, 60)


def rules(**other: object) -> Rules:
    """BTC/USDT in ticks of 0.01 and steps of 0.001; fee 0.1 %, half spread 0.5 bps, slippage 1 bps."""
    stated: dict[str, object] = {
        "market": MARKET,
        "venue": "recorded",
        "symbol": "BTC/USDT",
        "base": "BTC",
        "quote": "USDT",
        "price_tick": Decimal("0.01"),
        "amount_step": Decimal("0.001"),
        "amount_min": Decimal("0.001"),
        "cost_min": Decimal(5),
        "quote_step": Decimal("0.00000001"),
        "taker_fee": Decimal("0.001"),
        "maker_fee": Decimal("0.0005"),
        "active": True,
        "half_spread_bps": Decimal("0.5"),
        "slippage_bps": Decimal(1),
    }
    return Rules(**{**stated, **other})  # type: ignore[arg-type]


def market(*, venue: str = "recorded", symbol: str = "BTC/USDT") -> Market:
    """A stored market with the rules above."""
    base, quote = symbol.split("/")
    told = reference.Rules(
        base=base,
        quote=quote,
        price_tick=Decimal("0.01"),
        amount_step=Decimal("0.001"),
        amount_min=Decimal("0.001"),
        cost_min=Decimal(5),
        quote_step=Decimal("0.00000001"),
        taker_fee=Decimal("0.001"),
        maker_fee=Decimal("0.001"),
    )
    return reference.ensure_market(venue=venue, symbol=symbol, rules=told, now=NOON)
