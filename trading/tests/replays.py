"""A small replay for tests: 600 wild minutes from a fixed seed and six bots, opened and run here or in a process that dies."""

from __future__ import annotations

import os
import signal
import sys
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from django.conf import settings
from django.db import connection

from bots.domain.exits import Exits
from ledger.models import Wallet
from ledger.operations import verify
from trading.domain.replay_plans import Plan
from trading.market import store
from trading.models import ReplayRun, Stream
from trading.operations import replay
from trading.tests import builders
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


def candles() -> None:
    """Store a walk whose minutes move by 1.5 % on average, with quiet ones and some without volume."""
    seeded = np.random.default_rng(20260302)
    closes = (20_000 * np.exp(np.cumsum(seeded.normal(0.0002, 0.015, MINUTES)))).astype(int).tolist()
    rows = []
    for at, close in enumerate(closes):
        opened = closes[at - 1] if at else close
        reach = int(seeded.integers(0, 100))
        rows.append((opened, max(opened, close) + reach, min(opened, close) - reach, close, 0 if at % 17 == 5 else 1_000))
    store.append(market_id=builders.market().id, timeframe="1m", window=builders.window(rows))


def open_run(name: str, plans: tuple[Plan, ...] = PLANS) -> Stream:
    return replay.open_run(
        name=name, market=builders.market(), timeframe="1m", plans=plans, wishes={"plans": [plan.name for plan in plans]},
        now=NOON + timedelta(days=1),
    )


def run(name: str, *, plans: tuple[Plan, ...] = PLANS, progress: Any = lambda *_: None) -> dict[str, int]:
    """Open it, or open it again, and run it to its end."""
    return replay.run(stream=open_run(name, plans), policy=settings.POLICY, progress=progress)


def digest(name: str) -> str:
    """The digest of the run's ledger, which must verify."""
    verdict = verify.verify(wallet=Wallet.objects.get(owner=ReplayRun.objects.get(name=name).owner).id)
    assert verdict.ok, verdict.first_difference
    return verdict.digest


def run_and_die(name: str, *, after: int) -> None:
    """Run it, and be killed by the kernel before the statement of this number."""
    left = after

    def counted(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(counted):
        run(name)
    sys.stdout.write("came to its end")
