"""One worker of a replay: the streams dealt to it, ticked in the run's one order of time.

Each stream is ticked at every candle of its span. What concerns others waits for its turn (see `turns`), and before it the
stream is saved: a tick that wrote anything is the first one that a resumed run ticks again, and each of its parts is done once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial

from accounts.domain.refusals import Conflict, Malformed
from bots.domain.candles import Window, timeframe_seconds
from bots.queries import halts as halt_queries
from trading.domain import chronology
from trading.domain.chronology import Tape
from trading.domain.costs import Top
from trading.domain.policy import Policy
from trading.market import store
from trading.models import Stream
from trading.operations import memory as memories
from trading.operations import stages
from trading.operations.feed import alone
from trading.operations.memory import Memory
from trading.operations.tick import tick
from trading.operations.turns import NEVER, Turns
from trading.queries import replays

SAVE_EVERY = 500  # candles between two savings of a stream on which nothing happens
TELL_EVERY = 250  # candles between two words about progress
MOST_STREAMS = 1024
MOST_WORKERS = 8

Counts = Counter[str]
Tell = Callable[[Counts, datetime], None]
Between = Callable[[], None]  # may raise: never within a tick, whose transactions it would look like an error of


@dataclass(frozen=True, slots=True)
class Reel:
    """A stream of a run and the candles that it is to tick: open times of the first and the last one."""

    stream: Stream
    first: datetime
    last: datetime

    def tape(self) -> Tape:
        """Its candles, also those that were ticked before."""
        return Tape.of(self.stream.market_id, self._since(self.first))

    def candles(self) -> int:
        """How many candles it has, also those that were ticked before."""
        return len(self._since(self.first))

    def left(self) -> int:
        """How many candles are still to be ticked."""
        done = self.stream.last_candle
        return len(self._since(self.first if done is None else done + timedelta(seconds=1)))

    def reached(self) -> datetime:
        """Up to when it need not be ticked again."""
        done = self.stream.last_candle
        return self.first if done is None else done + timedelta(seconds=timeframe_seconds(self.stream.timeframe))

    def _since(self, since: datetime) -> Window:
        market, timeframe = self.stream.market_id, self.stream.timeframe
        return store.between(market_id=market, timeframe=timeframe, since=since, until=self.last + timedelta(seconds=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How the streams of a run are ticked. workers: processes, at most one per stream; redeliver: ticks with orders on each candle
    whose number it divides are delivered twice, as a broker that delivers at least once may do (0: never)."""

    policy: Policy
    workers: int = 1
    redeliver: int = 0

    def check(self) -> None:
        """Malformed BAD_WORKERS, BAD_REDELIVER."""
        if not 1 <= self.workers <= MOST_WORKERS:
            raise Malformed("BAD_WORKERS", f"A replay has 1 to {MOST_WORKERS} workers.")
        if self.redeliver < 0:
            raise Malformed("BAD_REDELIVER", "Redelivery is every how many candles, or 0 for never.")


