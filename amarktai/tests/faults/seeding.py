"""People with paper money and many bots on the quickest candles, made by a process of the platform under attack. Prints who they are."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from decimal import Decimal
from typing import Any

from accounts.models.token import Scope
from accounts.operations import people, tokens
from accounts.tests import builders
from accounts.web import clock
from bots.domain.exits import Exits
from bots.operations import lifecycle
from bots.operations.creation import Wanted
from ledger.operations import funding, wallets
from trading.operations import new_bot
from trading.venues import venue

VENUE = "sim"
SYMBOLS = ("AVAX/USDT", "LINK/USDT", "NEAR/USDT", "INJ/USDT")
GENOMES = ((2, 3), (2, 5), (3, 8), (5, 13), (8, 21))
EXITS = Exits(stop_loss=Decimal("0.002"), take_profit=Decimal("0.003"), max_holding=60)


def main(count: int) -> None:
    """So many people, each with a bot per symbol and genome."""
    now = clock.now()
    json.dump([_person(f"trader{number}", now=now) for number in range(count)], sys.stdout)


def _person(name: str, *, now: datetime) -> dict[str, Any]:
    user = people.register(username=name, password=builders.PASSWORD, email="", request_id="", now=now)
    wallet = wallets.open_wallet(owner=user, venue=VENUE, mode="PAPER", now=now)
    funding.deposit(wallet=wallet.id, asset="USDT", amount=Decimal(1_000_000), actor=f"user:{user.id}", request_id="", now=now)
    bots = {}
    for symbol in SYMBOLS:
        for fast, slow in GENOMES:
            wanted = Wanted(
                name=f"{symbol} {fast}/{slow}", venue=VENUE, symbol=symbol, timeframe=venue(VENUE).finest, strategy="ema_cross",
                parameters={"fast": fast, "slow": slow, "volatility": 2}, capital=Decimal(10_000), mode="PAPER", exits=EXITS,
            )  # fmt: skip
            actor = f"user:{user.id}"
            made = new_bot.make(owner=user.id, wanted=wanted, actor=actor, request_id="", now=now, supported=(VENUE,))
            lifecycle.start(bot_id=made.id, actor=actor, request_id="", now=now)
            bots[str(made.id)] = symbol
    _, token = tokens.issue(user=user, scopes={Scope.READ, Scope.TRADE}, label="", verified=False, request_id="", now=now)
    return {"id": str(user.id), "token": token, "session": builders.browser(user).cookies["sessionid"].value, "bots": bots}
