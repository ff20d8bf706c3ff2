"""The one position machine: signal and held position in, leg out.

Scaled integers only (prices in units of the candle's price places, fractions in millionths, times in epoch seconds), one
position at a time, no objects: so the tick calls it candle by candle and the backtest kernel can compile the same source.
"""

from __future__ import annotations

MILLION = 1_000_000

HOLD, ENTER, EXIT = 0, 1, 2
SIGNAL, STOP_LOSS, TRAILING, TAKE_PROFIT, MAX_HOLDING = 0, 1, 2, 3, 4
REASONS = ("SIGNAL", "STOP_LOSS", "TRAILING", "TAKE_PROFIT", "MAX_HOLDING")


def judge_held(
    entry: int, peak: int, opened: int, high: int, low: int, closed: int, direction: int,
    stop_ppm: int, trail_ppm: int, target_ppm: int, holding: int,
) -> tuple[int, int, int]:
    """Judge a held position on one closed candle -> (HOLD or EXIT, reason, new peak).

    The pessimistic exit comes first when a candle touches both: stop, trailing (against the peak of the candles before),
    target, holding time, signal. An exit of 0 is off. `closed` is the candle's close time, `opened` that of the position.
    """
    raised = high if high > peak else peak
    if stop_ppm and low * MILLION <= entry * (MILLION - stop_ppm):
        return EXIT, STOP_LOSS, raised
    if trail_ppm and low * MILLION <= peak * (MILLION - trail_ppm):
        return EXIT, TRAILING, raised
    if target_ppm and high * MILLION >= entry * (MILLION + target_ppm):
        return EXIT, TAKE_PROFIT, raised
    if holding and closed - opened >= holding:
        return EXIT, MAX_HOLDING, raised
    if direction < 0:
        return EXIT, SIGNAL, raised
    return HOLD, SIGNAL, raised


def judge_flat(direction: int) -> int:
    """Judge a bot without a position -> HOLD or ENTER."""
    return ENTER if direction > 0 else HOLD
