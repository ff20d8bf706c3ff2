"""Makes bots, orders and hand-made candles for tests of the order path, through the same operations as the doors.

The market is BTC/USDT at `recorded`: ticks of 0.01, steps of 0.001, fee 0.1 %, half spread 0.5 bps, slippage 1 bps, so that a
market buy at an open of 20,000 fills at 20,003 (1.5 bps worse) and a sell at 19,997.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import numpy as np
from django.conf import settings
from django.db import connection, transaction

from accounts.models import User
from bots.domain.candles import Window
from bots.domain.exits import Exits
from bots.models import Bot
from bots.operations import creation, lifecycle
from bots.tests.builders import split
from ledger.models import Balance, EquityPoint, Fill, Market, Reservation
from ledger.operations import reference
from ledger.tests import builders as money
from trading.domain.costs import Top
from trading.domain.matcher import Report
from trading.domain.policy import Policy
from trading.domain.requests import OrderRequest, entry_intent, exit_intent
from trading.market import blocks, quotes
from trading.models import Order, Stream
from trading.operations import act, claim, record
from trading.operations import memory as memories
from trading.operations.claim import Claims
from trading.operations.memory import Memory
from trading.operations.tick import Ticked, tick
from trading.tests import market_builders
from trading.venues import venue

NOON = market_builders.NOON
VENUE = "recorded"
NOWHERE = Path("/nonexistent")
QUICK = {"fast": 2, "slow": 3, "volatility": 2}
"""Ready after three candles. A jump of 10 % out of three flat ones crosses up with an edge of 0.035 x sqrt(6) x 666.67 = 57.15 bps."""
Row = tuple[int, int, int, int] | tuple[int, int, int, int, int]


def policy(**changes: Any) -> Policy:
    """The policy of the defaults, with these changes."""
    return replace(settings.POLICY, **changes)


@contextmanager
def past_the_triggers() -> Iterator[Any]:
    """A cursor that writes rows as only years of trading would make them, or somebody who owns the database."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield cursor
        cursor.execute("SET LOCAL session_replication_role = origin")


def market() -> Market:
    return Market.objects.select_related("base", "quote").get(id=market_builders.market(venue=VENUE).id)


def fund(user: User, amount: str = "100000") -> None:
    money.fund(user, amount, venue=VENUE, now=NOON - timedelta(hours=2))


def bot(owner: User, *, name: str = "Trend", capital: str = "10000", running: bool = True, born: int = 0, **changes: Any) -> Bot:
    """A bot on minutes with the quick genome; `born` orders bots by age (minutes after 11:00)."""
    market()
    at = NOON - timedelta(hours=1) + timedelta(minutes=born)
    asked: dict[str, Any] = {
        "owner": owner.id, "name": name, "venue": VENUE, "symbol": "BTC/USDT", "timeframe": "1m", "strategy": "ema_cross",
        "parameters": QUICK, "capital": Decimal(capital), "mode": "PAPER", "exits": Exits(), "actor": f"user:{owner.id}",
        "request_id": "test", "now": at, "supported": (VENUE,), **changes,
    }  # fmt: skip
    made = creation.create(**split(asked))
    if running:
        made = lifecycle.start(bot_id=made.id, actor=f"user:{owner.id}", request_id="test", now=at)
    return made


