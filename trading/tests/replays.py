"""A small replay for tests: 600 wild minutes from a fixed seed and six bots, opened and run here or in a process that dies."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from multiprocessing import current_process
from typing import Any

import numpy as np
from django.conf import settings
from django.db import connection

from bots.domain.candles import Window
from bots.domain.exits import Exits
from ledger.models import Market, Wallet
from trading.domain.policy import Policy
from trading.domain.replay_plans import Plan
from trading.market import blocks, store
from trading.models import ReplayRun
from trading.operations import ledger_proof, replay
from trading.operations.crew import WorkerLost
from trading.operations.replay import Part, Run
from trading.operations.replay_worker import Counts, Manner
from trading.tests import builders, market_builders
from trading.tests.builders import NOON

MINUTES = 600
PLANS = tuple(
    Plan(
        name=f"{number} {fast}/{slow}", strategy="ema_cross", parameters={"fast": fast, "slow": slow, "volatility": 5}, exits=exits,
        capital=Decimal(10_000),
    )
    for number, (fast, slow, exits) in enumerate((
        (5, 20, Exits(stop_loss=Decimal("0.02"), take_profit=Decimal("0.03"))), (5, 20, Exits(trailing=Decimal("0.02"))),
        (8, 30, Exits(stop_loss=Decimal("0.01"), max_holding=1_200)), (3, 50, Exits()), (10, 20, Exits(take_profit=Decimal("0.01"))),
        (4, 40, Exits(stop_loss=Decimal("0.05"))),
    ))
)  # fmt: skip


SYMBOLS = ("BTC/USDT", "ETH/USDT")


def candles(*symbols: str) -> None:
    """Store a walk for each market (the first one without any) whose minutes move by 1.5 % on average, with quiet ones and some
    without volume; of the first market also its five minutes."""
    for number, symbol in enumerate(symbols or SYMBOLS[:1]):
        window = _walk(seed=20260302 + number)
        market = market_builders.market(symbol=symbol)
        store.append(market_id=market.id, timeframe="1m", window=window)
        if number == 0:
            store.append(market_id=market.id, timeframe="5m", window=_fives(window))


def _walk(*, seed: int) -> Window:
    seeded = np.random.default_rng(seed)
    closes = (20_000 * np.exp(np.cumsum(seeded.normal(0.0002, 0.015, MINUTES)))).astype(int).tolist()
    rows: list[builders.Row] = []
    for at, close in enumerate(closes):
        opened = closes[max(at - 1, 0)]
        reach = int(seeded.integers(0, 100))
        rows.append((opened, max(opened, close) + reach, min(opened, close) - reach, close, 0 if at % 17 == 5 else 1_000))
    return builders.window(rows)


def _fives(minutes: Window) -> Window:
    """The same walk in candles of five minutes."""
    five = slice(None, None, 5), slice(4, None, 5)
    columns = (
        minutes.times[five[0]], minutes.open[five[0]], minutes.high.reshape(-1, 5).max(1), minutes.low.reshape(-1, 5).min(1),
        minutes.close[five[1]], minutes.volume.reshape(-1, 5).sum(1),
    )  # fmt: skip
    return blocks.window_of(np.array(columns).T, price_places=minutes.price_places, volume_places=minutes.volume_places, seconds=300)


def part(symbol: str, plans: Sequence[Plan], timeframe: str = "1m") -> Part:
    """All candles of a market."""
    found = Market.objects.select_related("base", "quote").get(venue="recorded", symbol=symbol)
    last = NOON + timedelta(minutes=MINUTES)
    named = [replace(plan, name=f"{symbol} {timeframe} {plan.name}") for plan in plans] if symbol != SYMBOLS[0] or timeframe != "1m" else plans
    return Part(market=found, timeframe=timeframe, first=NOON, last=last, plans=named)


def both(plans: Sequence[Plan] = PLANS) -> tuple[Part, ...]:
    """Two markets, the first one in two timeframes."""
    return part(SYMBOLS[0], plans), part(SYMBOLS[1], plans), part(SYMBOLS[0], plans[:2], "5m")


def open_run(name: str, plans: tuple[Plan, ...] = PLANS, *, parts: Sequence[Part] = (), between: Any = lambda: None) -> Run:
    parts = parts or (part(SYMBOLS[0], plans),)
    wishes = {"plans": [plan.name for each in parts for plan in each.plans]}
    return replay.open_run(name=name, parts=parts, wishes=wishes, now=NOON + timedelta(days=1), between=between)


def run(
    name: str, *, plans: tuple[Plan, ...] = PLANS, parts: Sequence[Part] = (), workers: int = 1, policy: Policy | None = None,
    progress: Any = lambda *_: None, between: Any = lambda: None,
) -> Counts:  # fmt: skip
    """Open it, or open it again, and run it to its end."""
    manner = Manner(policy=policy or settings.POLICY, workers=workers, redeliver=5)
    return replay.run(run=open_run(name, plans, parts=parts), manner=manner, progress=progress, between=between)


def digest(name: str) -> str:
    """The digest of the run's ledger, which must verify, and its trades with it."""
    verdict = ledger_proof.prove(wallet=Wallet.objects.get(owner=ReplayRun.objects.get(name=name).owner).id, now=NOON)
    assert verdict.ok, verdict.first_difference
    return verdict.digest


def run_and_die(name: str, *, after: int, worker: str = "MainProcess", workers: int = 1, markets: int = 1) -> None:
    """Run it, and let the kernel kill this process, or the worker of this name, before its statement of this number."""
    left = after

    def counted(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        nonlocal left
        left -= current_process().name == worker
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    try:
        with connection.execute_wrapper(counted):
            run(name, parts=both() if markets == 2 else (), workers=workers)
    except WorkerLost as lost:
        sys.stdout.write(str(lost))
        return
    sys.stdout.write("came to its end")
