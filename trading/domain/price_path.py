"""The path of a generated market: price, volume and spread at each second, a pure function of seed, symbol and time (see `noise`).
It must not know candles, orders or a clock.

The logarithm of the price is a sum. Slow noises, from a day to ten months, wander as a market does over days and years.
Trends last for hours, runs for minutes; between them the price swings in a range and turns at its edges. Fast noises, wild or
calm by the hour, make the minutes; each second's trade pushes the price by its size. Jumps come out of nothing and leave an
aftermath: for hours the market is wilder, trades more, and for minutes its spread is wide. Nights and weekends are quiet and thin.

The figures were chosen by looking at charts of it, from an hour of five-second candles to a month; the tests hold what a trader
finds there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trading.domain import noise, shocks
from trading.domain.noise import Floats, Seconds
from trading.domain.shocks import Shock

SPREAD_PARTS = 100  # a half spread counts in so many parts of a basis point

_DAY, _WEEK = 86_400, 604_800
_SUNDAY = 3 * _DAY  # 1970 began on a Thursday
_STEP_BPS = 0.39  # deviation of a noise over the square root of its period: 3 bps for a minute
_FAST = ((7, 1.8), (23, 1.5), (53, 1.3), (131, 1.1), (353, 1.0), (857, 1.0))  # period, and how much stronger than a walk's
_SWINGS = (1_543, 4_177, 11_279)
_SLOW = (82_217, 221_987, 599_359, 1_618_271, 5_178_413, 26_178_417)
_SLOW_FACTOR = 0.75
_SWING_FACTOR = 1.4
_RANGE_BPS = 32.0  # the edges of a range lie so far from its middle
_TICK_BPS = 4.0  # the greatest trade of a second pushes the price so far
_MOODS = ((31_013, 0.45), (9_241, 0.35), (1_777, 0.3), (281, 0.2))  # period of wild and calm times, and how much they matter
_TREND = Shock("trend", span=32_003, chance=0.75, rise=(7_200, 72_000), fade=600_000, calms=3_600, bps=(60.0, 360.0))
_RUN = Shock("run", span=7_001, chance=0.6, rise=(700, 4_200), fade=150_000, calms=1_800, bps=(25.0, 130.0))
_JUMP = Shock("jump", span=24_421, chance=0.6, rise=(3, 40), fade=90_000, calms=9_000, bps=(12.0, 160.0), rare=3)
_STIRRED = ((_TREND, 0.3), (_RUN, 0.8), (_JUMP, 6.0))  # by how much a shock of full force makes the market wilder
_WIDENED = ((_RUN, 3.0, 600), (_JUMP, 60.0, 900))  # by how many tight spreads it widens the book, and for how many seconds
_WIDEST = 40.0  # tight spreads


@dataclass(frozen=True)
class Path:
    """The path of one symbol: functions of ascending epoch seconds.

    liveliness: how far its seconds to hours move, 1 for a large market; wandering: the same of its days and trends.
    tight_bps: half its spread in a calm and busy hour. busiest: that hour of the day, UTC.
    """

    seed: str
    symbol: str
    start_price: float
    start_volume: float
    liveliness: float = 1.0
    wandering: float = 1.0
    tight_bps: float = 0.5
    busiest: int = 15

    def trades(self, seconds: Seconds) -> tuple[Floats, Floats]:
        """Price at each second in quote units, before rounding, and the base units traded within it: sometimes none."""
        wild = self._wildness(seconds)
        push, size = self._trade(seconds)
        fast = noise.smooth(seconds, period=3, key=self._key("grain")) + push * _TICK_BPS
        for period, factor in _FAST:
            fast += self._octave(seconds, period) * factor
        log = self._far(seconds) + self.liveliness * (wild * fast + self._swing(seconds))
        price = self.start_price * noise.exponential(log * 1e-4)
        silent = noise.uniform(seconds, self._key("silence")) >= 0.3 + 0.4 * wild
        return price, np.where(silent, 0.0, size * (0.2 + wild) * wild * self.start_volume)

    def half_spread(self, seconds: Seconds) -> NDArray[np.int64]:
        """Half the distance of bid and ask in parts of a basis point (SPREAD_PARTS), of the price."""
        book = (0.5 + 0.5 * self._mood(seconds)) / self._day(seconds)
        for shock, widens, settles in _WIDENED:
            book += widens * shocks.felt(shock, seconds, names=self._names, calms=settles)
        book = np.minimum(book * (0.85 + 0.3 * noise.uniform(seconds // 5, self._key("book"))), _WIDEST)
        return np.floor(book * (self.tight_bps * SPREAD_PARTS) + 0.5).astype(np.int64)

    def _far(self, seconds: Seconds) -> Floats:
        """Days, weeks and years, in bps."""
        log = shocks.moved(_TREND, seconds, names=self._names) * self.wandering
        for shock in (_RUN, _JUMP):
            log += shocks.moved(shock, seconds, names=self._names) * self.liveliness
        for period in _SLOW:
            log += self._octave(seconds, period) * (_SLOW_FACTOR * self.wandering)
        return log

    def _swing(self, seconds: Seconds) -> Floats:
        """The way up and down inside a range, in bps."""
        total = np.zeros(len(seconds))
        for period in _SWINGS:
            total += self._octave(seconds, period)
        return noise.reflected(total * _SWING_FACTOR, _RANGE_BPS) * (0.4 + 0.6 * self._day(seconds))

    def _octave(self, seconds: Seconds, period: int) -> Floats:
        reach = _STEP_BPS * float(np.sqrt(period))
        return noise.smooth(seconds, period=period, key=self._key(f"octave {period}")) * reach

    def _trade(self, seconds: Seconds) -> tuple[Floats, Floats]:
        """How the trade of each second pushes the price (-1 to 1), and its size (0 to 1): the larger, the farther."""
        side = 2.0 * noise.uniform(seconds, self._key("trade")) - 1.0
        push = side * side * side
        return push, np.abs(push)

    def _wildness(self, seconds: Seconds) -> Floats:
        """How wild the seconds are: 1 on average, 0.15 in a quiet night, more than 5 after a great jump."""
        wild = self._day(seconds) * self._mood(seconds)
        for shock, stirs in _STIRRED:
            wild += stirs * shocks.felt(shock, seconds, names=self._names, calms=shock.calms)
        return wild

    def _mood(self, seconds: Seconds) -> Floats:
        """Wild and calm times by themselves, 0.3 to about 4."""
        mood = np.ones(len(seconds))
        for period, weight in _MOODS:
            mood += weight * noise.smooth(seconds, period=period, key=self._key(f"mood {period}"))
        return 0.45 + 0.4 * mood * mood

    def _day(self, seconds: Seconds) -> Floats:
        """How busy the hour is: 1.15 at the busiest of a weekday, 0.45 twelve hours later, a quarter less on a Sunday."""
        hour = _bump((seconds - self.busiest * 3_600 + _DAY // 2) % _DAY, _DAY)
        sunday = _bump((seconds - _SUNDAY - _DAY // 2 + _WEEK // 2) % _WEEK, _WEEK)
        return (0.45 + 0.7 * hour) * (1.0 - 0.25 * sunday * sunday * sunday)

    @property
    def _names(self) -> tuple[str, str]:
        return self.seed, self.symbol

    def _key(self, purpose: str) -> np.uint64:
        return noise.key(self.seed, self.symbol, purpose)


def _bump(seconds: Seconds, length: int) -> Floats:
    """0 at both ends of a length, 1 in the middle, smooth all around."""
    part = seconds * (1.0 / length)
    high: Floats = 4.0 * part * (1.0 - part)
    return high * high