def request(of: Bot, *, side: str = "BUY", quantity: str = "0.01", price: str = "20000", candle: int = 0, **changes: Any) -> OrderRequest:
    """What a tick would ask for this bot at the close of a candle (0: at noon): an entry of 0.01 BTC bounded 50 bps over 20,000 (20,100), or an unbounded exit."""
    entry = side == "BUY"
    stated: dict[str, Any] = {
        "intent": (entry_intent if entry else exit_intent)(bot=of.id, position=1), "owner": of.owner_id, "wallet": of.book.wallet_id,
        "book": of.book_id, "bot": of.id, "rules": venue(of.market.venue).rules(market=of.market, at=NOON), "timeframe": "1m", "run": "", "mode": "PAPER",
        "candle": NOON + timedelta(minutes=candle - 1), "leg": "ENTRY" if entry else "EXIT", "reason": "SIGNAL", "side": side,
        "type": "LIMIT" if entry else "MARKET", "time_in_force": "IOC" if entry else "GTC", "quantity": Decimal(quantity),
        "price": Decimal(price) * Decimal("1.005") if entry else None, "decision_price": Decimal(price), "reducing": not entry,
        "expected_edge_bps": Decimal(100) if entry else None, "edge_source": "STATED" if entry else "", "strategy_version": 1,
    }  # fmt: skip
    return OrderRequest(**{**stated, **changes})


def manual(of: Bot, **changes: Any) -> OrderRequest:
    """A wish out of a bot's book that no bot decided: the only limit on how many are in flight is money."""
    return replace(request(of), **{"bot": None, "candle": None, "intent": uuid4(), "reason": "PERSON", "expected_edge_bps": None, **changes})


def claimed(*wishes: OrderRequest, now: datetime = NOON, kill_switch: bool = False, **changes: Any) -> Claims:
    """Claim these with the gate limits out of the way unless said otherwise."""
    wide = {"burst_limit_orders_per_exchange": 10**6, "max_trades_per_user_daily": 10**6, "max_trades_per_bot_daily": 10**6}
    return claim.claim(wishes, policy=policy(**{**wide, **changes}), now=now, kill_switch=kill_switch)


def sent(*wishes: OrderRequest, now: datetime = NOON, **changes: Any) -> list[Order]:
    """Claimed and taken by the venue."""
    orders = claimed(*wishes, now=now, **changes).orders
    act.send(orders, market=market(), now=now)
    return [Order.objects.get(id=order.id) for order in orders]


def fill(order: Order, *, price: str, quantity: str = "", fee: str = "0", trade: str = "", at: datetime | None = None) -> Report:
    """A venue's report of a fill of an order, all of it unless said otherwise; a sale a minute after noon, as after a purchase."""
    at = at or (NOON if order.side == "BUY" else NOON + timedelta(minutes=1))
    return Report(
        order.client_order_id, "FILL", at, Decimal(price), Decimal(quantity) if quantity else order.quantity, Decimal(fee), "USDT",
        trade or uuid4().hex,
    )  # fmt: skip


def booked(*reports: Report, now: datetime = NOON) -> record.Recorded:
    last = reports[-1]
    marks = {market().id: (last.price, now)} if last.price else None
    return record.book_reports(reports, market=market(), marks=marks, now=now)


def holding(of: Bot, *, quantity: str = "0.01", price: str = "20000", at: datetime = NOON) -> Order:
    """The bot has bought so much at this price without a fee, through a claim and a fill."""
    [order] = sent(request(of, quantity=quantity, price=price), now=at)
    booked(fill(order, price=price, at=at), now=at)
    order.refresh_from_db()
    return order


def sold(of: Bot, *, price: str, candle: int = 1, at: datetime | None = None, fee: str = "0") -> Order:
    """The bot has left its 0.01 BTC at this price, through a claim and a fill: a minute after noon unless said otherwise."""
    [order] = sent(request(of, side="SELL", price=price, candle=candle))
    booked(fill(order, price=price, fee=fee, at=at))
    order.refresh_from_db()
    return order


def balance(of: Bot, asset: str = "USDT") -> tuple[Decimal, Decimal, Decimal]:
    """(cash, reserved, deficit) of the bot's book."""
    row = Balance.objects.filter(book=of.book_id, asset=asset).first()
    return (row.cash, row.reserved, row.deficit) if row else (Decimal(0), Decimal(0), Decimal(0))


def held_money(order: Order) -> tuple[Decimal, bool]:
    """(amount, live) of an order's reservation."""
    row = Reservation.objects.get(client_order_id=order.client_order_id)
    return row.amount, row.live


