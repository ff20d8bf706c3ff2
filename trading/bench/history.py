"""A ledger with a past: wallets whose two bots have bought and sold so many times, booked by the one writer of the journal, all of
them side by side as life does. It must not be imported by anything that trades."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from accounts.domain.decimals import plain
from accounts.domain.identity import new_id
from ledger.domain.entries import BUY, SELL
from ledger.models import Market
from ledger.operations import equity, fills
from ledger.operations.fills import FillReport
from trading.bench import world
from trading.bench.rounds import say
from trading.bench.world import Seat, World

BOTS_EACH = 2
SEED = 5
STEP = Decimal("0.00001")
CENT = Decimal("0.01")
MINUTE = timedelta(minutes=1)
EVERY_TENTH = 10
BETWEEN_POINTS = 50  # fills of a bot from one valuation to the next


@dataclass(frozen=True, slots=True)
class Minute:
    """What the bots did in a minute, each at most once, and the price at its end."""

    told: list[FillReport]
    price: Decimal
    at: datetime


@dataclass(slots=True)
class Trader:
    """A bot at work: it buys small lots and sells across them, so that matches take parts of lots."""

    seat: Seat
    held: int = 0  # steps
    trades: int = 0

    def next(self, market: Market, dice: random.Random, *, price: Decimal, at: datetime, fees_in_coins: bool) -> FillReport:
        """Its next fill. With `fees_in_coins` every tenth purchase pays in what it bought."""
        self.trades += 1
        buys = self.held == 0 or dice.random() < 0.5
        steps = dice.randrange(10, 1_000) if buys else dice.randrange(1, self.held + 1)
        quantity = steps * STEP
        in_coins = fees_in_coins and buys and self.trades % EVERY_TENTH == 0
        fee = (quantity if in_coins else quantity * price) / 1_000
        self.held += steps if buys else -steps
        if in_coins:
            self.held -= -(-steps // 1_000)  # what the fee took, and the rest of a step that is never sold
        order, trade = new_id().hex, f"{self.seat.bot.hex[-12:]}{self.trades}"
        raw = {"order": order, "trade": trade, "quantity": plain(quantity), "price": plain(price), "fee": plain(fee), "at": at.isoformat()}
        return FillReport(
            wallet=self.seat.wallet, book=self.seat.book, venue=world.VENUE, market=market.id, symbol=market.symbol, base=market.base_id,
            quote=market.quote_id, trade_id=trade, side=BUY if buys else SELL, quantity=quantity, price=price, fee=fee,
            fee_asset=market.base_id if in_coins else market.quote_id, fee_price=None, executed_at=at, client_order_id=order,
            raw=json.dumps(raw),
        )  # fmt: skip


def minutes(place: World, *, fees_in_coins: bool = True) -> Iterator[Minute]:
    """Minutes without end in which every bot trades once, each at a moment of its own, at a price that wanders."""
    dice = random.Random(SEED)  # noqa: S311 - no secret
    traders = [Trader(seat) for seat in place.seats]
    cents, at = 2_000_000, world.START
    while True:
        cents += dice.randrange(-2_000, 2_001)
        price, at = cents * CENT, at + MINUTE
        moments = sorted(dice.randrange(60_000_000) for _ in traders)
        yield Minute(
            [
                one.next(place.market, dice, price=price, at=at + timedelta(microseconds=moment), fees_in_coins=fees_in_coins)
                for one, moment in zip(traders, moments, strict=True)
            ],
            price, at + MINUTE,
        )  # fmt: skip


def begin(*, wallets: int) -> World:
    """So many wallets of two bots each, all in one market."""
    return world.build(bots=BOTS_EACH * wallets, parameters=[{}], each=BOTS_EACH)


def live(place: World, coming: Iterator[Minute], *, number: int) -> None:
    """So many minutes: their fills are booked together, and everybody is valued now and then and in the end."""
    for minute in range(1, number + 1):
        now = next(coming)
        fills.record(now.told, now=now.at)
        if minute % BETWEEN_POINTS == 0 or minute == number:
            value(place, price=now.price, at=now.at)
            say(f"{minute * len(now.told):,} fills of {number * len(now.told):,} are booked")


def value(place: World, *, price: Decimal, at: datetime) -> None:
    """Equity points of all wallets and their bots' books."""
    wallets = list(dict.fromkeys(seat.wallet for seat in place.seats))
    equity.snapshot(wallets=wallets, books=[seat.book for seat in place.seats], now=at, marks={place.market.id: (price, at)})
