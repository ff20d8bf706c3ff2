"""The price path of the generated market: a pure function of seed, symbol and second, the same bits in every process and on
every machine. Pure arrays; only +, -, x, / and integer hashes are used, because library functions like exp differ in the
last bit between processors. It must not know candles, orders or a clock.

The logarithm of the price is a sum of smooth value noises. Their periods grow by about 2.7 from 3 seconds to 31 days and
their amplitudes with the square root of the period, so that spread grows with time as it does on an exchange; the finest
are stronger (trades hit bid and ask), and so are those of a day to a week (days that go somewhere). The fast ones are
scaled by a slow noise (calm and wild hours) and by the hour (quiet nights). Every two hours or so a surge carries the price
off within 25 minutes, wilder than usual; it wears off in two days. Now and then the price jumps.

The figures were chosen by looking at what a trader finds here (40 days of minutes, 6 of five-second candles): crosses of
slow means that state 50 to 150 bps gain about that on average, while crosses of short means gain less than they cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Seconds = NDArray[np.int64]

_PERIODS = (3, 7, 11, 29, 79, 211, 571, 1_543, 4_177, 11_279, 30_449, 82_217, 221_987, 599_359, 1_618_271, 2_678_413)
_WILD = 8  # so many of the fastest noises are scaled by the regime
_TRENDS = range(11, 14)  # noises of a day to a week
_TREND_FACTOR = 2.0
_GRAIN = range(0, 2)  # noises of 3 and 7 seconds: trades hitting bid and ask
_GRAIN_FACTOR = 4.0
_MINUTE_BPS = 3.0  # amplitude of a noise with a period of one minute; all together move about 9 bps in a minute
_REGIME_PERIOD = 9_241
_DAY = 86_400


@dataclass(frozen=True)
class Shock:
    """A sudden move: at most one begins in each `span`, reaches its height (at most `bps`) in `rise` seconds and fades in
    `fade` seconds."""

    name: str
    span: int
    rise: int
    fade: int
    chance: float
    least_bps: float
    bps: float


_SURGE = Shock("surge", span=5_003, rise=1_500, fade=172_800, chance=0.6, least_bps=60.0, bps=240.0)
_JUMP = Shock("jump", span=14_423, rise=7, fade=9_000, chance=0.45, least_bps=10.0, bps=60.0)
_SURGE_WILDNESS = 2.0  # by how much the regime grows in the middle of a surge


@dataclass(frozen=True)
class Path:
    """The path of one symbol. `middle` and `volume` are functions of epoch seconds."""

    seed: str
    symbol: str
    start_price: float
    start_volume: float
    liveliness: float = 1.0

    def middle(self, seconds: Seconds) -> Floats:
        """Price at each second, in quote units, before rounding."""
        first, last = int(seconds[0]), int(seconds[-1])
        return self.start_price * _exponential(self._log(seconds, first, last))

    def volume(self, seconds: Seconds) -> Floats:
        """Base units traded within each second, mostly small, sometimes none."""
        draw = _uniform(seconds, self._key("volume"))
        other = _uniform(seconds, self._key("silence"))
        busy = self._regime(seconds, int(seconds[0]), int(seconds[-1]))
        size = draw * draw * draw * busy * busy
        traded: Floats = np.where(other < 0.35 + 0.35 * busy, size, 0.0) * self.start_volume
        return traded

    def _log(self, seconds: Seconds, first: int, last: int) -> Floats:
        fast = np.zeros(len(seconds))
        slow = np.zeros(len(seconds))
        for number, period in enumerate(_PERIODS):
            noise = _noise(seconds, period=period, key=self._key(f"octave {number}"), first=first, last=last)
            target = fast if number < _WILD else slow
            target += self._amplitudes[number] * noise
        moved, _ = self._shock(_SURGE, seconds)
        jumped, _ = self._shock(_JUMP, seconds)
        log: Floats = slow + self._regime(seconds, first, last) * fast + (moved + jumped) * self.liveliness
        return log

    def _regime(self, seconds: Seconds, first: int, last: int) -> Floats:
        """How wild the fast moves are: 0.25 to about 5."""
        noise = _noise(seconds, period=_REGIME_PERIOD, key=self._key("regime"), first=first, last=last)
        hour = (seconds % _DAY) / _DAY
        day = 0.55 + 0.45 * (16.0 * hour * hour * (1.0 - hour) * (1.0 - hour))
        _, rising = self._shock(_SURGE, seconds)
        regime: Floats = np.clip((1.0 + 0.8 * noise) * day, 0.25, 2.6) + _SURGE_WILDNESS * rising
        return regime

    def _shock(self, shock: Shock, seconds: Seconds) -> tuple[Floats, Floats]:
        """What the shocks add to the logarithm of the price at each second, and how far each second is in the middle of a
        rise (0 to 1)."""
        total = np.zeros(len(seconds))
        rising = np.zeros(len(seconds))
        span = seconds // shock.span
        first, last = int(span[0]), int(span[-1])
        reach = (shock.rise + shock.fade) // shock.span + 1
        blocks = np.arange(first - reach, last + 1, dtype=np.int64)
        begins = blocks * shock.span + (_uniform(blocks, self._key(f"{shock.name} when")) * shock.span).astype(np.int64)
        draw = 2.0 * _uniform(blocks, self._key(f"{shock.name} how far")) - 1.0
        height = (np.sign(draw) * shock.least_bps + draw * (shock.bps - shock.least_bps)) * 1e-4
        height[_uniform(blocks, self._key(f"{shock.name} if")) >= shock.chance] = 0.0
        for begin, high in zip(begins.tolist(), height.tolist(), strict=True):
            low, top = np.searchsorted(seconds, [begin, begin + shock.rise + shock.fade])
            if high == 0.0 or low == top:
                continue
            age = seconds[low:top] - begin
            up = np.minimum(age * (1.0 / shock.rise), 1.0)
            left = 1.0 - np.maximum(age - shock.rise, 0) * (1.0 / shock.fade)
            total[low:top] += high * up * (2.0 - up) * left
            rising[low:top] = np.maximum(rising[low:top], 4.0 * up * (1.0 - up))
        return total, rising

    @cached_property
    def _amplitudes(self) -> tuple[float, ...]:
        """Of each noise, as a fraction of the price: grows with the square root of the period, as a random walk does."""
        per_root_second = _MINUTE_BPS * self.liveliness / 10_000 / np.sqrt(60.0)
        factors = [1.0] * len(_PERIODS)
        for number in _TRENDS:
            factors[number] = _TREND_FACTOR
        for number in _GRAIN:
            factors[number] = _GRAIN_FACTOR
        return tuple(float(per_root_second * np.sqrt(period) * factor) for period, factor in zip(_PERIODS, factors, strict=True))

    def _key(self, purpose: str) -> np.uint64:
        digest = sha256(f"{self.seed}|{self.symbol}|{purpose}".encode()).digest()
        return np.uint64(int.from_bytes(digest[:8], "big"))


def _hash(numbers: Seconds, key: np.uint64) -> NDArray[np.uint64]:
    """splitmix64 of each number, keyed."""
    mixed: NDArray[np.uint64] = numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + key
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def _uniform(numbers: Seconds, key: np.uint64) -> Floats:
    """A number in [0, 1) for each integer."""
    return (_hash(numbers, key) >> np.uint64(11)).astype(np.float64) * (1.0 / 2**53)


def _noise(seconds: Seconds, *, period: int, key: np.uint64, first: int, last: int) -> Floats:
    """Smooth noise of mean 0 and lattice deviation 1: hashed values `period` apart, joined by smoothstep."""
    begin, end = first // period, last // period + 2
    lattice = np.arange(begin, end, dtype=np.int64)
    values = np.zeros(len(lattice))
    for throw in range(4):
        values += _uniform(lattice * 4 + throw, key)
    values = (values - 2.0) * 1.7320508075688772  # four uniform throws have a deviation of 1 / sqrt(3)
    cell = seconds // period
    part = (seconds - cell * period) * (1.0 / period)
    part = part * part * (3.0 - 2.0 * part)
    at = cell - begin
    left = values[at]
    joined: Floats = left + (values[at + 1] - left) * part
    return joined


def _exponential(log: Floats) -> Floats:
    """(1 + x/1024)^1024 by ten squarings: e^x to a thousandth for the small x of this path, the same on every processor."""
    power: Floats = 1.0 + log * (1.0 / 1024)
    for _ in range(10):
        power = power * power
    return power
