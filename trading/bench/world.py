"""The people, money and bots that the benches work on: real rows, made in sets because nobody wants to wait for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import numpy as np

from accounts.domain.identity import new_id
from accounts.models import User
from bots.domain.candles import Window
from bots.models import Bot
from bots.strategies import strategy
from ledger.domain.entries import CASH, WORLD, Entry, Leg, moved
from ledger.models import Allocation, Book, BookKind, Market, Wallet
from ledger.operations import booking
from ledger.operations.reference import Rules, ensure_market
from trading.market import store
from trading.models import TrackRecord

VENUE = "recorded"
TIMEFRAME = "1m"
START = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
BOTS_PER_PERSON = 10
CAPITAL = Decimal(1_000_000)
ACTOR = "system:bench"
ENTRIES_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Seat:
    """A bot with the place it trades from."""

    bot: UUID
    owner: UUID
    wallet: UUID
    book: UUID


@dataclass(frozen=True, slots=True)
class World:
    """A market and everybody who trades there."""

    market: Market
    seats: tuple[Seat, ...]


def build(*, bots: int, parameters: Sequence[dict[str, object]], each: int = BOTS_PER_PERSON) -> World:
    """A market of its own with so many running bots, `each` to a person; genomes are dealt out in turn."""
    market = another_market()
    people = -(-bots // each)
    users = User.objects.bulk_create([User(id=(one := new_id()), username=one.hex, password="!") for _ in range(people)])  # noqa: S106
    wallets = Wallet.objects.bulk_create([Wallet(owner=user, venue=VENUE, mode="PAPER", created_at=START) for user in users])
    free = [Book(wallet=wallet, kind=BookKind.FREE, created_at=START) for wallet in wallets]
    manual = [Book(wallet=wallet, kind=BookKind.MANUAL, created_at=START) for wallet in wallets]
    own = [Book(wallet=wallets[n // each], kind=BookKind.BOT, created_at=START) for n in range(bots)]
    Book.objects.bulk_create([*free, *manual, *own])
    _fund(free, own, asset=market.quote_id, each=each)
    made = _bots(own, market=market, parameters=parameters)
    return World(market, tuple(Seat(bot.id, bot.owner_id, bot.book.wallet_id, bot.book_id) for bot in made))


def store_minutes(market: UUID, prices: Sequence[Decimal], *, since: datetime) -> None:
    """Quiet minutes at these prices, as if imported."""
    cents = np.array([int(price * 100) for price in prices], dtype=np.int64)
    times = int(since.timestamp()) + 60 * np.arange(len(cents), dtype=np.int64)
    volume = np.full(len(cents), 10**9, dtype=np.int64)
    window = Window(
        times=times, open=cents, high=cents, low=cents, close=cents, volume=volume, price_places=2, volume_places=0, seconds=60,
    )  # fmt: skip
    store.append(market_id=market, timeframe=TIMEFRAME, window=window)


def another_market() -> Market:
    """One more market of the venue."""
    base = f"B{new_id().hex[-12:]}".upper()
    rules = Rules(
        base=base, quote="USDT", price_tick=Decimal("0.01"), amount_step=Decimal("0.00001"), quote_step=Decimal("0.00000001"),
        taker_fee=Decimal("0.001"), maker_fee=Decimal("0.001"), amount_min=Decimal("0.00001"), cost_min=Decimal(5),
    )  # fmt: skip
    return ensure_market(venue=VENUE, symbol=f"{base}/USDT", rules=rules, now=START)


def _fund(free: Sequence[Book], own: Sequence[Book], *, asset: str, each: int) -> None:
    """Deposits into the wallets, capital from there into the bots' books."""
    home = {book.wallet_id: book.id for book in free}
    total = CAPITAL * (each + 1)
    entries = [
        _entry(book, "FUNDING", (Leg(CASH, book.id, asset, total), Leg(WORLD, book.id, asset, -total))) for book in free
    ]
    entries += [_entry(book, "ALLOCATION", moved(home[book.wallet_id], book.id, asset, CAPITAL)) for book in own]
    for start in range(0, len(entries), ENTRIES_AT_ONCE):
        booking.book(entries[start : start + ENTRIES_AT_ONCE], now=START)
    Allocation.objects.bulk_create([Allocation(book=book, asset_id=asset, amount=CAPITAL) for book in own])


def _entry(book: Book, kind: str, legs: tuple[Leg, ...]) -> Entry:
    return Entry(new_id(), book.wallet_id, kind, START, "", ACTOR, "", legs, None, book.id, VENUE)


def _bots(own: Sequence[Book], *, market: Market, parameters: Sequence[dict[str, object]]) -> list[Bot]:
    values = [strategy("ema_cross").validate(given) for given in parameters]
    bots = Bot.objects.bulk_create(
        [
            Bot(
                owner_id=book.wallet.owner_id, name=f"bench {n}", book=book, market=market, timeframe=TIMEFRAME,
                strategy="ema_cross", parameters=values[n % len(values)], mode="PAPER", created_at=START,
            )
            for n, book in enumerate(own)
        ]
    )  # fmt: skip
    Bot.objects.filter(market=market).update(status="RUNNING", pause_reason="")
    TrackRecord.objects.bulk_create([TrackRecord(bot=bot) for bot in bots])
    return bots
