"""Makes markets, funded people and bots for tests, through the same operations as the doors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import numpy as np

from accounts.models import User
from bots.domain.candles import Window
from bots.domain.exits import Exits
from bots.models import Bot
from bots.operations import creation, lifecycle
from ledger.models import Market, Wallet
from ledger.operations import funding, wallets
from ledger.operations.reference import Rules, ensure_market

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
VENUE = "sim"
SYMBOL = "BTC/USDT"
SUPPORTED = ("sim", "recorded")


def window(closes: Sequence[int], *, places: int = 2) -> Window:
    """Minutes with these closes in units of 10**-places; every candle opens, peaks and ends at its close."""
    return candles([(close, close, close) for close in closes], places=places)


def candles(rows: Sequence[tuple[int, int, int]], *, places: int = 2) -> Window:
    """Minutes (high, low, close) in units of 10**-places; every candle opens at its close."""
    high, low, close = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    times = np.arange(len(close), dtype=np.int64) * 60
    return Window(
        times=times, open=close, high=high, low=low, close=close, volume=np.ones_like(close), price_places=places,
        volume_places=0, seconds=60,
    )  # fmt: skip


def market(*, venue: str = VENUE, symbol: str = SYMBOL) -> Market:
    base, quote = symbol.split("/")
    rules = Rules(
        base=base, quote=quote, price_tick=Decimal("0.01"), amount_step=Decimal("0.00001"), taker_fee=Decimal("0.001"),
        maker_fee=Decimal("0.001"), quote_step=Decimal("0.00000001"),
    )  # fmt: skip
    return ensure_market(venue=venue, symbol=symbol, rules=rules, now=NOON)


def funded(user: User, *, amount: str = "1000", venue: str = VENUE) -> Wallet:
    """A paper wallet of the user with this much USDT free."""
    wallet = wallets.open_wallet(owner=user, venue=venue, mode="PAPER", now=NOON)
    funding.deposit(
        wallet=wallet.id, asset="USDT", amount=Decimal(amount), actor=f"user:{user.id}", request_id="", now=NOON
    )
    return wallet


def wish(user: User, **changes: Any) -> dict[str, Any]:
    """What `creation.create` is asked for: a bot with 200 USDT on BTC/USDT at sim."""
    parameters: Mapping[str, object] = {"fast": 12, "slow": 26}
    asked: dict[str, Any] = {
        "owner": user.id, "name": "Trend", "venue": VENUE, "symbol": SYMBOL, "timeframe": "1m", "strategy": "ema_cross",
        "parameters": parameters, "capital": Decimal(200), "mode": "PAPER", "exits": Exits(), "actor": f"user:{user.id}",
        "request_id": "r-1", "now": NOON, "supported": SUPPORTED,
    }  # fmt: skip
    return split({**asked, **changes})


def split(asked: dict[str, Any]) -> dict[str, Any]:
    """Flat wishes -> the arguments of `creation.create`: what is wanted of the bot in one value, who asks beside it."""
    names = {each.name for each in fields(creation.Wanted)}
    wanted = creation.Wanted(**{name: value for name, value in asked.items() if name in names})
    return {"wanted": wanted, **{name: value for name, value in asked.items() if name not in names}}


def bot(user: User, *, running: bool = False, **changes: Any) -> Bot:
    """A bot of a funded user; the market is made if it is new."""
    market()
    made = creation.create(**wish(user, **changes))
    if running:
        made = lifecycle.start(bot_id=made.id, actor=f"user:{user.id}", request_id="r-2", now=NOON)
    return made
