"""P4: a whole tick of many bots on one market, and what a bot costs in memory."""

from __future__ import annotations

import tracemalloc
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np

from bots.domain.genome import Genome
from bots.strategies import strategy
from trading.bench import anchors, wishes, world
from trading.bench.rounds import Row, Size, rates, say, seconds
from trading.domain.policy import Policy
from trading.models import Stream
from trading.operations import feed
from trading.operations.tick import Ticked
from trading.queries import roster

MINUTE = timedelta(minutes=1)
NOBODY = Path("/nonexistent")
LIVELY: dict[str, object] = {"fast": 3, "slow": 6, "volatility": 2}  # crosses whenever the price jumps, and its edge pays
# Means of hours: no jump moves them.
QUIET: list[dict[str, object]] = [{"fast": fast, "slow": 2 * fast, "volatility": 60} for fast in range(401, 420)]
LOW, MIDDLE, HIGH = Decimal("19000.00"), Decimal("20000.00"), Decimal("21000.00")


def ticks(size: Size, policy: Policy) -> list[Row]:
    """Every twentieth bot buys at each jump up and sells at each fall: so 5 % order in each tick, and as many orders of the
    tick before are filled and booked in it. Candles are stored, bots read, and the stream's memory is saved, as live."""
    place = world.build(bots=size.bots, parameters=[LIVELY, *QUIET])
    wide = wishes.roomy(policy)
    stream = Stream.objects.create(market=place.market, timeframe=world.TIMEFRAME)
    world.store_minutes(place.market.id, [MIDDLE] * 30, since=world.START)
    clock = world.START + 30 * MINUTE
    feed.tick_stream(stream_id=stream.id, policy=wide, now=clock, data_dir=NOBODY)
    orders: list[int] = []

    def tick(number: int) -> None:
        at = clock + number * MINUTE
        world.store_minutes(place.market.id, [HIGH if number % 2 == 0 else LOW], since=at)
        done = feed.tick_stream(stream_id=stream.id, policy=wide, now=at + MINUTE, data_dir=NOBODY)
        assert isinstance(done, Ticked)
        orders.append(done.orders)

    took = seconds(f"a tick of {size.bots:,} bots", tick, rounds=2 * size.rounds)
    say(f"orders per tick: {orders}")
    assert min(orders) == size.bots // 20, "every twentieth bot orders in every tick"
    [read] = rates({"bots read": lambda _: len(_read(stream).members)}, rounds=size.rounds)
    told = {"n": size.bots, "rounds": size.rounds}
    return [
        Row(name="P4 whole tick, 5 % ordering / judging the bots as arrays", unit="s", ours=took, reference=_judging(size), **told),
        Row(name="P4 reading the bots / COPY of order rows out", unit="rows/s", ours=read, reference=_copied(size), **told),
        Row(name="P4 memory per bot / budget", unit="bytes", ours=_memory(stream, size.bots), reference=10_240, n=size.bots, rounds=1),
    ]


def _read(stream: Stream) -> roster.Roster:
    return roster.load(stream, base=stream.market.base_id, quote=stream.market.quote_id)


def _copied(size: Size) -> float:
    return rates({"order rows copied out": anchors.copy_out()}, rounds=size.rounds)[0]


def _judging(size: Size) -> float:
    """Seconds of one strategy call over as many genomes as there are bots."""
    family = strategy("ema_cross")
    genome: Genome = family.genome(LIVELY)
    series = {key: np.array([1.0, 2.0]) for key in family.series(genome)}
    genomes = [genome] * size.bots
    return seconds("judging as arrays", lambda _: family.signal(series, genomes, 1), rounds=size.rounds)


def _memory(stream: Stream, bots: int) -> float:
    """Bytes that stay allocated per bot while a tick holds its roster."""
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    held = _read(stream)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    say(f"memory per bot: {(after - before) / bots:,.0f} bytes ({len(held.members):,} bots held)")
    return (after - before) / bots
