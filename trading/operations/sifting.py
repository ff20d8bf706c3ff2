"""Which candles of a stream count: an outlier is held back until the next candle confirms or drops it. Each is counted and told.

What is left out reaches no indicator, no strategy and no valuation; orders at the venue are matched against it all the same,
and exits are judged on it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import structlog

from bots.domain.candles import Window
from trading.domain import hygiene
from trading.domain.hygiene import Sight
from trading.operations.memory import Memory

log = structlog.get_logger()


def sift(memory: Memory, window: Window) -> Window:
    """The candles that count now, oldest first: those of `window`, and before them the one that was held back and is confirmed."""
    if memory.price_places != window.price_places:  # its closes and the one it holds are counted in other units
        memory.closes, memory.held = [], None
    absent = _absent(window, after=memory.closed)
    if absent:
        note(memory, {"CANDLE_MISSING": absent})
    waited = memory.held
    found = hygiene.sift(
        accepted=memory.closes, held=None if waited is None else int(waited.close[0]), closes=[int(close) for close in window.close]
    )
    memory.closes, memory.sight = found.accepted, found.sights[-1]
    memory.held = window.part(-1) if found.held is not None else None
    if waited is None and set(found.sights) == {Sight.CLEAN}:
        return window
    _tell(memory, window, found.sights)
    kept = _kept(window, found.sights)
    return waited.then(kept) if waited is not None and found.sights[0] is Sight.CONFIRMED else kept


def counting(past: Window) -> Window:
    """The candles of a stored stretch that count."""
    return _kept(past, hygiene.sift(accepted=[], held=None, closes=[int(close) for close in past.close]).sights)


def _absent(window: Window, *, after: int) -> int:
    """How many candles are not there in the window and before it; `after`: close time of the candle before, 0 when there is none."""
    before = max(int(window.times[0]) - after, 0) // window.seconds if after else 0
    return before + int(window.times[-1] - window.times[0]) // window.seconds + 1 - len(window)


def _kept(window: Window, sights: Sequence[Sight]) -> Window:
    """A held one counts when the candle after it confirmed it; all others do."""
    after = [*sights[1:], None]
    counts = [sight is not Sight.HELD or follows is Sight.CONFIRMED for sight, follows in zip(sights, after, strict=False)]
    return window.chosen(np.array(counts, dtype=np.bool_))


def _tell(memory: Memory, window: Window, sights: Sequence[Sight]) -> None:
    tell = log.debug if memory.stream.run else log.warning
    for at, sight in enumerate(sights):
        if sight is not Sight.CLEAN:
            tell(f"candle.{sight.lower()}", market=str(memory.market), candle=int(window.times[at]), close=int(window.close[at]))
    note(memory, [f"CANDLE_{sight}" for sight in sights if sight is not Sight.CLEAN])


def note(memory: Memory, codes: Sequence[str] | Mapping[str, int]) -> None:
    """Count what was found wrong with the data of this stream; the counts are kept with it."""
    memory.found_wrong = dict(Counter(memory.found_wrong) + Counter(codes))
