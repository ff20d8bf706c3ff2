"""SIGKILL to each part of the platform in mid-run, on durable servers: nothing that was promised is lost, nothing is done twice,
and the work goes on. The promises are those of people who order over HTTP all the while.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from amarktai.tests.faults import books
from amarktai.tests.faults.stage import Stage
from amarktai.tests.faults.traders import Trader

pytestmark = [pytest.mark.faults, pytest.mark.enable_socket]
ROUNDS = 2
LONGEST_S = 2.0  # between two kills at most, once work goes on


def kill_and_start(name: str) -> Callable[[Stage], None]:
    def act(stage: Stage) -> None:
        stage.kill(name)
        stage.start(name)

    return act


KILLS: dict[str, Callable[[Stage], None]] = {
    "web": kill_and_start("web"),
    "worker": kill_and_start("worker"),
    "a process of the worker": Stage.kill_child_of_worker,
    "beat": kill_and_start("beat"),
    "database": lambda stage: stage.kill("postgres"),
    "broker": lambda stage: stage.kill("valkey"),
    "broker emptied": Stage.empty_broker,
}


def work_done(stage: Stage, traders: list[Trader]) -> tuple[int, int, int]:
    """Candles ticked so far, fills, and orders that people were told of."""
    [(ticked,)] = stage.ask("SELECT coalesce(sum(extract(epoch FROM last_candle)), 0)::bigint FROM trading_stream")
    return ticked, stage.number("SELECT count(*) FROM ledger_fill"), sum(len(trader.promised) for trader in traders)


def goes_on(stage: Stage, traders: list[Trader]) -> None:
    """Wait until each kind of work has been seen."""
    before = work_done(stage, traders)
    stage.until(lambda: all(now > then for now, then in zip(work_done(stage, traders), before, strict=True)))


@pytest.mark.parametrize("killed", KILLS)
def test_whoever_is_killed_nothing_is_lost_or_done_twice_and_the_work_goes_on(
    killed: str, stage: Stage, traders: list[Trader]
) -> None:
    seed = random.randrange(10**9)
    print("seed", seed)
    dice = random.Random(seed)
    for trader in traders:
        trader.go_on()
    goes_on(stage, traders)
    for _ in range(ROUNDS):
        time.sleep(dice.uniform(0, LONGEST_S))
        KILLS[killed](stage)
        goes_on(stage, traders)
        assert books.flaws(stage) == {}

    for trader in traders:
        trader.rest()
    stage.until(lambda: all(trader.idle.is_set() for trader in traders))
    last = datetime.now(UTC)
    stage.until(lambda: stage.ask(books.UNDER_WAY, last) == [])  # what a dead sender left is found after its lease

    assert [wrong for trader in traders for wrong in trader.wrong] == []
    assert books.lost(stage, [one for trader in traders for one in trader.promised]) == []
    assert books.flaws(stage) == {}
    proof = stage.proof()
    assert proof["ok"], proof
    print(killed, sum((trader.seen for trader in traders), Counter()))
