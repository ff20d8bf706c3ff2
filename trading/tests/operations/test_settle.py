"""Settling against real rows: what a candle trades is shared by all orders of its market and run, whatever their timeframe, and
settling it again changes nothing. A minute here trades 1 BTC, of which our orders can have 0.1."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from bots.tests.threads import at_once
from ledger.models import Fill
from ledger.operations import verify
from trading.models import Order, Stream, Trade
from trading.operations import cancel, settle
from trading.tests import builders
from trading.tests.builders import NOON, flat

pytestmark = pytest.mark.django_db
D = Decimal
MINUTE = timedelta(minutes=1)
AFTER = NOON + MINUTE
ROW = (20_000, 20_010, 19_990, 20_000)
REST: dict[str, Any] = {"type": "LIMIT", "time_in_force": "GTC", "price": D("19999")}

ENTRY: dict[str, Any] = {"type": "LIMIT", "time_in_force": "GTD", "price": "19000", "expires_at": NOON + 9 * MINUTE}

@pytest.fixture
def bot(alice):
    builders.fund(alice)
    return builders.bot(alice, capital="50000")


def stream(timeframe="1m", run=""):
    return Stream.objects.get_or_create(market=builders.market(), timeframe=timeframe, run=run)[0]


def settled(*rows, first=0, before=0, of=None, window=None):
    window = window if window is not None else builders.window(rows or [ROW], first=first)
    return settle.working_orders(of or stream(), builders.market(), window, price=D(20_000), now=AFTER, elsewhere={}, before=before)


def placed(owner, *, quantity="0.06", now=NOON, **changes):
    [order] = builders.sent(builders.manual(owner, quantity=D(quantity), **changes), now=now)
    return order


def fresh(order):
    order.refresh_from_db()
    return order.state, order.filled_quantity


def test_the_pool_of_a_minute_is_shared_in_claim_order_and_the_rest_of_an_immediate_order_is_freed(bot):
    """0.06 and 0.06 of 0.1: the second gets 0.04, at 20,003.00 each; 50,000 - 0.1 x 20,003 - 2.0003 = 47,997.6997 is all free."""
    first, second = placed(bot), placed(bot)
    done = settled()
    assert (done.fills, done.still_working) == (2, False)
    assert (fresh(first), fresh(second)) == (("FILLED", D("0.06")), ("EXPIRED", D("0.04")))
    assert second.history[-1][2] == "Too little traded for all of it."
    assert builders.balance(bot) == (D("47997.6997"), 0, 0)
    assert verify.verify().ok


def test_an_open_is_not_for_who_asked_a_part_of_a_second_later(bot):
    """The price of 12:00 is known by 12:00:00.000001: what is asked then waits for 12:01."""
    order = placed(bot, now=NOON + timedelta(microseconds=1))
    assert settled().fills == 0
    assert settled(first=1).fills == 1
    assert Fill.objects.get(client_order_id=order.client_order_id).executed_at == NOON + MINUTE


def test_a_candle_settled_again_changes_nothing_and_gives_nobody_a_second_part(bot):
    """0.06 and 0.06 rest at 19,999: 0.06 and 0.04. Again, as after a crash: the second one waits for the next minute."""
    first, second = placed(bot, **REST), placed(bot, **REST)
    assert settled().fills == 2
    again = settled()
    assert (again.fills, again.changed, again.still_working) == (0, False, True)
    assert (fresh(first), fresh(second)) == (("FILLED", D("0.06")), ("PARTIALLY_FILLED", D("0.04")))
    assert settled(first=1).fills == 1
    assert fresh(second) == ("FILLED", D("0.06"))
    assert Fill.objects.count() == 3
    assert verify.verify().ok


def test_what_the_minutes_gave_is_gone_from_the_five_minutes_they_lie_in(bot):
    """Five minutes of 1 BTC: 0.5 for our orders, of which the second minute gave 0.1; a thirst for 0.6 finds 0.4."""
    placed(bot, quantity="0.1", now=AFTER)
    assert settled(first=1).fills == 1
    large = placed(bot, quantity="0.6", timeframe="5m")
    five = replace(builders.window([(20_000, 20_010, 19_990, 20_000, 5_000)]), seconds=300)
    settled(of=stream("5m"), window=five)
    assert fresh(large) == ("EXPIRED", D("0.4"))


@pytest.mark.parametrize(("asked", "left"), [("0.6", "0"), ("0.2", "0"), ("0.04", "0.06")])
def test_what_five_minutes_gave_is_gone_from_a_minute_of_theirs_that_is_settled_after_them(bot, asked, left):
    """Two bots, and the minutes lag: the five minutes have given up to 0.5 when the last of them, with 0.1 of its own, is settled. Nobody
    knows in which minute they gave it, so all of it counts, and both together never have more than a tenth."""
    placed(bot, quantity=asked, timeframe="5m")
    five = replace(builders.window([(20_000, 20_010, 19_990, 20_000, 5_000)]), seconds=300)
    settled(of=stream("5m"), window=five)
    late = placed(bot, quantity="0.1", now=NOON + 4 * MINUTE)
    settled(first=4)
    assert fresh(late) == ("EXPIRED", D(left))
    assert sum(Fill.objects.values_list("quantity", flat=True)) == max(min(D(asked), D("0.5")), D("0.1"))
    assert settled(first=5).fills == 0
    after = placed(bot, quantity="0.1", now=NOON + 5 * MINUTE)
    settled(first=5)
    assert fresh(after) == ("FILLED", D("0.1"))


def test_a_replay_does_not_trade_against_the_orders_of_others(bot):
    """The live minute is taken whole; the same minute of a run has its own tenth."""
    placed(bot, quantity="0.1")
    assert settled().fills == 1
    other = placed(bot, quantity="0.1", run="study")
    settled(of=stream(run="study"))
    assert fresh(other) == ("FILLED", D("0.1"))


def test_several_missed_minutes_each_give_their_own_part(bot):
    order = placed(bot, quantity="0.25", **REST)
    done = settled(ROW, ROW, ROW)
    assert (done.fills, fresh(order)) == (3, ("FILLED", D("0.25")))
    assert sorted(Fill.objects.values_list("executed_at", "quantity")) == [
        (NOON, D("0.1")), (NOON + MINUTE, D("0.1")), (NOON + 2 * MINUTE, D("0.05")),
    ]  # fmt: skip


def test_a_resting_buy_in_parts_never_spends_more_than_it_holds(bot):
    """0.25 at 19,999 with 0.1 % hold 5,004.74975; filled in three parts at the maker's 0.1 % it spends just that."""
    order = placed(bot, quantity="0.25", **REST)
    assert builders.held_money(order) == (D("5004.74975"), True)
    settled(ROW, ROW, ROW)
    assert builders.balance(bot) == (D("44995.25025"), 0, 0)
    assert verify.verify().ok


