"""Numbers that look random and are a pure function of a key and a whole number: the same bits in every process and on every
machine. Only +, -, x, / and integer hashes, because library functions like exp differ in the last bit between processors.
It must not know what the numbers are used for.
"""

from __future__ import annotations

from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Seconds = NDArray[np.int64]

_ROOT_OF_THREE = 1.7320508075688772


def key(*words: str) -> np.uint64:
    """The key of a purpose."""
    return np.uint64(int.from_bytes(sha256("|".join(words).encode()).digest()[:8], "big"))


def uniform(numbers: Seconds, key: np.uint64) -> Floats:
    """A number in [0, 1) for each integer."""
    return (_hash(numbers, key) >> np.uint64(11)).astype(np.float64) * (1.0 / 2**53)


def smooth(seconds: Seconds, *, period: int, key: np.uint64) -> Floats:
    """Smooth noise of mean 0 and lattice deviation 1, at most 3.5: hashed values `period` apart, joined by smoothstep.
    `seconds` ascend."""
    cell = seconds // period
    begin = int(cell[0])
    lattice = np.arange(begin, int(cell[-1]) + 2, dtype=np.int64)
    values = np.zeros(len(lattice))
    for throw in range(4):
        values += uniform(lattice * 4 + throw, key)
    values = (values - 2.0) * _ROOT_OF_THREE  # four uniform throws have a deviation of 1 / sqrt(3)
    part = (seconds - cell * period) * (1.0 / period)
    part = part * part * (3.0 - 2.0 * part)
    at = cell - begin
    joined: Floats = values[at] + (values[1:] - values[:-1])[at] * part
    return joined


def reflected(values: Floats, bound: float) -> Floats:
    """The values thrown back at +bound and -bound as often as it takes, like light between two mirrors."""
    turns = values * (0.25 / bound) + 0.25
    turns = turns - np.floor(turns)
    folded: Floats = (1.0 - np.abs(turns * 4.0 - 2.0)) * bound
    return folded


def exponential(log: Floats) -> Floats:
    """(1 + x/1024)^1024 by ten squarings: e^x to a few thousandths for |x| < 2, the same on every processor."""
    power: Floats = 1.0 + log * (1.0 / 1024)
    for _ in range(10):
        power = power * power
    return power


def _hash(numbers: Seconds, key: np.uint64) -> NDArray[np.uint64]:
    """splitmix64 of each number, keyed."""
    mixed: NDArray[np.uint64] = numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + key
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
