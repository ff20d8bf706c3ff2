"""P5: our fold beside those of rp2 and beancount, each in memory, on the same fills of one book."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time
from typing import IO

from django.core.management.base import CommandError

from accounts.domain.identity import new_id
from ledger.domain.entries import Entry, FillFacts, legs_of_fill
from ledger.domain.fold import Fold, replay
from ledger.models import Market
from ledger.operations.fills import FillReport
from trading.bench import history, world
from trading.bench.rounds import Row, Size, say
from trading.bench.world import Seat, World
from trading.domain.policy import Policy

PEERS = ("beancount", "rp2")
FILLS = 25  # for each single order of a round
NEAR = Decimal("1e-9")  # so far apart are gains that are rounded at other places
NO_PEERS = "rp2 and beancount are not installed: they are among deploy/requirements/test.txt."
SCRIPT = Path(__file__).with_name("peers.py")


def fold(size: Size, policy: Policy) -> list[Row]:
    """Fills per second of the processor. All come to the same gains: beancount before fees, rp2 after those of the purchases. What this
    process holds besides is kept from the collector, of which the others hold next to nothing."""
    entries = _entries(FILLS * size.single)
    told = json.dumps([_plain(entry.fill) for entry in entries if entry.fill])
    gc.freeze()
    rates: dict[str, list[float]] = {name: [] for name in ("ours", *PEERS)}
    with _peer("beancount", told) as beancount, _peer("rp2", told) as rp2:
        for number in range(size.rounds + 1):
            started = process_time()
            ours = replay(entries)
            seconds = {"ours": process_time() - started}
            for name, (asks, answers), gained in (("beancount", beancount, _gross(ours)), ("rp2", rp2, _gross(ours) - _entry_fees(ours))):
                seconds[name], theirs = _ask(asks, answers)
                assert abs(theirs - gained) < NEAR, f"{name} gained {theirs}, we {gained}"
            for name, took in seconds.items():
                rates[name] += [len(entries) / took] if number else []
    gc.unfreeze()
    for name, each in rates.items():
        say(f"fold, {name}: {median(each):,.0f} fills/s of {' '.join(f'{one:,.0f}' for one in each)}")
    mine = median(rates["ours"])
    return [
        Row(name=f"P5 fold / {name}", unit="fills/s", ours=mine, reference=median(rates[name]), n=len(entries), rounds=size.rounds)
        for name in PEERS
    ]


def _entries(number: int) -> list[Entry]:
    """Fills of one book that never was in a database."""
    market = Market(id=new_id(), venue=world.VENUE, symbol="BTC/USDT", base_id="BTC", quote_id="USDT")
    place = World(market, (Seat(new_id(), new_id(), new_id(), new_id()),))
    return [_entry(report) for minute in islice(history.minutes(place, fees_in_coins=False), number) for report in minute.told]


def _entry(told: FillReport) -> Entry:
    legs = legs_of_fill(told.book, told)
    return Entry(new_id(), told.wallet, "FILL", told.executed_at, "", world.ACTOR, "", legs, told, told.book, told.venue)


def _plain(fill: FillFacts) -> dict[str, str]:
    amounts = {"quantity": str(fill.quantity), "price": str(fill.price), "fee": str(fill.fee)}
    return {"side": fill.side, "at": fill.executed_at.isoformat(), **amounts}


def _gross(told: Fold) -> Decimal:
    return sum((match.proceeds - match.cost for match in told.matches), Decimal(0))


def _entry_fees(told: Fold) -> Decimal:
    return sum((match.entry_fee for match in told.matches), Decimal(0))


@contextmanager
def _peer(name: str, told: str) -> Iterator[tuple[IO[str], IO[str]]]:
    """A process that folds when it is asked, in a folder that goes with it: rp2 writes a log where it stands."""
    with TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [sys.executable, "-P", str(SCRIPT), name], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            _say(process.stdin, told)
            yield process.stdin, process.stdout
        finally:
            process.kill()
            process.wait()


def _ask(asks: IO[str], answers: IO[str]) -> tuple[float, Decimal]:
    _say(asks, "fold")
    answer = answers.readline()
    if not answer:
        raise CommandError(NO_PEERS, returncode=2)
    seconds, gained = json.loads(answer)
    return seconds, Decimal(gained)


def _say(asks: IO[str], line: str) -> None:
    try:
        asks.write(line + "\n")
        asks.flush()
    except BrokenPipeError:
        raise CommandError(NO_PEERS, returncode=2) from None
