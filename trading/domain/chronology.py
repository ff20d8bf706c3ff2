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

Price = tuple[Decimal, datetime]


@dataclass(frozen=True, slots=True)
class Tape:
    """Candles of one market in one timeframe, ascending."""

    market: UUID
    window: Window


@dataclass(frozen=True, slots=True)
class Step:
    """What closes at one time. due: (place of the tape, index of its candle) in the order of the places; prices: the newest close
    of every market by then, one mapping that later steps go on filling."""

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
            window = tapes[place].window
            prices[tapes[place].market] = (Decimal(int(window.close[index])).scaleb(-window.price_places), at)
        yield Step(closed, at, due, prices)
