"""The candles of several markets in one order of time: close time by close time, then by the place of their tape. Pure.

A person's money lies in many markets: what it was worth at a moment needs the prices of that moment in all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import numpy as np

from bots.domain.candles import Window
from trading.domain import hygiene
from trading.domain.hygiene import Sight

Price = tuple[Decimal, datetime]


@dataclass(frozen=True, slots=True)
class Tape:
    """Candles of one market in one timeframe, ascending, and what a coin counts for at each: its close, or while that is held back as
    an outlier the one before."""

    market: UUID
    window: Window
    worth: Sequence[int]

    @classmethod
    def of(cls, market: UUID, window: Window, *, accepted: Sequence[int] = (), held: int | None = None) -> Tape:
        """`accepted` and `held`: the closes before it that counted and the one that waits, as for `hygiene.sift`."""
        worth = list(accepted[-1:])
        closes = window.close.tolist()
        for close, sight in zip(closes, hygiene.sift(accepted=accepted, held=held, closes=closes).sights, strict=True):
            worth.append(worth[-1] if sight is Sight.HELD else close)
        return cls(market, window, worth[len(worth) - len(closes) :])


@dataclass(frozen=True, slots=True)
class Step:
    """What closes at one time. due: (place of the tape, index of its candle) in the order of the places; prices: what every
    market's coin counts for by then, one mapping that later steps go on filling."""

    closed: int
    at: datetime
    due: list[tuple[int, int]]
    prices: dict[UUID, Price]


def steps(tapes: Sequence[Tape]) -> Iterator[Step]:
    """All candles of all tapes. Where two tapes of one market close at the same time the earlier place tells its price."""
    if not tapes:
        return
    closes = np.concatenate([tape.window.times + tape.window.seconds for tape in tapes])
    places = np.concatenate([np.full(len(tape.window), place) for place, tape in enumerate(tapes)])
    indices = np.concatenate([np.arange(len(tape.window)) for tape in tapes])
    order = np.lexsort((places, closes))
    cuts = np.flatnonzero(np.diff(closes[order])) + 1
    prices: dict[UUID, Price] = {}
    for part in np.split(order, cuts) if len(order) else ():
        due = list(zip(places[part].tolist(), indices[part].tolist(), strict=True))
        closed = int(closes[part[0]])
        at = datetime.fromtimestamp(closed, tz=UTC)
        for place, index in reversed(due):
            tape = tapes[place]
            prices[tape.market] = (Decimal(tape.worth[index]).scaleb(-tape.window.price_places), at)
        yield Step(closed, at, due, prices)
