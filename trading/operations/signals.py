"""What the strategies say at a candle: indicators are advanced once per distinct series, strategies asked once per family. One
that fails for a genome says nothing of that one, and everything of the others. It must not know bots, money or positions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import TypeVar

import numpy as np
import structlog
from numpy.typing import NDArray

from bots.domain import indicators
from bots.domain.candles import Window
from bots.domain.genome import Genome, Signals
from bots.domain.indicators import SeriesKey
from bots.strategies import Strategy, strategy
from trading.domain.boundary import Failed, attempt, halved
from trading.market import store
from trading.operations import sifting
from trading.operations.memory import Memory
from trading.queries.roster import UNREADABLE

log = structlog.get_logger()

SIGNAL = np.dtype([("direction", "i1"), ("edge_bps", "<f8"), ("ready", "i1")])
Answer = TypeVar("Answer")


def gather(memory: Memory, window: Window, *, missed: bool) -> NDArray[np.void]:
    """Advance the memory's series over the window -> a SIGNAL for each of its genomes at the newest candle. Where a strategy
    says nothing the edge is not a number: that is not to be acted on. The window is empty while its candle is held back; `missed`
    says that several candles came at once."""
    wanted = _wanted(memory.genomes)
    series = _advance(memory, window, wanted, missed=missed)
    said = np.zeros(len(memory.genomes), dtype=SIGNAL)
    said["edge_bps"] = np.nan
    for family, places in _by_family(memory.genomes, wanted).items():
        _ask(family, memory.genomes, places, series=series, said=said)
    return said


def _ask(
    family: str, genomes: list[Genome], places: list[int], *, series: dict[SeriesKey, np.ndarray], said: np.ndarray
) -> None:
    """Ask a family about these genomes in one call and write down what it says; of a culprit nothing is written."""

    def ask(part: Sequence[int]) -> None:
        found = strategy(family).signal(series, [genomes[at] for at in part], 1)
        said["direction"][part], said["edge_bps"][part], said["ready"][part] = _newest(found, len(part))

    for place, error in halved(ask, places)[1]:
        log.error("strategy.failed", genome=str(genomes[place]), exc_info=error)
        said[place] = (0, np.nan, 0)


def _newest(signals: Signals, count: int) -> tuple[np.ndarray, ...]:
    """Direction, edge and readiness at the newest candle. Raises ValueError unless there is one of each for every genome: NumPy
    would repeat a shorter answer for bots that it is not about."""
    newest = tuple(np.asarray(each)[-1] for each in (signals.direction, signals.edge_bps, signals.ready))
    if any(each.shape != (count,) for each in newest) or not np.isin(newest[0], (-1, 0, 1)).all():
        raise ValueError(f"no answer for {count} genomes: shapes {[each.shape for each in newest]}")
    return newest


def _wanted(genomes: list[Genome]) -> dict[int, tuple[SeriesKey, ...]]:
    """The series of each genome by its place. One whose strategy cannot name series that exist is left out: it says nothing."""
    found: dict[int, tuple[SeriesKey, ...]] = {}
    for place, genome in enumerate(genomes):
        if genome is UNREADABLE:
            continue
        keys = _asked(genome, lambda family, own: tuple(dict.fromkeys(family.series(own))))
        if keys is not None:
            found[place] = keys
    strange = {key for key in set(chain.from_iterable(found.values())) if not indicators.exists(key)}
    for place in [place for place, keys in found.items() if not strange.isdisjoint(keys)] if strange else ():
        log.error("strategy.unknown_series", genome=str(genomes[place]), series=str(found.pop(place)))
    return found


def _by_family(genomes: list[Genome], places: Iterable[int]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for place in places:
        found[genomes[place].family].append(place)
    return found


def _advance(
    memory: Memory, window: Window, wanted: Mapping[int, tuple[SeriesKey, ...]], *, missed: bool
) -> dict[SeriesKey, np.ndarray]:
    """Advance every series in use -> its values at the candle judged before and at the newest one; after missed ticks at the two
    newest. While a candle is held back nothing moves."""
    keys = list(dict.fromkeys(chain.from_iterable(wanted.values())))
    fresh = [key for key in keys if key not in memory.states]
    if not len(window):
        return {key: np.full(2, memory.last.get(key, np.nan)) for key in keys}
    if fresh and not memory.stream.run:
        _rebuild(memory, fresh, window, count=max(_warmup(memory.genomes[place]) for place in wanted))
    states, values = indicators.advance_all(memory.states, window, keys=keys)
    two = {
        key: found[-2:] if missed and len(found) > 1 else np.array([memory.last.get(key, np.nan), found[-1]])
        for key, found in values.items()
    }
    memory.states, memory.last = states, {key: float(found[-1]) for key, found in values.items()}
    return two


def _asked(genome: Genome, question: Callable[[Strategy, Genome], Answer]) -> Answer | None:
    """What its strategy answers about one genome; None, told to the log, where it fails."""
    answer = attempt(lambda: question(strategy(genome.family), genome))
    if isinstance(answer, Failed):
        log.error("strategy.failed", genome=str(genome), exc_info=answer.error)
        return None
    return answer


def _warmup(genome: Genome) -> int:
    """How far back this genome wants its series rebuilt; a strategy that cannot say has no say."""
    return _asked(genome, lambda family, own: int(family.warmup(own))) or 1


def _rebuild(memory: Memory, fresh: list[SeriesKey], window: Window, *, count: int) -> None:
    """Start series that this stream has not folded yet from `count` stored candles: enough for the past to have faded."""
    before = datetime.fromtimestamp(int(window.times[0]) - 1, tz=UTC)
    past = store.window(market_id=memory.market.id, timeframe=memory.stream.timeframe, until=before, count=count)
    past = sifting.counting(past)
    if len(past):
        states, values = indicators.advance_all({}, past, keys=fresh)
        memory.states |= states
        memory.last |= {key: float(found[-1]) for key, found in values.items()}
