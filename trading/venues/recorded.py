"""The recorded venue: candles that an exchange once published and someone imported. It must not invent a price."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from accounts.domain.refusals import Unavailable
from bots.domain.candles import Window, timeframe_seconds
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

    def closed_candles(self, *, market: Market, timeframe: str, after: datetime | None, now: datetime) -> Window:
        return store.closed(market_id=market.pk, timeframe=timeframe, after=after, now=now, count=CANDLES_AT_ONCE)

    def quote(self, *, market: Market, now: datetime) -> Top:
        """The last close in the finest timeframe that has one, half a spread to either side, as old as it is."""
        for timeframe in self.timeframes:
            last = store.closed(market_id=market.pk, timeframe=timeframe, after=None, now=now, count=1)
            if len(last):
                closed_at = int(last.times[-1]) + timeframe_seconds(timeframe)
                price = Decimal(int(last.close[-1])).scaleb(-last.price_places)
                half = price * HALF_SPREAD_BPS / WHOLE_BPS
                return Top(bid=price - half, ask=price + half, at=datetime.fromtimestamp(closed_at, tz=now.tzinfo))
        raise Unavailable("NO_QUOTE", f"Nothing is recorded of {market.symbol} up to this moment.", symbol=market.symbol)