def test_a_post_only_that_would_take_ends_with_the_venues_word_and_its_money_is_free(bot):
    order = placed(bot, type="POST_ONLY", time_in_force="GTC", price=D("20100"))
    settled()
    assert fresh(order) == ("EXPIRED", 0)
    assert (order.refusal, order.history[-1][2]) == (
        "POST_ONLY_WOULD_TAKE", "The venue turned it down: it would have taken from the book instead of resting there.",
    )  # fmt: skip
    assert builders.balance(bot) == (50_000, 0, 0)


def test_a_dated_order_expires_at_its_time_with_what_it_has(bot):
    """Good until 12:01:00.5: the candles of 12:00 and 12:01 may fill it, that of 12:02 finds it over."""
    order = placed(bot, quantity="0.25", **{**REST, "time_in_force": "GTD", "expires_at": NOON + timedelta(seconds=60.5)})
    settled(ROW, ROW, ROW)
    assert fresh(order) == ("EXPIRED", D("0.2"))
    assert order.history[-1][2] == "Its time was over."
    assert builders.balance(bot)[1] == 0


def test_an_exit_that_fills_in_parts_is_one_trade_when_it_is_done_and_one_of_its_part_when_it_is_cancelled(bot):
    """0.25 held, sold at the market: 0.1 a minute. Cancelled after two minutes it is a trade of 0.2."""
    builders.holding(bot, quantity="0.25", at=NOON - MINUTE)
    [leaving] = builders.sent(builders.request(bot, side="SELL", quantity="0.25"))
    settled(ROW, ROW)
    assert (fresh(leaving), Trade.objects.count()) == (("PARTIALLY_FILLED", D("0.2")), 0)
    cancel.cancel_where(cancel.Scope("o.id = %s", (leaving.id,)), actor="user:test", now=AFTER)
    assert fresh(leaving) == ("CANCELLED", D("0.2"))
    assert Trade.objects.get().amount == D("0.2")
    assert builders.balance(bot, "BTC") == (D("0.05"), 0, 0)
    assert verify.verify().ok