def last_point(of: Bot) -> EquityPoint:
    return EquityPoint.objects.filter(book=of.book_id).latest("at", "seq")


def fills_of(of: Bot) -> list[Fill]:
    return list(Fill.objects.filter(client_order_id__in=Order.objects.filter(book=of.book_id).values("client_order_id")).order_by("executed_at"))


def window(rows: Sequence[Row], *, first: int = 0, start: datetime = NOON, volume: int = 1_000) -> Window:
    """Minutes (open, high, low, close[, volume]) in whole quote units, the first one `first` minutes after `start`."""
    opens = int(start.timestamp()) + 60 * first
    table = [(opens + 60 * at, *(100 * price for price in row[:4]), row[4] if len(row) > 4 else volume) for at, row in enumerate(rows)]
    return blocks.window_of(np.array(table, dtype=np.int64), price_places=2, volume_places=3, seconds=60)


def flat(price: int, count: int = 1) -> list[Row]:
    return [(price, price, price, price)] * count


@dataclass
class Tape:
    """The candles of the market from 12:00 on, ticked one after the other as the live feed does. `volume` of each in thousandths of
    a coin; our orders can have a tenth of it."""

    policy: Policy = field(default_factory=policy)
    volume: int = 1_000
    minute: int = 0
    memory: Memory = field(init=False)
    stream: Stream = field(init=False)

    def __post_init__(self) -> None:
        self.stream, _ = Stream.objects.get_or_create(market=market(), timeframe="1m", run="")
        self.memory = memories.recall(self.stream)

    @property
    def now(self) -> datetime:
        """Close of the last candle."""
        return NOON + timedelta(minutes=self.minute)

    def tick(self, *rows: Row, apart: bool = True, kill_switch: bool = False) -> Ticked:
        """Tick each candle, or all at once as after missed ticks; the roster is read anew, as by a fresh process."""
        if apart and len(rows) > 1:
            return [self.tick(row, kill_switch=kill_switch) for row in rows][-1]
        candles = window(rows, first=self.minute, volume=self.volume)
        self.minute += len(rows)
        self.memory.roster, self.memory.working = None, True
        price = Decimal(rows[-1][3])
        quotes.remember(tops={self.memory.market.id: Top(price, price, self.now)}, now=self.now)
        return tick(
            self.memory, candles, policy=self.policy, now=self.now, kill_switch=lambda: kill_switch, top=Top(price, price, self.now)
        )

    def again(self, *rows: Row, memory: Memory) -> Ticked:
        """Deliver the last candle once more, to a process with an older memory."""
        memory.roster, memory.working = None, True
        price = Decimal(rows[-1][3])
        return tick(memory, window(rows, first=self.minute - len(rows), volume=self.volume), policy=self.policy, now=self.now, top=Top(price, price, self.now))


def mark(price: str, *, at: datetime = NOON) -> None:
    reference.set_marks([reference.NewMark(market().id, Decimal(price), at, "test")])


def elsewhere(code: str, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Run Python code in a process of its own, on the test's database as the role `app`. Its output is text on stdout."""
    import_first = "import django; django.setup()\n"
    name = connection.settings_dict["NAME"]
    host = connection.settings_dict["HOST"]
    address = settings.SERVICES.database_url.replace(f"/{_database(settings.SERVICES.database_url)}?", f"/{name}?")
    assert name in address, (address, host)
    return subprocess.Popen(
        [sys.executable, "-c", import_first + code, *arguments], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "DATABASE_URL": address, "REDIS_URL": settings.REDIS_URL, "AMARKTAI_ROLE": "app", **environment},
    )  # fmt: skip


def _database(url: str) -> str:
    return url.split("?", maxsplit=1)[0].rsplit("/", 1)[1]


def ids(bots: Sequence[Bot]) -> list[UUID]:
    return [each.id for each in bots]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]
