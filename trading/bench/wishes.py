"""Order requests for the benches: entries and exits of many bots, with candles that fill them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from trading.bench.world import TIMEFRAME, Seat, World
from trading.domain.matcher import Candle, Working
from trading.domain.policy import Policy
from trading.domain.requests import Claimed, Nav, OrderRequest, Rules, entry_intent, exit_intent
from trading.domain.sizing import bound_price
from trading.domain.verdicts import Verdict
from trading.venues import venue

PRICE = Decimal("20000.00")
QUANTITY = Decimal("0.00500")
EDGE = Decimal("80.00")
UNLIMITED = 10**9
NAV = Nav(Decimal(1), Decimal(1), Decimal(1), Decimal(1))
DATA = Verdict("data", "PASS", "", "", {})


def roomy(policy: Policy) -> Policy:
    """The policy with counts that a bench cannot use up. Every gate still counts, compares and answers."""
    return replace(
        policy, max_trades_per_bot_daily=UNLIMITED, max_trades_per_user_daily=UNLIMITED, burst_limit_orders_per_exchange=UNLIMITED,
        max_drawdown_percent=Decimal(1), max_daily_loss_percent=Decimal(1), max_consecutive_losses=UNLIMITED,
    )  # fmt: skip


def entries(world: World, seats: Sequence[Seat], *, position: int, at: datetime) -> list[OrderRequest]:
    """A wish of each bot to open its n-th position, decided at the close of the candle that opened at `at`."""
    rules = venue(world.market.venue).rules(market=world.market, at=at)
    bound = bound_price(price=PRICE, side="BUY", bound_bps=Decimal(50), rules=rules)
    return [
        _common(seat, rules, intent=entry_intent(bot=seat.bot, position=position), at=at, side="BUY", price=bound) for seat in seats
    ]


def exits(world: World, seats: Sequence[Seat], *, position: int, at: datetime) -> list[OrderRequest]:
    """A wish of each bot to close its n-th position."""
    rules = venue(world.market.venue).rules(market=world.market, at=at)
    bound = bound_price(price=PRICE, side="SELL", bound_bps=Decimal(50), rules=rules)
    return [
        _common(seat, rules, intent=exit_intent(bot=seat.bot, position=position), at=at, side="SELL", price=bound) for seat in seats
    ]


def _common(seat: Seat, rules: Rules, *, intent: UUID, at: datetime, side: str, price: Decimal) -> OrderRequest:
    entry = side == "BUY"
    return OrderRequest(
        intent=intent, owner=seat.owner, wallet=seat.wallet, book=seat.book, bot=seat.bot, rules=rules, timeframe=TIMEFRAME,
        run="", mode="PAPER", candle=at, leg="ENTRY" if entry else "EXIT", reason="SIGNAL", side=side, type="LIMIT",
        time_in_force="IOC", quantity=QUANTITY, price=price, decision_price=PRICE, reducing=not entry,
        expected_edge_bps=EDGE if entry else None, edge_source="STATED" if entry else "", strategy_version=1, nav=NAV,
        data_verdict=DATA if entry else None,
    )  # fmt: skip


def candle(at: datetime) -> Candle:
    """A quiet minute at the price: it fills every order within its bound."""
    cents = int(PRICE * 100)
    return Candle(
        time=int(at.timestamp()), open=cents, high=cents + 100, low=cents - 100, close=cents, volume=10**9, price_places=2,
        volume_places=0, seconds=60,
    )  # fmt: skip


def working(orders: Sequence[Claimed], *, at: datetime) -> list[Working]:
    """Orders that the venue took at this time, as the matcher reads them."""
    return [
        Working(
            order.client_order_id, order.request.side, "LIMIT", "IOC",  # type: ignore[arg-type]
            int(order.request.price / order.request.rules.price_tick), int(order.request.quantity / order.request.rules.amount_step),  # type: ignore[operator]
            after=int(at.timestamp()),
        )
        for order in orders
    ]  # fmt: skip