def test_the_bots_whose_entry_rests_are_told_and_those_of_people_or_of_later_candles_are_not(bot, alice):
    """An entry decided at the close of this minute has not met it: settled again after a crash it is not resting yet."""
    by_hand = builders.bot(alice, name="by hand", capital="5000")
    late = builders.bot(alice, name="late", capital="5000")
    builders.sent(builders.request(bot, **ENTRY))
    placed(by_hand, bot=by_hand.id, **{**REST, "price": D("19000")})
    builders.sent(builders.request(late, candle=1, **ENTRY), now=AFTER)
    assert settled().resting == {bot.id}


def test_a_resting_entry_expires_at_a_gap_and_the_limit_of_a_person_goes_on(bot):
    [decided] = builders.sent(builders.request(bot, **ENTRY))
    person = placed(bot, **{**REST, "price": D("19000")})
    settled(first=1, before=int(NOON.timestamp()) + 60)
    assert (fresh(decided), fresh(person)) == (("OPEN", 0), ("OPEN", 0))
    settled(first=4, before=int(NOON.timestamp()) + 120)
    assert (fresh(decided)[0], fresh(person)[0]) == ("EXPIRED", "OPEN")


@pytest.mark.django_db(transaction=True)
def test_eight_settlements_of_one_minute_at_once_give_it_away_once(bot):
    """Sixteen orders of 0.02 on the one minute's 0.1: five are filled, whoever comes first, and no fill is told twice."""
    orders = [placed(bot, quantity="0.02", **REST) for _ in range(16)]
    answers = at_once(8, lambda _: settled())
    assert not [each for each in answers if isinstance(each, Exception)], answers
    assert sum(each.fills for each in answers) == 5
    assert [fresh(order)[0] for order in orders] == ["FILLED"] * 5 + ["OPEN"] * 11
    assert verify.verify().ok


@pytest.mark.django_db(transaction=True)
def test_an_order_is_either_cancelled_or_filled_by_a_minute_that_is_settled_meanwhile(bot):
    """Whoever comes first, what ends CANCELLED has nothing of this minute: a cancel that was answered is not followed by a fill."""
    orders = [placed(bot, quantity="0.01", **REST) for _ in range(8)]

    def both(number):
        if number % 2:
            return settled()
        return cancel.cancel_where(cancel.Scope("o.id = %s", (orders[number].id,)), actor="user:test", now=AFTER)

    answers = at_once(8, both)
    assert not [each for each in answers if isinstance(each, Exception)], answers
    settled()
    assert {fresh(order) for order in orders} <= {("FILLED", D("0.01")), ("CANCELLED", D(0))}
    assert builders.balance(bot)[1] == 0
    assert not Order.objects.exclude(state__in=["FILLED", "CANCELLED"]).exists()
    assert verify.verify().ok


def test_flat_minutes_at_its_price_fill_no_limit(bot):
    order = placed(bot, **{**REST, "price": D("20000")})
    settled(*flat(20_000, 3))
    assert fresh(order) == ("OPEN", 0)
