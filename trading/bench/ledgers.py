"""P5: a ledger with a past, proven as `verify_ledger` does it, and what one more fill costs early and late in that past."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from time import perf_counter

from accounts.queries import sql
from ledger.operations import fills
from trading.bench import anchors, history
from trading.bench.history import Minute
from trading.bench.rounds import Row, Size, analyse, say
from trading.domain.policy import Policy
from trading.operations import ledger_proof

MILLION = 1_000_000
SECONDS = 20.0  # for a million fills
GIGABYTES = 2.0
EARLY = 1_000  # fills in the ledger
TABLES = ("ledger_journalentry", "ledger_fill", "ledger_posting", "ledger_lot", "ledger_lotmatch")
_WORK = """
SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)),
    sum(heap_blks_read + heap_blks_hit + coalesce(idx_blks_read + idx_blks_hit, 0) + coalesce(toast_blks_read + toast_blks_hit, 0))
FROM pg_stat_user_tables JOIN pg_statio_user_tables USING (relid)
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of booking one fill alone: the median of how long it takes in bare transactions of that moment (the machine has other work at other
    times), and the rows and buffers that the tables gave for it."""

    transactions: float
    rows: float
    buffers: float


def verify(size: Size, policy: Policy) -> list[Row]:
    """Fills over wallets, each of which is proven with all that is derived from it, beside reading and hashing the same rows once."""
    place = history.begin(wallets=size.wallets)
    coming = history.minutes(place)
    number = max(size.fills // len(place.seats), 4)
    first = max(EARLY // len(place.seats), 1)
    history.live(place, coming, number=first)
    early = _one_by_one(coming, count=size.single)
    history.live(place, coming, number=max(number - first - 2, 1))
    late = _one_by_one(coming, count=size.single)
    analyse()
    copied = _seconds_of_copy()
    processes = os.cpu_count() or 1
    started, load = perf_counter(), os.getloadavg()[0]
    verdict = ledger_proof.prove(processes=processes, now=datetime.now(UTC))
    took = perf_counter() - started
    assert verdict.ok, verdict.first_difference
    say(f"{verdict.fills:,} fills of {verdict.wallets:,} wallets proven in {took:.1f} s by {processes} processes; load {load:.1f} before")
    told = {"n": verdict.fills, "rounds": 1}
    share = verdict.fills / MILLION
    return [
        Row(name="P5 verify / COPY out and sha256 of the same rows", unit="s", ours=took, reference=copied, **told),
        Row(name=f"P5 verify / {SECONDS:.0f} s a million fills", unit="s", ours=took, reference=SECONDS * share, **told),
        Row(name=f"P5 memory of the proof / {GIGABYTES:.0f} GB", unit="GB", ours=_gigabytes(processes), reference=GIGABYTES, **told),
        *_compared(early, late, fills_before=verdict.fills, n=size.single),
    ]


def _one_by_one(coming: Iterator[Minute], *, count: int) -> Cost:
    """Book a minute, its first fills each in a transaction of its own."""
    analyse()
    minute = next(coming)
    took: list[float] = []
    bare: list[float] = []
    before = _work()
    for report in minute.told[:count]:
        started = perf_counter()
        fills.record([report], now=minute.at)
        took.append(1_000 * (perf_counter() - started))
        bare.append(anchors.bare_transaction())
    say(f"a fill alone: {median(took):.2f} ms, a bare transaction {median(bare):.2f} ms")
    rows, buffers = (after - now for after, now in zip(_work(), before, strict=True))
    fills.record(minute.told[count:], now=minute.at)
    return Cost(median(took) / median(bare), rows / len(took), buffers / len(took))


def _work() -> tuple[int, int]:
    """Rows and buffers that the tables have given so far."""
    sql.fetch("SELECT pg_stat_force_next_flush()")
    [(rows, buffers)] = sql.fetch(_WORK)
    return int(rows), int(buffers)


def _compared(early: Cost, late: Cost, *, fills_before: int, n: int) -> list[Row]:
    when, told = f"at fill {fills_before:,} / at fill {EARLY:,}", {"n": n, "rounds": 1}
    booking = f"P5 booking a fill, in bare transactions, {when}"
    return [
        Row(name=booking, unit="x", ours=late.transactions, reference=early.transactions, **told),
        Row(name=f"P5 rows read for it {when}", unit="rows", ours=late.rows, reference=early.rows, **told),
        Row(name=f"P5 buffers read for it {when}", unit="buffers", ours=late.buffers, reference=early.buffers, **told),
    ]


def _seconds_of_copy() -> float:
    started = perf_counter()
    say(f"{anchors.copy_and_hash(TABLES):,} rows copied out and hashed")
    return perf_counter() - started


def _gigabytes(processes: int) -> float:
    """At most what the proof held at once: the largest of its processes, as often as there were, and this one."""
    own, child = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return (own + processes * child) / 1024**2
