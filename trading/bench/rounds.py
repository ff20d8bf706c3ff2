"""Rounds of a measurement and the row that comes out. It must not know what is measured."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter

import psycopg
from django.conf import settings


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much a bench does: orders and bots of a round, orders of the slow references, open sockets, rounds (the median counts); fills
    and wallets of a ledger with a past."""

    orders: int = 4_000
    single: int = 400
    bots: int = 10_000
    rounds: int = 5
    submitters: int = 8
    sockets: int = 1_000
    fills: int = 1_000_000
    wallets: int = 1_000


@dataclass(frozen=True, kw_only=True)
class Row:
    """ratio = ours / reference, each the median of its rounds; n is the number of things done in a round of ours."""

    name: str
    unit: str
    ours: float
    reference: float
    n: int
    rounds: int

    @property
    def ratio(self) -> float:
        return self.ours / self.reference if self.reference else 0.0

    def plain(self) -> dict[str, object]:
        numbers = {"ours": round(self.ours, 3), "reference": round(self.reference, 3), "ratio": round(self.ratio, 4)}
        return {"name": self.name, "unit": self.unit, **numbers, "n": self.n, "rounds": self.rounds}


def say(words: str) -> None:
    """Progress."""
    sys.stderr.write(f"bench: {words}\n")
    sys.stderr.flush()


def rates(acts: Mapping[str, Callable[[int], int]], *, rounds: int) -> list[float]:
    """Things per second of each: an act is told its round and answers how many it did. They take turns within a round, so that
    whatever else the machine has to do weighs on all alike. One round before the first is not counted."""
    found: dict[str, list[float]] = {name: [] for name in acts}
    for number in range(rounds + 1):
        for name, act in acts.items():
            started = perf_counter()
            done = act(number)
            found[name].append(done / (perf_counter() - started))
        if number == 0:
            analyse()
    for name, each in found.items():
        say(f"{name}: {median(each[1:]):,.0f}/s of {_spread(each[1:])}")
    return [median(each[1:]) for each in found.values()]


def seconds(name: str, act: Callable[[int], object], *, rounds: int) -> float:
    """Seconds of one act. One round before the first is not counted."""
    found: list[float] = []
    for number in range(rounds + 1):
        started = perf_counter()
        act(number)
        found.append(perf_counter() - started)
        if number == 0:
            analyse()
    say(f"{name}: {median(found[1:]):.3f} s of {_spread(found[1:])}")
    return median(found[1:])


def _spread(found: Sequence[float]) -> str:
    return " ".join(f"{one:,.3g}" for one in found)


def owner_connection() -> psycopg.Connection[tuple[object, ...]]:
    """A connection as the owner of the tables: for tables of anchors, and for ANALYZE. Commits at once."""
    return psycopg.connect(settings.SERVICES.owner_url, dbname=settings.DATABASES["default"]["NAME"], autocommit=True)


def analyse() -> None:
    """Let the planner know the tables, as autovacuum does within a minute of real life."""
    with owner_connection() as connection:
        connection.execute("ANALYZE")
