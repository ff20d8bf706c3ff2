"""PostgreSQL is stopped at once, again and again, under people who book: what the ledger has acknowledged is there, once."""

from __future__ import annotations

import json
import random
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest

from amarktai.tests.faults.stage import Stage

pytestmark = [pytest.mark.faults, pytest.mark.enable_socket]
STOPS = 20
BOOKS = 2  # of each of two wallets: booking meets others in its wallet and in the other
LONGEST_S = 0.5  # between two stops at most, once everybody books
BOOK = "from amarktai.tests.faults import booking; booking.main({book!r}, seed={seed})"


class Booking(Thread):
    """A process that books, and what it was told so far: trade id -> entry."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        super().__init__(daemon=True)
        self.process, self.told, self.otherwise = process, dict[str, str](), list[str]()

    def run(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            for trade, entry in json.loads(line).items():
                if self.told.setdefault(trade, entry) != entry:
                    self.otherwise.append(trade)


@contextmanager
def crowd(ledger: Stage, dice: random.Random) -> Iterator[list[Booking]]:
    """Somebody who books for each book, until this ends; then each has ended well."""
    books = json.loads(ledger.run(f"from amarktai.tests.faults import booking; booking.seed({BOOKS})"))
    found = [Booking(ledger.begin(BOOK.format(book=book, seed=dice.randrange(10**9)))) for book in books]
    for one in found:
        one.start()
    try:
        yield found
    finally:
        for one in found:
            assert one.process.stdin is not None
            one.process.stdin.close()
        for one in found:
            one.join()
            assert one.process.stderr is not None
            complained = one.process.stderr.read()
            assert one.process.wait() == 0, complained


def everybody_books(ledger: Stage, found: list[Booking]) -> None:
    """Wait until each was told of something new."""
    before = [len(one.told) for one in found]
    ledger.until(lambda: all(len(one.told) > had or not one.is_alive() for one, had in zip(found, before, strict=True)))


def test_no_acknowledged_fact_is_lost_and_none_is_doubled_by_twenty_immediate_stops(ledger: Stage) -> None:
    seed = random.randrange(10**9)
    print("seed", seed)
    dice = random.Random(seed)
    starts = set()
    with crowd(ledger, dice) as found:
        for _ in range(STOPS):
            everybody_books(ledger, found)
            starts |= set(ledger.ask("SELECT pg_postmaster_start_time()"))
            time.sleep(dice.uniform(0, LONGEST_S))
            ledger.stop_database_at_once()
        everybody_books(ledger, found)

    told = {trade: entry for one in found for trade, entry in one.told.items()}
    stored = ledger.ask("SELECT trade_id, entry_id::text FROM ledger_fill")
    print(len(told), "told,", len(stored), "stored")
    assert len(starts) == STOPS
    assert [one.otherwise for one in found] == [[]] * len(found)
    assert [trade for trade, times in Counter(trade for trade, _ in stored).items() if times > 1] == []
    assert told.items() - set(stored) == set()
    proof = ledger.proof()
    assert proof["ok"], proof
    assert proof["fills"] == len(stored)
