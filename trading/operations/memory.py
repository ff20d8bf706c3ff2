"""What one process keeps of a stream between ticks, and how it is read from and saved to its row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import isfinite, isnan, nan
from uuid import UUID

import numpy as np

from bots.domain.candles import COLUMNS, Window
from bots.domain.genome import Genome
from bots.domain.indicators import SeriesKey, State
from ledger.models import Market
from ledger.queries.worth import Price
from trading.domain import reading
from trading.domain.hygiene import Sight
from trading.domain.reading import Readings
from trading.domain.requests import Rules
from trading.models import Stream
from trading.queries.roster import Roster
from trading.venues import venue


def _at_once() -> None:
    """Nobody to wait for."""


@dataclass(slots=True)
class Memory:
    """Everything here can be read again from the database; it only saves doing so at each candle of a replay.

    states: indicator folds; last: their newest values; closed: close time (epoch s) of the newest ticked candle, 0 before it;
    missing: candles that are not there right before the newest one; price_places: of its candles; closes: the newest ones that
    count; held: the newest candle while it waits for the next one to confirm it; sight: what the newest was taken for;
    found_wrong: how often something was wrong with the data, by code; working: orders may wait at the venue; resting: bots whose
    entry waits there; elsewhere: prices of other markets at this time, while history is traded; turn: called before anything
    that others may see or that depends on them (a replay with several processes waits here); epoch: of the halts when last
    looked at; unfinished: close time of a tick that a process may have died in after it valued what people hold; genomes:
    distinct genomes of the roster, places: each member's place among them.
    """

    stream: Stream
    market: Market
    rules: Rules
    states: dict[SeriesKey, State] = field(default_factory=dict)
    last: dict[SeriesKey, float] = field(default_factory=dict)
    readings: Readings = field(default_factory=lambda: reading.blank([]))
    closed: int = 0
    missing: int = 0
    price_places: int = 0
    closes: list[int] = field(default_factory=list)
    held: Window | None = None
    sight: Sight = Sight.CLEAN
    found_wrong: dict[str, int] = field(default_factory=dict)
    roster: Roster | None = None
    working: bool = True
    resting: frozenset[UUID] = frozenset()
    turn: Callable[[], None] = _at_once
    epoch: int = -1
    unfinished: int = 0
    elsewhere: dict[UUID, Price] = field(default_factory=dict)
    genomes: list[Genome] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    told: set[tuple[UUID, str, int]] = field(default_factory=set)
    unsound: list[int] = field(default_factory=list)  # members whose newest signal was not a number to act on


def recall(stream: Stream) -> Memory:
    """The memory of a stream as last saved."""
    market = stream.market
    rules = venue(market.venue).rules(market=market, at=stream.ticked_at or datetime.fromtimestamp(0, tz=UTC))
    memory = Memory(stream, market, rules, closed=stream.state.get("closed", 0))
    for text, (state, value) in stream.state.get("series", {}).items():
        kind, period = text.split(":")
        memory.states[kind, int(period)] = state
        memory.last[kind, int(period)] = nan if value is None else value
    memory.closes, memory.price_places = list(stream.state.get("closes", [])), stream.state.get("places", 0)
    memory.held, memory.found_wrong = _unpacked(stream.state.get("held")), dict(stream.state.get("found_wrong", {}))
    memory.readings = reading.unpack(stream.reading)
    return memory


def save(memory: Memory, *, candle: int, now: datetime) -> None:
    """Write the memory back: from here a restart goes on."""
    stream = memory.stream
    stream.state = {
        "closed": memory.closed,
        "closes": memory.closes,
        "places": memory.price_places,
        "held": _packed(memory.held),
        "found_wrong": memory.found_wrong,
        "series": {
            f"{kind}:{period}": [state, None if isnan(memory.last[kind, period]) else memory.last[kind, period]]
            for (kind, period), state in memory.states.items()
            if all(map(isfinite, state))  # else it starts anew from stored candles
        },
    }
    stream.reading = reading.pack(memory.readings)
    stream.last_candle, stream.ticked_at = datetime.fromtimestamp(candle, tz=UTC), now
    if stream.first_candle is None:
        stream.first_candle = stream.last_candle
    stream.save(update_fields=["state", "reading", "last_candle", "first_candle", "ticked_at"])


def _packed(held: Window | None) -> list[int] | None:
    if held is None:
        return None
    return [int(getattr(held, name)[0]) for name in COLUMNS] + [held.price_places, held.volume_places, held.seconds]


def _unpacked(row: list[int] | None) -> Window | None:
    if row is None:
        return None
    columns = {name: np.array([value], dtype=np.int64) for name, value in zip(COLUMNS, row[:6], strict=True)}
    return Window(**columns, price_places=row[6], volume_places=row[7], seconds=row[8])