@dataclass(slots=True)
class Track:
    """A reel as one worker plays it. `unsaved`: candles ticked since the stream was saved."""

    memory: Memory
    window: Window
    manner: Manner
    before: Memory
    unsaved: int = 0

    def tick(self, index: int, *, at: datetime, wait: Callable[[], None]) -> Counts:
        """Tick the candle at `index`; `wait` comes back when it is this tick's turn to write."""
        memory, candle = self.memory, self.window.part(index, index + 1)
        opened = int(candle.times[0])
        memory.turn = partial(self._turn, opened - candle.seconds, wait)
        if memory.unfinished == int(at.timestamp()):  # its trades may have been counted and not judged
            memory.turn()
            stages.review(replays.traded_since(stream=memory.stream, since=opened), now=at)
        self.before = copy(memory)
        done = tick(memory, candle, policy=self.manner.policy, now=at, top=top_of(memory, candle, now=at))
        counts = Counter(ticks=1, fills=done.fills, trades=done.trades)
        if done.orders and self.manner.redeliver and opened // candle.seconds % self.manner.redeliver == 0:
            self.before.roster = None
            tick(self.before, candle, policy=self.manner.policy, now=at, top=top_of(memory, candle, now=at))
            counts["redelivered"] += 1
        self.unsaved += 1
        if done.eventful or self.unsaved >= SAVE_EVERY or index == len(self.window) - 1:
            self._save(memory, opened)
        return counts

    def _turn(self, last: int, wait: Callable[[], None]) -> None:
        if self.unsaved:
            self._save(self.before, last)
        wait()
        if any(veto.level == "HALTED" for veto in halt_queries.standing().matching(scope="GLOBAL")):
            raise Conflict("HALTED", "An emergency stop is in force. Once it is lifted, the same command with the same --run goes on.")
        if replays.stopped(stream=self.memory.stream):
            raise Conflict("STOPPED", "An emergency stop has paused bots of this run. The same command with the same --run goes on.")

    def _save(self, memory: Memory, candle: int) -> None:
        memories.save(memory, candle=candle, now=datetime.fromtimestamp(candle + self.window.seconds, tz=UTC))
        self.unsaved = 0


def play(
    number: int, tell: Tell, *, reels: Sequence[Reel], manner: Manner, turns: Turns, workers: int, between: Between
) -> None:  # fmt: skip
    """Tick the streams dealt to worker `number`: every `workers`-th. The others give their prices. `between` is called before each
    tick. Conflict RUN_BUSY."""
    mine = range(number, len(reels), workers)
    with to_oneself([reels[place] for place in mine]):
        tapes = [reel.tape() for reel in reels]
        tracks = {place: _track(reels[place].stream, tapes[place].window, manner) for place in mine}
        _walk(number, tell, tapes=tapes, tracks=tracks, turns=turns, between=between)


@contextmanager
def to_oneself(reels: Sequence[Reel]) -> Iterator[None]:
    """Conflict RUN_BUSY unless no other process is at these streams; nobody can come to them while this holds."""
    with ExitStack() as held:
        if not all(held.enter_context(alone(reel.stream.id)) for reel in reels):
            raise Conflict("RUN_BUSY", "Another process is at this run. Wait for it, or choose another name.")
        yield


def _walk(
    number: int, tell: Tell, *, tapes: Sequence[Tape], tracks: dict[int, Track], turns: Turns, between: Between
) -> None:  # fmt: skip
    counts: Counts = Counter()
    at = datetime.fromtimestamp(0, tz=UTC)
    for step in chronology.steps(tapes):
        at = step.at
        for place, index in _own(step.due, tracks):
            between()
            key = step.closed * MOST_STREAMS + place
            turns.reach(number, key)
            tracks[place].memory.elsewhere = step.prices
            counts += tracks[place].tick(index, at=at, wait=partial(turns.wait, number, key))
            if counts["ticks"] >= TELL_EVERY:
                tell(counts, at)
                counts = Counter()
    turns.reach(number, NEVER)
    tell(counts, at)


def _own(due: Collection[tuple[int, int]], tracks: dict[int, Track]) -> list[tuple[int, int]]:
    """What is due of these tracks and was not ticked by an earlier session."""
    return [
        (place, index) for place, index in due if place in tracks and int(tracks[place].window.times[index]) >= tracks[place].memory.closed
    ]


def _track(stream: Stream, window: Window, manner: Manner) -> Track:
    memory = memories.recall(stream)
    memory.unfinished = replays.last_valued(stream=stream)
    return Track(memory, window, manner, memory)


def top_of(memory: Memory, candle: Window, *, now: datetime) -> Top:
    """Recorded candles have no book: the close with the venue's half spread on both sides."""
    price = Decimal(int(candle.close[-1])).scaleb(-candle.price_places)
    half = price * memory.rules.half_spread_bps / 10_000
    return Top(bid=price - half, ask=price + half, at=now)
