"""One bot for a person who has none: paper money if there is too little, a bot at the simulated venue, running. All of it or nothing."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts.models import User
from bots.domain.exits import Exits
from bots.models import Bot
from bots.operations import creation, lifecycle
from bots.operations.creation import Wanted
from ledger.models import Balance, BookKind, Mode, Wallet
from ledger.operations import funding, wallets
from trading import venues

VENUE, SYMBOL, CURRENCY = "sim", "AVAX/USDT", "USDT"  # its moves are wide enough to pay for a round trip
FUNDS, CAPITAL = Decimal(10_000), Decimal(1_000)
GENOME = {"fast": 60, "slow": 240, "volatility": 20}
EXITS = Exits(stop_loss=Decimal("0.01"), take_profit=Decimal("0.02"), max_holding=3600)


def make(*, owner: User, actor: str, request_id: str, now: datetime, key: str = "") -> Bot:
    """The bot, RUNNING on the venue's finest timeframe. Refusals as those of `creation.create` and `lifecycle.start`; then nothing of
    it stays."""
    place = venues.venue(VENUE)
    place.ensure_markets(now=now)
    with transaction.atomic(durable=True):
        return _make(owner=owner, timeframe=place.finest, actor=actor, request_id=request_id, now=now, key=key)


def _make(*, owner: User, timeframe: str, actor: str, request_id: str, now: datetime, key: str) -> Bot:
    wallet = wallets.open_wallet(owner=owner, venue=VENUE, mode=Mode.PAPER, now=now)
    if _free(wallet) < CAPITAL:
        funding.deposit(
            wallet=wallet.id, asset=CURRENCY, amount=FUNDS, actor=actor, request_id=request_id, now=now, external_id=key
        )
    bot = creation.create(
        owner=owner.id, actor=actor, request_id=request_id, now=now, supported=(VENUE,), key=key,
        wanted=Wanted(
            name="Demo bot", venue=VENUE, symbol=SYMBOL, timeframe=timeframe, strategy="ema_cross",
            parameters=GENOME, capital=CAPITAL, exits=EXITS,
        ),
    )  # fmt: skip
    return lifecycle.start(bot_id=bot.id, actor=actor, request_id=request_id, now=now, reason="demo", owner=owner.id)


def _free(wallet: Wallet) -> Decimal:
    row = Balance.objects.filter(book__wallet=wallet, book__kind=BookKind.FREE, asset=CURRENCY).first()
    return row.cash if row else Decimal(0)
