"""Data hygiene: whether a quote or a candle may be acted on. Pure rules that come before the gates; they must not fetch,
remember or repair anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import numpy as np

from accounts.domain.decimals import plain
from trading.domain.costs import WHOLE_BPS, Top
from trading.domain.verdicts import Verdict

GATE = "data"
MAX_SPREAD_BPS = Decimal(100)  # a book wider than one percent is no market to trade in
OUTLIER_FACTOR = 12  # k: so many median absolute deviations from the median make a close an outlier
OUTLIER_LOOKBACK = 30  # accepted closes that the median is taken of
_LEAST_DEVIATION_BPS = 4  # a market that did not move has a deviation of zero; nothing nearer than k x this is an outlier


class Sight(StrEnum):
    """What a candle is taken for. HELD: an outlier, wait for the next one. CONFIRMED: it agrees with the one held, both
    count. DROPPED: it contradicts the one held, which is left out; this one counts."""

    CLEAN = "CLEAN"
    HELD = "HELD"
    CONFIRMED = "CONFIRMED"
    DROPPED = "DROPPED"


def judge_top(*, top: Top | None, now: datetime, max_age_seconds: int, max_spread_bps: Decimal = MAX_SPREAD_BPS) -> Verdict:
    """Whether an order may be decided on this top of the book. The first breach is the one told."""
    if top is None:
        return _no("NO_QUOTE", "There is no quote of this market.")
    age = Decimal(str((now - top.at).total_seconds()))
    numbers = {"age_seconds": plain(age), "bid": plain(top.bid), "ask": plain(top.ask)}
    if age > max_age_seconds:
        numbers["max_age_seconds"] = str(max_age_seconds)
        return _no("QUOTE_STALE", "The newest quote is too old to trade on.", **numbers)
    if top.bid <= 0 or top.ask < top.bid:
        return _no("BOOK_CROSSED", "Bid and ask contradict each other.", **numbers)
    spread = round(top.spread_bps, 2)
    numbers["spread_bps"] = plain(spread)
    if spread > max_spread_bps:
        numbers["max_spread_bps"] = plain(max_spread_bps)
        return _no("SPREAD_TOO_WIDE", "Bid and ask are too far apart.", **numbers)
    return Verdict(GATE, "PASS", "", "", numbers)


def judge_sight(*, sight: Sight) -> Verdict:
    """Whether an order may be decided on a candle that was taken for this."""
    if sight is Sight.HELD:
        return _no("OUTLIER_HELD", "The newest candle lies far off the last ones; the next one confirms or drops it.")
    return Verdict(GATE, "PASS", "", "", {"candle": sight.value})


def judge_gap(*, missing: int, timeframe: str) -> Verdict:
    """Whether an order may be decided on a candle right before which so many are missing: what happened meanwhile is unknown."""
    numbers = {"missing_candles": str(missing), "timeframe": timeframe}
    if missing:
        return _no("AFTER_GAP", "Candles are missing right before this one, so nothing is opened on it.", **numbers)
    return Verdict(GATE, "PASS", "", "", numbers)


def look(*, accepted: Sequence[int], held: int | None, close: int) -> Sight:
    """What a newly closed candle is taken for. `accepted`: closes that counted so far, oldest first, of which the last
    OUTLIER_LOOKBACK are used; `held`: the close held back by the candle before. All in the same integer units.

    A close is an outlier when |close - median| > k x the median absolute deviation. One is held back only once: the next
    candle either is on the same side of the median at no less than half its distance, and confirms it, or drops it.
    """
    recent = np.asarray(accepted[-OUTLIER_LOOKBACK:], dtype=np.int64)
    if len(recent) < OUTLIER_LOOKBACK:
        return Sight.CLEAN
    median, bound = _centre_and_bound(recent)
    if held is not None:
        agrees = abs(close - median) * 2 >= abs(held - median) and (close > median) == (held > median)
        return Sight.CONFIRMED if agrees else Sight.DROPPED
    return Sight.HELD if abs(close - median) > bound else Sight.CLEAN


def sight_of(closes: Sequence[int]) -> Sight:
    """What the newest of these closes (oldest first) is taken for, the one before it being held back or not by the same rule."""
    if len(closes) <= OUTLIER_LOOKBACK + 1:
        return Sight.CLEAN
    before = look(accepted=closes[:-2], held=None, close=closes[-2])
    if before is Sight.HELD:
        return look(accepted=closes[:-2], held=closes[-2], close=closes[-1])
    return look(accepted=closes[:-1], held=None, close=closes[-1])


def _centre_and_bound(recent: np.ndarray) -> tuple[int, int]:
    ordered = np.sort(recent)
    median = int(ordered[len(ordered) // 2])
    deviation = int(np.sort(np.abs(recent - median))[len(recent) // 2])
    least = median * _LEAST_DEVIATION_BPS // WHOLE_BPS
    return median, OUTLIER_FACTOR * max(deviation, least)


def _no(code: str, sentence: str, **numbers: str) -> Verdict:
    return Verdict(GATE, "REFUSED", code, sentence, numbers)
