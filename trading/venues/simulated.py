"""The generated market: candles, quotes and spreads read off one path, any time, the same in every process. It must not
remember anything that it could not compute again, so that a restart changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from math import floor

import numpy as np
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.models import QuerySet
from numpy.typing import NDArray

from accounts.domain.refusals import Malformed, Missing
from bots.domain.candles import Window, timeframe_seconds
from ledger.models import Market
from ledger.operations import reference
from trading.domain.costs import WHOLE_BPS, PaperCosts, Top
from trading.domain.price_path import SPREAD_PARTS, Path
from trading.domain.universe import RULES_REFRESHED_AFTER
from trading.market import blocks
from trading.venues.paper import SLIPPAGE_BPS, PaperVenue
from trading.venues.port import CANDLES_AT_ONCE

SEED = "amarktai"
VOLUME_PLACES = 6
_PATH_AT_ONCE = 1 << 18  # seconds of the path in memory at a time
_SPREADS_AT_ONCE = 1_800  # seconds of spreads computed together: a tick asks for each candle's


@dataclass(frozen=True, slots=True)
class Listing:
    """A symbol of this market: where its path starts, how it moves (see `Path`), and the rules of its orders.
    `volume`: base units in a second, about."""

    price: float
    volume: float
    liveliness: float
    wandering: float
    tight_bps: float
    busiest: int
    price_places: int
    amount_step: Decimal
    amount_min: Decimal


# price, volume, liveliness, wandering, tight_bps, busiest, price_places, amount_step, amount_min
LISTINGS = {
    "BTC/USDT": Listing(60_000.0, 0.2, 1.0, 1.0, 0.4, 15, 2, Decimal("0.00001"), Decimal("0.00001")),
    "ETH/USDT": Listing(3_000.0, 3.0, 1.3, 1.1, 0.5, 15, 2, Decimal("0.0001"), Decimal("0.0001")),
    "SOL/USDT": Listing(150.0, 60.0, 1.6, 1.3, 0.7, 15, 2, Decimal("0.001"), Decimal("0.001")),
    # Wild ones, on purpose: here even minutes of five-second candles move more than a round trip costs.
    # People in other parts of the world trade each, so that one is always awake.
    "AVAX/USDT": Listing(40.0, 200.0, 5.0, 2.0, 1.5, 15, 3, Decimal("0.01"), Decimal("0.01")),
    "LINK/USDT": Listing(45.0, 180.0, 5.0, 2.0, 1.5, 20, 3, Decimal("0.01"), Decimal("0.01")),
    "NEAR/USDT": Listing(35.0, 220.0, 5.0, 2.0, 1.5, 1, 3, Decimal("0.01"), Decimal("0.01")),
    "INJ/USDT": Listing(55.0, 150.0, 5.0, 2.0, 1.5, 6, 3, Decimal("0.01"), Decimal("0.01")),
    "UNI/USDT": Listing(30.0, 250.0, 5.0, 2.0, 1.5, 11, 3, Decimal("0.01"), Decimal("0.01")),
}


class SimVenue(PaperVenue):
    """`base_seconds`: the finest candle, a divisor of a minute."""

    name = "sim"
    live_data = True
    generated = True

    def __init__(self, *, base_seconds: int, seed: str = SEED) -> None:
        if base_seconds < 1 or 60 % base_seconds:
            raise ImproperlyConfigured(f"SIM_CANDLE_SECONDS={base_seconds} does not divide a minute. Choose 1, 2, 5, 10 or 30.")
        base = () if base_seconds == 60 else (f"{base_seconds}s",)
        self.timeframes = (*base, "1m", "5m", "15m", "1h")
        self.finest = self.timeframes[0]
        self._paths = {
            symbol: Path(
                seed=seed,
                symbol=symbol,
                start_price=listing.price,
                start_volume=listing.volume,
                liveliness=listing.liveliness,
                wandering=listing.wandering,
                tight_bps=listing.tight_bps,
                busiest=listing.busiest,
            )
            for symbol, listing in LISTINGS.items()
        }

    def symbols(self) -> tuple[str, ...]:
        return tuple(LISTINGS)

    def ensure_markets(self, *, now: datetime) -> None:
        self._write_but(Market.objects.filter(venue=self.name), now=now)

    def refresh_rules(self, *, now: datetime) -> None:
        self._write_but(Market.objects.filter(venue=self.name, rules_as_of__gt=now - RULES_REFRESHED_AFTER), now=now)

    def _write_but(self, fresh: QuerySet[Market], *, now: datetime) -> None:
        known = set(fresh.values_list("symbol", flat=True))
        for symbol, listing in LISTINGS.items():
            if symbol not in known:
                reference.ensure_market(venue=self.name, symbol=symbol, rules=_rules(symbol, listing), now=now)

    def closed_candles(self, *, market: Market, timeframe: str, after: datetime | None, now: datetime) -> Window:
        if timeframe not in self.timeframes:
            known = ", ".join(self.timeframes)
            raise Malformed("UNKNOWN_TIMEFRAME", f"{self.name} has the timeframes {known}.", given=timeframe[:20])
        seconds = timeframe_seconds(timeframe)
        end = floor(now.timestamp()) // seconds
        begin = end - CANDLES_AT_ONCE
        if after is not None:
            begin = floor(after.timestamp()) // seconds + 1
            end = min(end, begin + CANDLES_AT_ONCE)
        return self.candles(symbol=market.symbol, seconds=seconds, first=begin, count=max(end - begin, 0))

    def candles(self, *, symbol: str, seconds: int, first: int, count: int) -> Window:
        """`count` candles from number `first` (its open time is first x seconds). Opens at the path's first second, closes at
        its last, and holds every second in between, so a long candle is the exact sum of the short ones in it."""
        path, places = self._path(symbol), LISTINGS[symbol].price_places
        rows = np.empty((count, 6), np.int64)
        step = max(_PATH_AT_ONCE // seconds, 1)
        for low in range(0, count, step):
            high = min(low + step, count)
            begin = (first + low) * seconds
            inside = np.arange(begin, (first + high) * seconds, dtype=np.int64)
            shape = (high - low, seconds)
            prices, volumes = path.trades(inside)
            price = _scaled(prices, places).reshape(shape)
            part = rows[low:high]
            part[:, 0] = inside[::seconds]
            part[:, 1], part[:, 4] = price[:, 0], price[:, -1]
            part[:, 2], part[:, 3] = price.max(axis=1), price.min(axis=1)
            part[:, 5] = _scaled(volumes, VOLUME_PLACES).reshape(shape).sum(axis=1)
        return blocks.window_of(rows, price_places=places, volume_places=VOLUME_PLACES, seconds=seconds)

    def quote(self, *, market: Market, now: datetime) -> Top:
        """Half the spread of this second to either side of the path, rounded outwards to the tick."""
        second = floor(now.timestamp())
        path, places = self._path(market.symbol), LISTINGS[market.symbol].price_places
        prices, _ = path.trades(np.array([second], dtype=np.int64))
        middle = int(_scaled(prices, places)[0])
        parts, whole = _half_spread(path, second), WHOLE_BPS * SPREAD_PARTS
        bid = middle * (whole - parts) // whole
        ask = -(-middle * (whole + parts) // whole)
        return Top(
            bid=Decimal(bid).scaleb(-places),
            ask=Decimal(ask).scaleb(-places),
            at=datetime.fromtimestamp(second, tz=UTC),
        )

    def costs(self, *, market: Market, at: datetime) -> PaperCosts:
        """As of that second: spreads are tight in busy hours, wider at night and in wild ones, widest right after a jump."""
        parts = _half_spread(self._path(market.symbol), floor(at.timestamp()))
        return PaperCosts(half_spread_bps=Decimal(parts) / SPREAD_PARTS, slippage_bps=SLIPPAGE_BPS)

    def _path(self, symbol: str) -> Path:
        if symbol not in self._paths:
            raise Missing("UNKNOWN_SYMBOL", f"{self.name} does not trade this symbol.", given=symbol[:41])
        return self._paths[symbol]


def of_settings() -> SimVenue:
    """The generated market of this installation."""
    return SimVenue(base_seconds=settings.SIM_CANDLE_SECONDS)


def _half_spread(path: Path, second: int) -> int:
    """In parts of a basis point."""
    return int(_half_spreads(path, second // _SPREADS_AT_ONCE)[second % _SPREADS_AT_ONCE])


@lru_cache(maxsize=64)
def _half_spreads(path: Path, block: int) -> NDArray[np.int64]:
    begin = block * _SPREADS_AT_ONCE
    return path.half_spread(np.arange(begin, begin + _SPREADS_AT_ONCE, dtype=np.int64))


def _scaled(values: NDArray[np.float64], places: int) -> NDArray[np.int64]:
    return np.floor(values * float(10**places) + 0.5).astype(np.int64)


def _rules(symbol: str, listing: Listing) -> reference.Rules:
    base, quote = symbol.split("/")
    return reference.Rules(
        base=base,
        quote=quote,
        price_tick=Decimal(1).scaleb(-listing.price_places),
        amount_step=listing.amount_step,
        amount_min=listing.amount_min,
        cost_min=Decimal(5),
        taker_fee=Decimal("0.001"),
        maker_fee=Decimal("0.001"),
        quote_step=Decimal("0.00000001"),
    )
