"""Indicator series as folds (state, candle) -> state, keyed by kind and period, so that everybody computes the same bits.

A fold gives the same bits whether it is advanced by one candle or by thousands: each step is the same float operation in
the same order. A state is a list of floats that survives JSON. A series has no value (NaN) before its period is full.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from math import nan

import numpy as np

from bots.domain.candles import Floats, Window

SeriesKey = tuple[str, int]
State = list[float]

BPS = 1e4


def start(key: SeriesKey, first: Window) -> State:
    """The state before the first candle of `first`: advancing over that candle comes next and counts as the first."""
    return [0.0, float(first.closes()[0]), 0.0]


def advance(key: SeriesKey, state: State, window: Window) -> tuple[State, Floats]:
    """The state after the window's last candle, and the value at the close of each of its candles."""
    kind, period = key
    return _FOLDS[kind](state, window.closes(), period)


def advance_all(
    states: Mapping[SeriesKey, State], window: Window, *, keys: Iterable[SeriesKey]
) -> tuple[dict[SeriesKey, State], dict[SeriesKey, Floats]]:
    """`advance` for each of `keys`; a key without a state starts with the window's first candle."""
    after: dict[SeriesKey, State] = {}
    values: dict[SeriesKey, Floats] = {}
    closes = window.closes()
    for key in keys:
        kind, period = key
        state = states.get(key) or start(key, window)
        after[key], values[key] = _FOLDS[kind](state, closes, period)
    return after, values


def _ema(state: State, closes: Floats, period: int) -> tuple[State, Floats]:
    """Exponential mean of the closes, weight 2 / (period + 1), seeded by the first close.
    State: candles seen, the mean, unused."""
    seen, mean, _ = state
    weight = 2.0 / (period + 1)
    out = []
    for close in closes.tolist():
        mean += weight * (close - mean)
        out.append(mean)
    return [seen + len(out), mean, 0.0], _blank_until(period, seen, out)


def _volatility(state: State, closes: Floats, period: int) -> tuple[State, Floats]:
    """Exponential mean of the absolute move from close to close, in bps of the earlier close, seeded by the first move.
    State: candles seen, the last close, the mean."""
    seen, last, mean = state
    weight = 2.0 / (period + 1)
    out = []
    for count, close in enumerate(closes.tolist(), start=int(seen)):
        move = abs(close / last - 1.0) * BPS
        mean = move if count == 1 else mean + weight * (move - mean)
        last = close
        out.append(mean)
    return [seen + len(out), last, mean], _blank_until(period + 1, seen, out)


def _blank_until(needed: int, seen: float, out: list[float]) -> Floats:
    """NaN for the values of candles before the `needed`-th, counted from 1, when `seen` came before `out`."""
    values = np.array(out, dtype=np.float64)
    values[: max(0, min(len(out), needed - 1 - int(seen)))] = nan
    return values


_FOLDS: dict[str, Callable[[State, Floats, int], tuple[State, Floats]]] = {"ema": _ema, "vol": _volatility}
