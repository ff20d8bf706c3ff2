"""Candles as strategies read them: one window of one market, in scaled integers. It knows no venue and no store."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from accounts.domain.refusals import Malformed

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

COLUMNS = ("times", "open", "high", "low", "close", "volume")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_TIMEFRAME = re.compile(r"([1-9][0-9]{0,2})([smhd])")


@dataclass(frozen=True, eq=False, kw_only=True)
class Window:
    """Consecutive closed candles, oldest first. All arrays have the same length and must not be written to.

    `times` are open times in epoch seconds, strictly ascending (a gap is a jump in them); prices are in units of
    10**-price_places, volume in units of 10**-volume_places; `seconds` is the length of one candle.
    """

    times: Ints
    open: Ints
    high: Ints
    low: Ints
    close: Ints
    volume: Ints
    price_places: int
    volume_places: int
    seconds: int

    def __len__(self) -> int:
        return len(self.times)

    def closes(self) -> Floats:
        """Closing prices as floats, for indicators only: money is counted in the integers."""
        return self.close / np.float64(10**self.price_places)

    def highs(self) -> Floats:
        """Highest prices as floats, for indicators only."""
        return self.high / np.float64(10**self.price_places)

    def lows(self) -> Floats:
        """Lowest prices as floats, for indicators only."""
        return self.low / np.float64(10**self.price_places)

    def part(self, start: int, stop: int | None = None) -> Window:
        """The candles `start` up to `stop`, by position as in a slice."""
        cut = slice(start, stop)
        return Window(
            times=self.times[cut],
            open=self.open[cut],
            high=self.high[cut],
            low=self.low[cut],
            close=self.close[cut],
            volume=self.volume[cut],
            price_places=self.price_places,
            volume_places=self.volume_places,
            seconds=self.seconds,
        )

    def chosen(self, which: NDArray[np.bool_]) -> Window:
        """The candles for which `which` is true."""
        columns: dict[str, Any] = {name: getattr(self, name)[which] for name in COLUMNS}
        return replace(self, **columns)

    def then(self, later: Window) -> Window:
        """These candles and then the `later` ones, which are counted in the same units."""
        columns: dict[str, Any] = {name: np.concatenate([getattr(self, name), getattr(later, name)]) for name in COLUMNS}
        return replace(self, **columns)


def timeframe_seconds(timeframe: str) -> int:
    """The length of one candle in seconds: "5s" -> 5, "1m" -> 60, "1h" -> 3600. Malformed BAD_TIMEFRAME otherwise."""
    found = _TIMEFRAME.fullmatch(timeframe)
    if found is None:
        raise Malformed("BAD_TIMEFRAME", 'A timeframe is a number and s, m, h or d, such as "1m".', given=timeframe[:16])
    return int(found[1]) * _UNITS[found[2]]
