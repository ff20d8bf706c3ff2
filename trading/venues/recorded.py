"""The recorded venue: candles that an exchange once published and someone imported. It must not invent a price."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from accounts.domain.refusals import Unavailable
from bots.domain.candles import Window
from ledger.models import Market
from trading.domain.costs import WHOLE_BPS, Top
from trading.market import store
from trading.venues.paper import HALF_SPREAD_BPS, PaperVenue
from trading.venues.port import CANDLES_AT_ONCE


class RecordedVenue(PaperVenue):
    """Serves what the candle store holds; its markets are made by the import."""

    name = "recorded"
    live_data = False
    generated = False
    timeframes = ("1m", "5m", "15m", "1h", "4h", "1d")
    finest = "1m"

    def symbols(self) -> tuple[str, ...]:
        rows = Market.objects.filter(venue=self.name, active=True).order_by("symbol")
        return tuple(rows.values_list("symbol", flat=True))

    def ensure_markets(self, *, now: datetime) -> None:
        """Nothing to do: a recorded market begins with its import."""

    def refresh_rules(self, *, now: datetime) -> None:
        """Nothing to do: its rules are as old as its candles."""

    def closed_candles(self, *, market: Market, timeframe: str, after: datetime | None, now: datetime) -> Window:
        return store.closed(market_id=market.pk, timeframe=timeframe, after=after, now=now, count=CANDLES_AT_ONCE)

    def quote(self, *, market: Market, now: datetime) -> Top:
        """The last close of any timeframe, half a spread to either side, as old as it is."""
        found = store.newest(market_id=market.pk, timeframes=self.timeframes, now=now)
        if not found:
            raise Unavailable("NO_QUOTE", f"Nothing is recorded of {market.symbol} up to this moment.", symbol=market.symbol)
        newest = max(found, key=_closed_at)
        price = Decimal(int(newest.close[-1])).scaleb(-newest.price_places)
        half = price * HALF_SPREAD_BPS / WHOLE_BPS
        return Top(bid=price - half, ask=price + half, at=datetime.fromtimestamp(_closed_at(newest), tz=UTC))


def _closed_at(window: Window) -> int:
    return int(window.times[-1]) + window.seconds
