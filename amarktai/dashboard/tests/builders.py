"""Makes what the screens show, through the same operations as the doors: round trips that are booked, and who looks at them."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from django.test import Client

from accounts.models import User
from bots.models import Bot
from trading.models import Order, Trade
from trading.tests import builders

BACKEND = "django.contrib.auth.backends.ModelBackend"


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
    close = at + timedelta(seconds=seconds)
    for side, price, when in (("BUY", bought, at), ("SELL", sold, close)):
        candle = int((when - builders.NOON).total_seconds() // 60)
        wish = builders.request(of, side=side, quantity=quantity, price=price, candle=candle, intent=uuid4())
        [order] = builders.sent(wish, now=when)
        builders.booked(builders.fill(order, price=price, fee=fee, at=when), now=when)
    return Trade.objects.get(order=order)


def refused(of: Bot, *, edge: str = "31", at: datetime = builders.NOON) -> Order:
    """An entry that gate B turned down: it needed 48 bps."""
    [order] = builders.claimed(builders.request(of, expected_edge_bps=Decimal(edge), intent=uuid4()), now=at).orders
    return Order.objects.get(id=order.id)
