"""Makes what the doors of the trading floor show: funded bots, orders, trades, trips; and counts every row there is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import numpy as np
from django.apps import apps
from rest_framework.test import APIClient

from accounts.models import User
from accounts.models.token import Scope
from accounts.tests import builders as people
from accounts.web import clock
from bots.domain.candles import Window
from bots.domain.exits import Exits
from bots.models import Bot
from bots.operations import halts
from bots.tests.builders import split
from ledger.models import Market
from ledger.tests import builders as ledger_builders
from trading.market import store
from trading.models import BreakerTrip, Order, Trade
from trading.operations import new_bot
from trading.tests.builders import past_the_triggers

PASSED = {"gate": "A", "verdict": "PASS", "code": "", "sentence": "", "numbers": {}}
TOO_THIN = {
    "gate": "B", "verdict": "REFUSED", "code": "EDGE_UNDER_COST", "sentence": "The edge does not cover the cost.",
    "numbers": {"edge_bps": "12.5", "needed_bps": "46"},
}  # fmt: skip


def bot(owner: User, *, name: str = "Trend", capital: str = "200", symbol: str = "BTC/USDT", **changes: Any) -> Bot:
    """A bot on minutes at sim, PAUSED(NEW)."""
    wanted: dict[str, Any] = {
        "owner": owner.id, "name": name, "venue": "sim", "symbol": symbol, "timeframe": "1m", "strategy": "ema_cross",
        "parameters": {"fast": 12, "slow": 26}, "capital": Decimal(capital), "mode": "PAPER", "exits": Exits(),
        "actor": f"user:{owner.id}", "request_id": "test", "now": clock.now(), "supported": ("sim",), **changes,
    }  # fmt: skip
    return new_bot.make(**split(wanted))


def order(of: Bot, *, state: str = "FILLED", **changes: Any) -> Order:
    """An entry of 0.01 BTC at 20,000 that filled at 20,010 with a fee of 0.2001 USDT, or one that a gate refused."""
    refused = state == "REFUSED"
    now = clock.now()
    facts: dict[str, Any] = {
        "client_order_id": uuid4().hex, "intent": uuid4(), "owner": of.owner, "wallet": of.book.wallet, "book": of.book,
        "bot": of, "market": of.market, "timeframe": "1m", "mode": "PAPER", "candle": now - timedelta(minutes=2),
        "leg": "ENTRY", "reason": "SIGNAL", "side": "BUY", "type": "LIMIT", "time_in_force": "IOC",
        "quantity": Decimal("0.01"), "price": Decimal(20_100), "decision_price": Decimal(20_000), "reducing": False,
        "expected_edge_bps": Decimal("12.50"), "edge_source": "STATED", "verdicts": [PASSED, TOO_THIN] if refused else [PASSED],
        "refusal": "EDGE_UNDER_COST" if refused else "", "state": state, "history": [[state, now.isoformat(), ""]],
        "created_at": now, "updated_at": now,
    }  # fmt: skip
    if state == "FILLED":
        facts |= {"filled_quantity": Decimal("0.01"), "filled_value": Decimal("200.1"), "fees": Decimal("0.2001")}
    with past_the_triggers():  # no gate passed it, no fill filled it
        return Order.objects.create(**{**facts, **changes})


def trade(of: Bot, **changes: Any) -> Trade:
    """Bought 0.01 BTC at 20,010, sold at 20,500: gross 4.9, fees 0.4051, net 4.4949 USDT, gross edge 244.88 bps."""
    closing = order(of, leg="EXIT", side="SELL", reducing=True)
    facts: dict[str, Any] = {
        "order": closing, "owner": of.owner, "bot": of, "market": of.market, "side": "SELL", "reason": "SIGNAL",
        "entry_price": Decimal(20_010), "exit_price": Decimal(20_500), "amount": Decimal("0.01"), "gross": Decimal("4.9"),
        "fees": Decimal("0.4051"), "profit_loss": Decimal("4.4949"), "gross_edge_bps": Decimal("244.88"), "mode": "PAPER",
        "bootstrap": True, "opened_at": datetime(2026, 3, 2, 12, 0, tzinfo=UTC),
        "closed_at": datetime(2026, 3, 2, 13, 0, tzinfo=UTC),
    }  # fmt: skip
    return Trade.objects.create(**{**facts, **changes})


def trip(of: Bot) -> BreakerTrip:
    """The bot's drawdown of 25 % has reached its limit of 20 %."""
    now = clock.now()
    halt = halts.raise_halt(
        scope="BOT", level="REDUCING", source="BREAKER", reason="drawdown", actor="system:breaker", request_id="",
        now=now, user=of.owner_id, bot=of.id,
    )  # fmt: skip
    return BreakerTrip.objects.create(
        owner=of.owner, mode="PAPER", bot=of, halt=halt, at=now, limit="DRAWDOWN", value="0.25", threshold="0.20",
        sentence="Value per unit has fallen this far from its peak.",
    )  # fmt: skip


def rows() -> dict[str, int]:
    """How many rows each table of the house has."""
    floors = ("accounts", "ledger", "bots", "trading")
    return {model._meta.label: model._default_manager.count() for model in apps.get_models() if model._meta.app_label in floors}


def funded(user: User, amount: str = "1000") -> None:
    """Paper money at sim."""
    ledger_builders.fund(user, amount)


def reader(user: User) -> APIClient:
    """A client whose token may only read."""
    return people.bearer(user, scopes={Scope.READ})


def rising(market: Market, *, minutes: int) -> datetime:
    """Stored minutes whose closes are 100.00, 101.00, 102.00 ...; answers when the first one opened."""
    first = clock.now().replace(second=0, microsecond=0) - timedelta(minutes=minutes + 1)
    times = np.arange(minutes, dtype=np.int64) * 60 + int(first.timestamp())
    closes = np.arange(minutes, dtype=np.int64) * 100 + 10_000
    window = Window(
        times=times, open=closes, high=closes, low=closes, close=closes, volume=np.ones_like(closes), price_places=2,
        volume_places=0, seconds=60,
    )  # fmt: skip
    store.append(market_id=market.id, timeframe="1m", window=window)
    return first
