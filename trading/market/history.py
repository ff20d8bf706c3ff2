"""How much is stored of each market and what traded on its last day: one statement each, whatever the number of markets. It must
not judge whether that is enough.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from operator import mul
from uuid import UUID

import numpy as np

from accounts.queries import sql
from bots.domain.candles import timeframe_seconds
from ledger.domain.numbers import CONTEXT
from trading.market import blocks
from trading.market.blocks import CANDLES_PER_BLOCK

DAY = timedelta(days=1)
_PREFERRED = "1m"  # kept of every market that is ticked
# A block is 69 kB: only the first row of the oldest one and the last row of the newest one are sent.
_SPANS = """
WITH span AS (
    SELECT market_id, timeframe, sum(count) AS candles, min(start) AS oldest, max(start) AS newest
    FROM trading_candleblock WHERE market_id = ANY(%s) GROUP BY market_id, timeframe
)
SELECT span.market_id, span.timeframe, span.candles, substring(a.rows FOR 48), substring(z.rows FROM length(z.rows) - 47), z.price_places
FROM span
JOIN trading_candleblock a ON (a.market_id, a.timeframe, a.start) = (span.market_id, span.timeframe, span.oldest)
JOIN trading_candleblock z ON (z.market_id, z.timeframe, z.start) = (span.market_id, span.timeframe, span.newest)
ORDER BY span.market_id, span.timeframe
"""
_LAST_DAYS = """
SELECT b.market_id, k.since, k.until, b.price_places, b.volume_places, b.rows
FROM unnest(%s::uuid[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[]) AS k(market, timeframe, earliest, since, until)
JOIN trading_candleblock b ON b.market_id = k.market AND b.timeframe = k.timeframe AND b.start > k.earliest AND b.start < k.until
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The candles of one timeframe that are stored of a market: `first` and `last` open times, `missing` ones in between, the
    last close."""

    timeframe: str
    candles: int
    missing: int
    first: datetime
    last: datetime
    close: Decimal

    @property
    def seconds(self) -> int:
        return timeframe_seconds(self.timeframe)

    @property
    def closed(self) -> datetime:
        return self.last + timedelta(seconds=self.seconds)

    @property
    def length(self) -> timedelta:
        """What is there, without what is missing."""
        return timedelta(seconds=self.candles * self.seconds)


def spans(*, markets: Collection[UUID]) -> dict[UUID, list[Span]]:
    """What is stored of these markets, one span for each timeframe."""
    found: dict[UUID, list[Span]] = {}
    for market, timeframe, candles, first, last, places in sql.fetch(_SPANS, list(markets)):
        oldest, newest = blocks.unpack(first)[0], blocks.unpack(last)[0]
        whole = int(newest[0] - oldest[0]) // timeframe_seconds(timeframe) + 1
        found.setdefault(market, []).append(
            Span(
                timeframe=timeframe,
                candles=int(candles),
                missing=whole - int(candles),
                first=datetime.fromtimestamp(int(oldest[0]), tz=UTC),
                last=datetime.fromtimestamp(int(newest[0]), tz=UTC),
                close=Decimal(int(newest[4])).scaleb(-places),
            )
        )
    return found


def newest(found: Iterable[Span]) -> Span:
    """The one to read the last day from: minutes where they are about as new as any, else the newest, the coarsest of equals."""
    known = list(found)
    bound = max(span.closed for span in known) - timedelta(hours=1)
    return max(known, key=lambda span: (span.closed > bound, span.timeframe == _PREFERRED, span.seconds))


def last_days(*, wanted: Mapping[UUID, Span]) -> dict[UUID, Decimal]:
    """What traded in the 24 hours up to the close of these spans, in the quote asset at closes."""
    chosen = sorted(wanted.items())
    asked = [
        [market for market, _ in chosen],
        [span.timeframe for _, span in chosen],
        [span.closed - DAY - timedelta(seconds=span.seconds * CANDLES_PER_BLOCK) for _, span in chosen],
        [span.closed - DAY for _, span in chosen],
        [span.closed for _, span in chosen],
    ]
    traded = dict.fromkeys(wanted, Decimal(0))
    for market, since, until, price_places, volume_places, packed in sql.fetch(_LAST_DAYS, *asked) if chosen else ():
        rows = blocks.unpack(packed)
        low, high = np.searchsorted(rows[:, 0], [since.timestamp(), until.timestamp()])
        # Whole numbers of Python: a price of seven digits times a volume of fourteen, a day long, passes 63 bits.
        value = sum(map(mul, rows[low:high, 4].tolist(), rows[low:high, 5].tolist()))
        traded[market] = CONTEXT.add(traded[market], Decimal(value).scaleb(-price_places - volume_places))
    return traded
