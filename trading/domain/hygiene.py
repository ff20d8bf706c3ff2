"""Data hygiene: whether a quote or a candle may be acted on. Pure rules that come before the gates; they must not fetch,
remember or repair anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from accounts.domain.decimals import plain
from trading.domain.costs import WHOLE_BPS, Top
from trading.domain.verdicts import Verdict

GATE = "data"
MAX_SPREAD_BPS = Decimal(100)  # a book wider than one percent is no market to trade in
OUTLIER_FACTOR = 12  # k: so many median absolute moves away a close is an outlier
OUTLIER_LOOKBACK = 30  # accepted closes that both medians are taken of
_LEAST_MOVE_BPS = 8  # a market that did not move has a median move of zero; nothing nearer than k x this is an outlier
# Tried on three recorded files: of 1,600 planted one-minute spikes of 5 to 50 % none passes, and 25 of 60,480 real minutes with a
# bank panic and a lost peg are held, 23 of them confirmed. A deviation of the closes themselves is wide in a trend, where it let
# spikes pass; the move from close to close is not.


class Sight(StrEnum):
    """What a candle is taken for. HELD: an outlier, wait for the next one. CONFIRMED: it agrees with the one held, both
    count. DROPPED: it contradicts the one held, which is left out; this one counts. A HELD after a HELD drops that one too."""

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

    A close is an outlier when it lies farther than k x the median absolute deviation from its predecessor (the median move) off
    the median close and off the last one, so that a market that has moved for good is held up once. A held one waits for one
    candle: that confirms it when it is on the same side of the median, at no less than half its distance and no farther from it
    than it is from the median. If not, the held one is dropped, and the new one is taken for what it is itself.
    """
    recent = accepted[-OUTLIER_LOOKBACK:]
    if len(recent) < OUTLIER_LOOKBACK:
        return Sight.CLEAN
    median, bound = _centre_and_bound(recent)
    if held is not None and _agrees(close, held, median=median, bound=bound):
        return Sight.CONFIRMED
    if min(abs(close - median), abs(close - recent[-1])) > bound:
        return Sight.HELD
    return Sight.CLEAN if held is None else Sight.DROPPED


def _agrees(close: int, held: int, *, median: int, bound: int) -> bool:
    away = abs(held - median)
    return (close > median) == (held > median) and abs(close - median) * 2 >= away and abs(close - held) <= max(away, bound)


@dataclass(frozen=True, slots=True)
class Sifted:
    """What became of candles: a sight each, the newest closes that count from now on, the close that waits."""

    sights: list[Sight]
    accepted: list[int]
    held: int | None


def sift(*, accepted: Sequence[int], held: int | None, closes: Sequence[int]) -> Sifted:
    """Look at each of `closes` in turn. What is held back counts once the next candle has confirmed it, and never when that one
    drops it."""
    counted, sights = list(accepted), []
    for close in closes:
        sight = look(accepted=counted, held=held, close=close)
        if sight is Sight.CONFIRMED and held is not None:
            counted.append(held)
        held = close if sight is Sight.HELD else None
        if held is None:
            counted.append(close)
        counted = counted[-OUTLIER_LOOKBACK:]
        sights.append(sight)
    return Sifted(sights, counted, held)


def _centre_and_bound(recent: Sequence[int]) -> tuple[int, int]:
    """Median close, and the distance at which a close becomes an outlier."""
    median = sorted(recent)[len(recent) // 2]
    moves = sorted([abs(after - before) for before, after in pairwise(recent)])
    return median, OUTLIER_FACTOR * max(moves[len(moves) // 2], median * _LEAST_MOVE_BPS // WHOLE_BPS)


def _no(code: str, sentence: str, **numbers: str) -> Verdict:
    return Verdict(GATE, "REFUSED", code, sentence, numbers)
