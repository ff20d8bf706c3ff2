"""Makes what the screens show, through the same operations as the doors: round trips that are booked, and who looks at them."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from django.test import Client

from accounts.models import User
from bots.models import Bot
from trading.domain.breaker import Use
from trading.models import Order, Trade
from trading.models.record import BreakerTrip, TrackRecord
from trading.operations import breaker
from trading.operations.claim import Trip
from trading.tests import builders

BACKEND = "django.contrib.auth.backends.ModelBackend"
BY_HAND = {
    "venue": "sim", "symbol": "BTC/USDT", "side": "BUY", "type": "LIMIT", "counted": "base", "size": "0.01", "price": "20000",
    "force": "GTC", "key": "one-click",
}  # fmt: skip
"""The form of an order by hand as a person sends it: 0.01 BTC at 20,000 USDT, good until it is cancelled."""


def window(user: User) -> Client:
    """A browser without scripts that is logged in."""
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def round_trip(
    of: Bot, *, bought: str, sold: str, quantity: str = "0.01", seconds: int = 1800, at: datetime = builders.NOON, fee: str = "0.2"
) -> Trade:
    """Bought at `at` and sold so many seconds later at these prices, with this fee each way: an order, a fill and an entry in the
    journal each, and the trade that the closing order has become."""
    _traded(of, side="BUY", quantity=quantity, price=bought, fee=fee, at=at)
    return Trade.objects.get(order=_traded(of, side="SELL", quantity=quantity, price=sold, fee=fee, at=at + timedelta(seconds=seconds)))


def holding(of: Bot, *, price: str = "20000", quantity: str = "0.01", fee: str = "0", at: datetime = builders.NOON) -> Order:
    """The bot has bought so much with this fee."""
    return _traded(of, side="BUY", quantity=quantity, price=price, fee=fee, at=at)


def _traded(of: Bot, *, side: str, quantity: str, price: str, fee: str, at: datetime) -> Order:
    [order] = builders.sent(builders.request(of, side=side, quantity=quantity, price=price, candle=_candle(at), intent=uuid4()), now=at)
    assert order.state != "REFUSED", order.verdicts
    builders.booked(builders.fill(order, price=price, fee=fee, at=at), now=at)
    return order


def _candle(at: datetime) -> int:
    """Minutes from noon, each candle is decided on once."""
    return int((at - builders.NOON).total_seconds() // 60)


def refused(of: Bot, *, edge: str = "31", at: datetime = builders.NOON) -> Order:
    """An entry that gate B turned down: it needed 48 bps."""
    [order] = builders.claimed(builders.request(of, expected_edge_bps=Decimal(edge), candle=_candle(at), intent=uuid4()), now=at).orders
    return Order.objects.get(id=order.id)


def trip(of: Bot, *, at: datetime = builders.NOON) -> BreakerTrip:
    """Five trades lost in a row have tripped the bot's breaker."""
    TrackRecord.objects.update_or_create(bot=of, defaults={"loss_streak": 5, "trades": 5})
    use = Use("LOSSES_IN_A_ROW", Decimal(5), Decimal(5), "Trades lost in a row.")
    breaker.trip([Trip(owner=of.owner_id, mode="PAPER", bot=of.id, use=use)], now=at)
    return BreakerTrip.objects.get(bot=of)
