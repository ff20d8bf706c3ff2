"""Who has no bot is valued every hour and judged as everybody is: equity points, falls, the person's breaker."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Alert
from accounts.tests import builders as people
from ledger.models import EquityPoint
from ledger.operations import verify
from trading.domain.costs import Top
from trading.market import quotes, store
from trading.models import BreakerState, BreakerTrip
from trading.operations import breaker, stopping, submit
from trading.operations.act import never
from trading.operations.placing import ManualOrder
from trading.tests import builders
from trading.tests.builders import NOON, flat

pytestmark = pytest.mark.django_db
D = Decimal
ONE_O_CLOCK = NOON + timedelta(hours=1)
DEEP = 100_000  # 100 BTC a minute: every order here is filled whole


def order(user, *, side="BUY", quantity="0.45", now=NOON, key="k", **more):
    body = ManualOrder(venue="recorded", symbol="BTC/USDT", side=side, quantity=D(quantity), **more)
    return submit.submit_manual(
        owner=user.id, body=body, key=key, actor=f"user:{user.id}", request_id="r", now=now, policy=builders.policy(), kill_switch=never
    )


def quoted(price=20_000, at=NOON):
    """The market closed at this price just now, half a unit between bid and ask on each side."""
    minute = int((at - NOON).total_seconds()) // 60
    store.append(market_id=builders.market().id, timeframe="1m", window=builders.window(flat(price), first=minute - 1))
    quotes.remember(tops={builders.market().id: Top(D(price) - 1, D(price) + 1, at)}, now=at)


def tape(minute=0):
    made = builders.Tape(volume=DEEP)
    made.minute = minute
    return made


def bought(user):
    """0.45 of a coin at 20,003: 9,001.35, fee 9.00135; of 10,000 USDT 989.64865 are left."""
    builders.fund(user, "10000")
    quoted()
    assert order(user).state == "OPEN"
    tape().tick(*flat(20_000))


def points(user, **scope):
    return list(EquityPoint.objects.filter(wallet__owner=user, at=ONE_O_CLOCK, **scope).values_list("equity", flat=True))


def state(user):
    return BreakerState.objects.get(owner=user, bot__isnull=True)


def test_coins_bought_by_hand_are_valued_at_the_full_hour_and_at_no_other_minute(alice):
    """At 19,000: 989.64865 + 0.45 x 19,000 = 9,539.64865 in the wallet. The manual book was lent what the order could cost at
    most, 0.45 x 20,101 x 1.001 = 9,054.49545, of which 44.1441 are left: 8,594.1441."""
    bought(alice)
    before = EquityPoint.objects.count()
    tape(57).tick(*flat(19_000, 2))
    assert EquityPoint.objects.count() == before
    tape(59).tick(*flat(19_000))
    assert points(alice, book__isnull=True) == [D("9539.64865")]
    assert points(alice, book__kind="MANUAL") == [D("8594.1441")]
    assert state(alice).equity == D("9539.64865")
    assert round(state(alice).nav, 9) == D("0.954953371")  # 9,539.64865 of the 9,989.64865 that the fill left
    assert verify.verify().ok


def test_a_fall_of_ten_percent_in_a_day_trips_who_trades_by_hand(alice):
    """From 9,989.64865 at the fill to 989.64865 + 0.45 x 17,700 = 8,954.64865: 10.36 % down. Then nothing may be bought, and what is
    held may be sold."""
    bought(alice)
    tape(57).tick(*flat(17_700, 2))
    assert not BreakerTrip.objects.exists()
    falling = tape(59)
    falling.tick(*flat(17_700))
    trip = BreakerTrip.objects.get()
    assert (trip.owner_id, trip.bot_id, trip.limit, D(trip.value)) == (alice.id, None, "DAILY_LOSS", D("0.103607"))
    assert (trip.halt.scope, trip.halt.level, trip.halt.user_id, trip.halt.mode) == ("USER", "REDUCING", alice.id, "PAPER")
    assert Alert.objects.get(code="BREAKER").severity == "CRITICAL"
    quoted(17_700, at=ONE_O_CLOCK)
    refused = order(alice, quantity="0.01", now=ONE_O_CLOCK, key="more")
    assert (refused.state, refused.refusal) == ("REFUSED", "REDUCING")
    assert order(alice, side="SELL", now=ONE_O_CLOCK, key="out").state == "OPEN"
    assert breaker.reset(owner=alice.id, bot_id=None, reason="seen", actor="user:a", request_id="", now=ONE_O_CLOCK) == 1


def test_a_loss_that_is_taken_by_hand_is_judged_at_its_fill(alice):
    """Sold at 17,700 x 0.99985 = 17,697.345 less 0.1 %, ten minutes after the fall and no full hour: tripped by the fill."""
    bought(alice)
    later = NOON + timedelta(minutes=10)
    falling = tape(8)
    falling.tick(*flat(17_700, 2))
    quoted(17_700, at=later)
    assert order(alice, side="SELL", now=later, key="out").state == "OPEN"
    assert not BreakerTrip.objects.exists()
    falling.tick(*flat(17_700))
    assert (BreakerTrip.objects.get().owner_id, BreakerTrip.objects.get().limit) == (alice.id, "DAILY_LOSS")


def test_coins_that_a_bot_handed_over_count_on_without_it(alice):
    """0.01 BTC at 20,000 in a bot's book, handed over when it stopped for good: 9,800 + 0.01 x 30,000 at one o'clock."""
    builders.fund(alice, "10000")
    bot = builders.bot(alice, capital="1000")
    builders.holding(bot)
    stopping.stop_bot(owner=alice.id, bot_id=bot.id, position="keep", actor="user:a", request_id="", now=NOON)
    tape(57).tick(*flat(30_000, 3))
    assert points(alice, book__isnull=True) == [D(10_100)]
    assert points(alice, book__kind="MANUAL") == [D(300)]


def test_coins_by_hand_beside_a_bot_that_holds_are_one_worth(alice):
    """The bot holds 0.01, the person 0.45: 10,000 less 200 and 9,010.35135, and 0.46 x 20,000."""
    bought(alice)
    bot = builders.bot(alice, capital="500")
    builders.holding(bot)
    tape(57).tick(*flat(20_000, 3))
    assert points(alice, book__isnull=True) == [D("9989.64865")]
    assert points(alice, book=bot.book) == [D(500)]
    assert len(points(alice)) == 3


@pytest.mark.parametrize("trades_history", [True, False])
def test_while_history_is_traded_nobody_is_valued_by_what_they_hold_now(alice, trades_history):
    bought(alice)
    back = tape(57)
    back.stream.backfill_until = ONE_O_CLOCK if trades_history else None
    back.tick(*flat(20_000, 3))
    assert len(points(alice)) == (0 if trades_history else 2)


def test_twenty_people_by_hand_are_valued_with_the_statements_of_two():
    costs, size = [], 0
    for hour, upto in ((0, 2), (1, 20)):
        at = NOON + timedelta(hours=hour)
        quoted(at=at)
        while size < upto:
            person = people.person(f"person {size}")
            builders.fund(person, "10000")
            assert order(person, now=at).state == "OPEN"
            size += 1
        made = tape(60 * hour)
        made.tick(*flat(20_000))
        made.minute = 60 * hour + 59
        with CaptureQueriesContext(connection) as seen:
            made.tick(*flat(20_000))
        costs.append(len(seen))
        valued = EquityPoint.objects.filter(at=at + timedelta(hours=1), book__isnull=True)
        assert list(valued.values_list("equity", flat=True)) == [D("9989.64865")] * upto
    assert costs[0] == costs[1]
