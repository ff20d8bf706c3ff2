"""What people are told of a fill before it comes is what the matcher then does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import ceil
from typing import cast

import pytest

from accounts.models import User
from accounts.tests.builders import person
from ledger.models import Fill, Market
from trading.domain import matcher
from trading.domain.costs import Top
from trading.domain.matcher import OrderType, Side, TimeInForce, Working
from trading.market import quotes, store
from trading.models import Order, Stream
from trading.operations import settle, submit
from trading.operations.act import never
from trading.operations.placing import ManualOrder
from trading.queries import filling
from trading.tests import builders
from trading.tests.builders import NOON
from trading.tests.market_builders import candle, rules

SIM = Market(venue="sim", symbol="BTC/USDT")


def first_filled(after: datetime) -> datetime:
    """The open of the first of five minutes that fills a market sale which can be touched from then on."""
    sale = Working("sale", "SELL", "MARKET", "GTC", None, steps=10, after=ceil(after.timestamp()))
    minutes = [candle(time=NOON + timedelta(minutes=number)) for number in range(5)]
    return next(report.executed_at for each in minutes for report in matcher.match(working=[sale], candle=each, rules=rules()))


@pytest.mark.parametrize(("seconds", "minute"), [(0, 0), (0.000001, 1), (1, 1), (26, 1), (59, 1), (60, 1), (61, 2)])
def test_an_order_by_hand_is_due_at_the_candle_that_fills_it(seconds, minute):
    asked = NOON + timedelta(seconds=seconds)

    due = filling.due(Order(market=SIM, timeframe="1m", created_at=asked))

    assert due is not None
    assert (due.opens, due.closes) == (NOON + timedelta(minutes=minute), NOON + timedelta(minutes=minute + 1))
    assert due.opens == first_filled(asked)


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds", "minute"), [(0, 0), (0.000001, 1), (26, 1), (60, 1)])
def test_settling_fills_an_order_by_hand_at_the_candle_that_was_told(alice, seconds, minute):
    builders.fund(alice)
    [order] = builders.sent(builders.manual(builders.bot(alice)), now=NOON + timedelta(seconds=seconds))
    stream = Stream.objects.create(market=order.market, timeframe="1m")
    opens = NOON + timedelta(minutes=minute)

    settle.working_orders(
        stream, order.market, builders.window(builders.flat(20_000, 3)), price=Decimal(20_000), now=NOON + timedelta(minutes=3), elsewhere={}, before=0
    )

    due = filling.due(Order(market=SIM, timeframe=order.timeframe, candle=order.candle, created_at=order.created_at))
    assert due is not None
    assert due.opens == Fill.objects.get(client_order_id=order.client_order_id).executed_at == opens


def test_an_order_of_a_bot_is_due_at_the_candle_that_opens_when_it_was_decided_however_late_it_was_written():
    """Decided at the close of the minute of 12:00, written 40 s later: its price is the open of 12:01, not that of 12:02."""
    late = Order(market=SIM, timeframe="1m", candle=NOON, created_at=NOON + timedelta(seconds=100))

    due = filling.due(late)

    assert due is not None
    assert due.opens == NOON + timedelta(minutes=1) == first_filled(NOON + timedelta(minutes=1))


def test_where_candles_come_with_a_replay_nothing_is_promised():
    assert filling.due(Order(market=Market(venue="recorded"), timeframe="1m", created_at=datetime.now(UTC))) is None
    assert filling.ahead(venue="recorded").within is None
    assert filling.ahead(venue="sim", timeframe="1m").within == timedelta(minutes=2)


def by_hand(alice: User, side: Side, *, now: datetime) -> Working:
    """0.9 BTC at the market as it waits at the venue."""
    quotes.remember(tops={builders.market().id: Top(Decimal(19_999), Decimal(20_001), now)}, now=now)
    order = submit.submit_manual(
        owner=alice.id, body=ManualOrder(venue="recorded", symbol="BTC/USDT", side=side, quantity=Decimal("0.9")), key=side,
        actor=f"user:{alice.id}", request_id="r", now=now, policy=builders.policy(), kill_switch=never,
    )  # fmt: skip
    ticks = None if order.price is None else int(order.price * 100)
    kind, force = cast(OrderType, order.type), cast(TimeInForce, order.time_in_force)
    return Working("one", side, kind, force, ticks, steps=900, after=int(NOON.timestamp()))


@pytest.mark.django_db
def test_the_share_of_a_candle_that_is_told_is_the_one_that_a_market_order_gets():
    """5 BTC trade in the candle and one part in ten is 0.5: of 0.9 BTC the buy gets 0.5 and ends, the sale goes on."""
    alice = person("alice")
    builders.fund(alice)
    store.append(market_id=builders.market().id, timeframe="1m", window=builders.window(builders.flat(20_000), first=-1))
    waiting = [by_hand(alice, "BUY", now=NOON)]
    builders.Tape(volume=100_000).tick(*builders.flat(20_000))
    waiting.append(by_hand(alice, "SELL", now=NOON + timedelta(minutes=1)))

    for order, kinds in zip(waiting, (["FILL", "EXPIRED"], ["FILL"]), strict=True):
        share = filling.at_market(venue="recorded", side=order.side)
        reports = matcher.match(working=[order], candle=candle(), rules=rules())
        assert reports[0].quantity == Decimal(5) / share.part == Decimal("0.5")
        assert [report.kind for report in reports] == kinds
        assert share.goes_on == (kinds == ["FILL"])
