"""The generated market: candles, quotes and volumes read off one path, any time, the same in every process. It must not
remember anything, so that a restart changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from math import floor

import numpy as np
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.models import QuerySet

from accounts.domain.refusals import Malformed, Missing
from bots.domain.candles import Window, timeframe_seconds
from ledger.models import Market
from ledger.operations import reference
from trading.domain.costs import WHOLE_BPS, Top
from trading.domain.price_path import Path
from trading.domain.universe import RULES_REFRESHED_AFTER
from trading.market import blocks
from trading.venues.paper import HALF_SPREAD_BPS, PaperVenue
from trading.venues.port import CANDLES_AT_ONCE

SEED = "amarktai"
PRICE_PLACES = 2
VOLUME_PLACES = 6
_PATH_AT_ONCE = 1 << 18  # seconds of the path in memory at a time


@dataclass(frozen=True, slots=True)
class Listing:
    """A symbol of this market: where its path starts and the rules of its orders."""

    price: float
    volume_per_second: float
    liveliness: float
    amount_step: Decimal
    amount_min: Decimal


LISTINGS = {
    "BTC/USDT": Listing(60_000.0, 0.2, 1.0, Decimal("0.00001"), Decimal("0.00001")),
    "ETH/USDT": Listing(3_000.0, 3.0, 1.3, Decimal("0.0001"), Decimal("0.0001")),
    "SOL/USDT": Listing(150.0, 60.0, 1.7, Decimal("0.001"), Decimal("0.001")),
    # Wild ones, on purpose: here even five-second candles move more than a round trip costs.
    "AVAX/USDT": Listing(40.0, 200.0, 6.0, Decimal("0.01"), Decimal("0.01")),
    "LINK/USDT": Listing(45.0, 180.0, 6.0, Decimal("0.01"), Decimal("0.01")),
    "NEAR/USDT": Listing(35.0, 220.0, 6.0, Decimal("0.01"), Decimal("0.01")),
    "INJ/USDT": Listing(55.0, 150.0, 6.0, Decimal("0.01"), Decimal("0.01")),
    "UNI/USDT": Listing(30.0, 250.0, 6.0, Decimal("0.01"), Decimal("0.01")),
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
                start_volume=listing.volume_per_second,
                liveliness=listing.liveliness,
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
        path = self._path(symbol)
        rows = np.empty((count, 6), np.int64)
        step = max(_PATH_AT_ONCE // seconds, 1)
        for low in range(0, count, step):
            high = min(low + step, count)
            begin = (first + low) * seconds
            inside = np.arange(begin, (first + high) * seconds, dtype=np.int64)
            shape = (high - low, seconds)
            price = _scaled(path.middle(inside), PRICE_PLACES).reshape(shape)
            part = rows[low:high]
            part[:, 0] = inside[::seconds]
            part[:, 1], part[:, 4] = price[:, 0], price[:, -1]
            part[:, 2], part[:, 3] = price.max(axis=1), price.min(axis=1)
            part[:, 5] = _scaled(path.volume(inside), VOLUME_PLACES).reshape(shape).sum(axis=1)
        return blocks.window_of(rows, price_places=PRICE_PLACES, volume_places=VOLUME_PLACES, seconds=seconds)

    def quote(self, *, market: Market, now: datetime) -> Top:
        """Half a spread to either side of the path at this second, rounded outwards to the tick."""
        second = floor(now.timestamp())
        inside = np.array([second], dtype=np.int64)
        middle = int(_scaled(self._path(market.symbol).middle(inside), PRICE_PLACES)[0])
        parts = int(HALF_SPREAD_BPS * WHOLE_BPS)
        whole = WHOLE_BPS * WHOLE_BPS
        bid = middle * (whole - parts) // whole
        ask = -(-middle * (whole + parts) // whole)
        return Top(
            bid=Decimal(bid).scaleb(-PRICE_PLACES),
            ask=Decimal(ask).scaleb(-PRICE_PLACES),
            at=datetime.fromtimestamp(second, tz=UTC),
        )

    def _path(self, symbol: str) -> Path:
        if symbol not in self._paths:
            raise Missing("UNKNOWN_SYMBOL", f"{self.name} does not trade this symbol.", given=symbol[:41])
        return self._paths[symbol]


def of_settings() -> SimVenue:
    """The generated market of this installation."""
    return SimVenue(base_seconds=settings.SIM_CANDLE_SECONDS)


def _scaled(values: np.ndarray, places: int) -> np.ndarray:
    return np.floor(values * float(10**places) + 0.5).astype(np.int64)


def _rules(symbol: str, listing: Listing) -> reference.Rules:
    base, quote = symbol.split("/")
    return reference.Rules(
        base=base,
        quote=quote,
        price_tick=Decimal(1).scaleb(-PRICE_PLACES),
        amount_step=listing.amount_step,
        amount_min=listing.amount_min,
        cost_min=Decimal(5),
        taker_fee=Decimal("0.001"),
        maker_fee=Decimal("0.001"),
        quote_step=Decimal("0.00000001"),
    )
