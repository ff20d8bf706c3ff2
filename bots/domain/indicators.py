"""Indicator series as folds (state, candle) -> state, keyed by kind and period, so that everybody computes the same bits.

A fold gives the same bits whether it is advanced by one candle or by thousands: each step is the same float operation in
the same order. A state is a list of floats that survives JSON, empty before the first candle. A series has no value (NaN)
before its period is full.
"""

from __future__ import annotations

import operator
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from math import nan

import numpy as np

from bots.domain.candles import Floats, Window

SeriesKey = tuple[str, int]
State = list[float]

BPS = 1e4


@dataclass(frozen=True, slots=True)
class Prices:
    """What folds read of a window, as plain floats: made once for all of them."""

    highs: list[float]
    lows: list[float]
    closes: list[float]

    @classmethod
    def of(cls, window: Window) -> Prices:
        return cls(window.highs().tolist(), window.lows().tolist(), window.closes().tolist())


Fold = Callable[[State, Prices, int], tuple[State, Floats]]


def advance_all(
    states: Mapping[SeriesKey, State], window: Window, *, keys: Iterable[SeriesKey]
) -> tuple[dict[SeriesKey, State], dict[SeriesKey, Floats]]:
    """For each of `keys` the state after the window's last candle, and the value at the close of each of its candles. A key without
    a state starts with the window's first candle."""
    after: dict[SeriesKey, State] = {}
    values: dict[SeriesKey, Floats] = {}
    prices = Prices.of(window)
    for key in keys:
        kind, period = key
        after[key], values[key] = FOLDS[kind](states.get(key, []), prices, period)
    return after, values


def exists(key: object) -> bool:
    """Whether there is such a series: a strategy from elsewhere may ask for one that nobody can fold."""
    if not isinstance(key, tuple) or len(key) != 2:
        return False
    kind, period = key
    return kind in FOLDS and type(period) is int and period > 0


def _close(state: State, prices: Prices, period: int) -> tuple[State, Floats]:
    """The close itself; the period means nothing. State: candles seen."""
    return [(state[0] if state else 0.0) + len(prices.closes)], np.array(prices.closes, dtype=np.float64)


def _ema(state: State, prices: Prices, period: int) -> tuple[State, Floats]:
    """Exponential mean of the closes, weight 2 / (period + 1), seeded by the first close.
    State: candles seen, the mean."""
    seen, mean = state[:2] if state else (0.0, prices.closes[0])
    weight = 2.0 / (period + 1)
    out = []
    for close in prices.closes:
        mean += weight * (close - mean)
        out.append(mean)
    return [seen + len(out), mean], _blank_until(period, seen, out)


def _volatility(state: State, prices: Prices, period: int) -> tuple[State, Floats]:
    """Exponential mean of the absolute move from close to close, in bps of the earlier close, seeded by the first move.
    State: candles seen, the last close, the mean."""
    seen, last, mean = state or (0.0, prices.closes[0], 0.0)
    weight = 2.0 / (period + 1)
    out = []
    for count, close in enumerate(prices.closes, start=int(seen)):
        move = abs(close / last - 1.0) * BPS
        mean = move if count == 1 else mean + weight * (move - mean)
        last = close
        out.append(mean)
    return [seen + len(out), last, mean], _blank_until(period + 1, seen, out)


def _rsi(state: State, prices: Prices, period: int) -> tuple[State, Floats]:
    """Wilder's relative strength index of the closes, 0 to 100, seeded by the plain mean of the first `period` moves; 0 where
    nothing has ever moved, as TA-Lib has it. State: candles seen, the last close, the mean rise, the mean fall (until the period
    is full: their sums)."""
    seen, last, rise, fall = state or (0.0, prices.closes[0], 0.0, 0.0)
    out = []
    for count, close in enumerate(prices.closes, start=int(seen)):
        move = close - last
        last = close
        if count > period:
            rise *= period - 1
            fall *= period - 1
        if move < 0:
            fall -= move
        else:
            rise += move
        if count >= period:
            rise /= period
            fall /= period
        moved = rise + fall
        out.append(100.0 * (rise / moved) if moved else 0.0)
    return [seen + len(out), last, rise, fall], _blank_until(period + 1, seen, out)


def _extreme(
    state: State, prices: Prices, period: int, *, read: Callable[[Prices], list[float]], beats: Callable[[float, float], bool]
) -> tuple[State, Floats]:
    """The extreme of the last `period` candles, the present one included.
    State: candles seen, then (place, price) of every candle that may still become the extreme once older ones have left."""
    seen = state[0] if state else 0.0
    kept = deque(zip(state[1::2], state[2::2], strict=True))
    out = []
    for place, price in enumerate(read(prices), start=int(seen)):
        while kept and beats(price, kept[-1][1]):
            kept.pop()
        kept.append((float(place), price))
        if kept[0][0] <= place - period:
            kept.popleft()
        out.append(kept[0][1])
    return [seen + len(out), *(number for pair in kept for number in pair)], _blank_until(period, seen, out)


def _blank_until(needed: int, seen: float, out: list[float]) -> Floats:
    """NaN for the values of candles before the `needed`-th, counted from 1, when `seen` came before `out`."""
    values = np.array(out, dtype=np.float64)
    values[: max(0, min(len(out), needed - 1 - int(seen)))] = nan
    return values


FOLDS: dict[str, Fold] = {
    "close": _close,
    "ema": _ema,
    "vol": _volatility,
    "rsi": _rsi,
    "high": partial(_extreme, read=operator.attrgetter("highs"), beats=operator.ge),
    "low": partial(_extreme, read=operator.attrgetter("lows"), beats=operator.le),
}
