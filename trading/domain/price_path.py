"""The price path of the generated market: a pure function of seed, symbol and second, the same bits in every process and on
every machine. Pure arrays; only +, -, x, / and integer hashes are used, because library functions like exp differ in the
last bit between processors. It must not know candles, orders or a clock.

The logarithm of the price is a sum of smooth value noises. Their periods grow by about 2.7 from 11 seconds to 31 days and
their amplitudes with the square root of the period, so that spread grows with time as it does on an exchange, and moves
persist for a while, as trends do. The fast ones are scaled by a slow noise (calm and wild hours) and by the hour (quiet
nights). Now and then the price jumps and drifts back.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Seconds = NDArray[np.int64]

_PERIODS = (11, 29, 79, 211, 571, 1_543, 4_177, 11_279, 30_449, 82_217, 221_987, 599_359, 1_618_271, 2_678_413)
_WILD = 7  # so many of the fastest noises are scaled by the regime
_MINUTE_BPS = 4.0  # amplitude of a noise with a period of one minute; all together move about 8 bps in a minute
_REGIME_PERIOD = 9_241
_DAY = 86_400
_JUMP_SPAN = 14_423  # one jump at most starts in each span of so many seconds
_JUMP_FADE = 9_000  # seconds in which it drifts back
_JUMP_CHANCE = 0.45
_JUMP_BPS = 130.0  # largest jump


@dataclass(frozen=True)
class Path:
    """The path of one symbol. `middle` and `volume` are functions of epoch seconds."""

    seed: str
    symbol: str
    start_price: float
    start_volume: float

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
        calm = self._regime(seconds, first, last)
        log: Floats = slow + calm * fast + self._jumps(seconds)
        return log

    def _regime(self, seconds: Seconds, first: int, last: int) -> Floats:
        """How wild the fast moves are: 0.25 to about 2.6."""
        noise = _noise(seconds, period=_REGIME_PERIOD, key=self._key("regime"), first=first, last=last)
        hour = (seconds % _DAY) / _DAY
        day = 0.55 + 0.45 * (16.0 * hour * hour * (1.0 - hour) * (1.0 - hour))
        regime: Floats = np.clip((1.0 + 0.8 * noise) * day, 0.25, 2.6)
        return regime

    def _jumps(self, seconds: Seconds) -> Floats:
        total = np.zeros(len(seconds))
        span = seconds // _JUMP_SPAN
        for back in (0, 1):
            block = span - back
            begin = block * _JUMP_SPAN + (_uniform(block, self._key("jump when")) * _JUMP_SPAN).astype(np.int64)
            height = np.where(
                _uniform(block, self._key("jump if")) < _JUMP_CHANCE,
                (2.0 * _uniform(block, self._key("jump how far")) - 1.0) * (_JUMP_BPS / 10_000),
                0.0,
            )
            age = seconds - begin
            left = np.where((age >= 0) & (age < _JUMP_FADE), 1.0 - age / _JUMP_FADE, 0.0)
            total += height * left
        return total

    @cached_property
    def _amplitudes(self) -> tuple[float, ...]:
        """Of each noise, as a fraction of the price: grows with the square root of the period, as a random walk does."""
        per_root_second = _MINUTE_BPS / 10_000 / np.sqrt(60.0)
        return tuple(float(np.round(per_root_second * np.sqrt(period), 12)) for period in _PERIODS)

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
