"""A fill of an order that the venue had denied is booked as a fact, told, and trips the breaker; one of an order that was cancelled or
ran out is daily life."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import Alert, User
from bots.models import Bot, Halt
from ledger.operations import verify
from trading.domain.matcher import Report
from trading.models import BreakerTrip, Order
from trading.operations import breaker, cancel, record
from trading.tests import builders
from trading.tests.builders import NOON
from trading.venues.port import Ack

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def bot(alice: User) -> Bot:
    builders.fund(alice)
    return builders.bot(alice)


def denied(order: Order, word: str) -> Order:
    """The venue turned it down (its money is released), or was asked again and knew nothing of it."""
    name = order.client_order_id
    record.acknowledge([Ack(name, "REJECTED" if word == "REJECTED" else "UNKNOWN", "NO", "no")], now=NOON)
    if word == "NOT_PLACED":
        Order.objects.filter(id=order.id).update(state="NOT_PLACED")
    order.refresh_from_db()
    assert order.state == word
    return order


def claimed(bot: Bot) -> Order:
    return Order.objects.get(id=builders.claimed(builders.request(bot)).orders[0].id)


@pytest.mark.parametrize("word", ["REJECTED", "NOT_PLACED"])
@pytest.mark.parametrize(("quantity", "after"), [("0.01", "FILLED"), ("0.004", None)])
def test_it_is_booked_and_told_and_its_bot_is_tripped(bot: Bot, word: str, quantity: str, after: str | None) -> None:
    """0.01 at 20,000 costs 200: 9,800 left and 0.01 BTC more. All of it or a part: one fill is enough."""
    order = denied(claimed(bot), word)
    done = builders.booked(builders.fill(order, price="20000", quantity=quantity))
    order.refresh_from_db()
    bot.refresh_from_db()
    assert (done.fills, order.state, order.filled_quantity) == (1, after or word, D(quantity))
    assert builders.balance(bot, "BTC")[0] == D(quantity)
    assert builders.balance(bot)[0] + builders.balance(bot)[1] == 10_000 - 20_000 * D(quantity)
    assert (bot.status, bot.stage) == ("CIRCUIT_TRIPPED", "QUARANTINE")
    trip = BreakerTrip.objects.get()
    assert (trip.limit, trip.bot_id, trip.owner_id) == ("LATE_FILL", bot.id, bot.owner_id)
    halt = Halt.objects.get()
    assert (halt.scope, halt.level, halt.bot_id, halt.source) == ("BOT", "REDUCING", bot.id, "BREAKER")
    alert = Alert.objects.get(code="LATE_FILL")
    assert (alert.person_id, alert.severity, alert.data["order"]) == (bot.owner_id, "CRITICAL", str(order.id))
    assert alert.sentence.startswith(f"The venue filled {quantity} of an order that it had turned down")
    assert verify.verify().ok


def test_told_twice_it_trips_once_and_after_a_reset_not_again(bot: Bot) -> None:
    order = denied(claimed(bot), "REJECTED")
    late = builders.fill(order, price="20000", trade="t1")
    builders.booked(late)
    builders.booked(late)
    assert (BreakerTrip.objects.count(), Halt.objects.count()) == (1, 1)
    breaker.reset(owner=bot.owner_id, bot_id=bot.id, reason="the venue explained", actor="user:a", request_id="", now=NOON)
    builders.booked(late)
    bot.refresh_from_db()
    assert (BreakerTrip.objects.count(), bot.status) == (1, "PAUSED")


def test_an_order_by_hand_trips_the_persons_own_breaker(bot: Bot) -> None:
    """There is no bot to stop: no position of hers is opened any more in this mode."""
    wish = builders.manual(bot)
    order = denied(Order.objects.get(id=builders.claimed(wish).orders[0].id), "REJECTED")
    builders.booked(builders.fill(order, price="20000"))
    trip = BreakerTrip.objects.get()
    assert (trip.limit, trip.bot_id, trip.mode) == ("LATE_FILL", None, "PAPER")
    halt = Halt.objects.get()
    assert (halt.scope, halt.level, halt.user_id, halt.mode) == ("USER", "REDUCING", bot.owner_id, "PAPER")


def test_a_fill_of_what_was_cancelled_or_ran_out_trips_nothing(bot: Bot) -> None:
    """The real world fills what it was asked to cancel a moment before."""
    cancelled, expired = builders.sent(builders.manual(bot), builders.manual(bot))
    cancel.cancel_where(cancel.Scope("o.id = %s", (cancelled.id,)), actor="user:test", now=NOON)
    builders.booked(Report(expired.client_order_id, "EXPIRED", NOON))
    for order in (cancelled, expired):
        builders.booked(builders.fill(order, price="20000", at=NOON + timedelta(seconds=1)))
    assert set(Order.objects.values_list("state", flat=True)) == {"FILLED"}
    assert not BreakerTrip.objects.exists()
    assert not Alert.objects.filter(code="LATE_FILL").exists()


def test_one_of_many_in_a_batch_stops_its_own_bot_alone(bot: Bot, alice: User) -> None:
    other = builders.bot(alice, name="Other")
    order, fine = denied(claimed(bot), "REJECTED"), builders.sent(builders.request(other))[0]
    builders.booked(builders.fill(order, price="20000"), builders.fill(fine, price="20000"))
    assert dict(Bot.objects.values_list("name", "status")) == {"Trend": "CIRCUIT_TRIPPED", "Other": "RUNNING"}
    assert Order.objects.filter(state="FILLED").count() == 2
