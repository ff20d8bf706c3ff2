"""Bots that enter with limits, through the real tick: an entry rests at the price it was decided at for five candles, fills in
parts, and is gone before anything that says that the bot would not enter any more.

Four minutes in, a jump to 22,000 is an entry of 0.004 BTC at 22,000.00, decided at 12:04. A volume of 20 has 0.002 for us."""

from __future__ import annotations

from copy import copy
from decimal import Decimal

import numpy as np
import pytest

from bots import strategies
from bots.domain.exits import Exits
from bots.models import Bot
from bots.operations import lifecycle
from bots.strategies.ema_cross import EmaCross
from ledger.models import Fill
from ledger.operations import verify
from trading.models import Order, Trade
from trading.operations import stop
from trading.tests import builders
from trading.tests.builders import flat

pytestmark = pytest.mark.django_db
D = Decimal
JUMP = (20_000, 22_000, 20_000, 22_000)
THROUGH = (22_000, 22_000, 21_990, 22_000, 20)


def placed(alice, *, kind="LIMIT", **changes):
    """A bot of this order type whose entry has just been sent, and the tape it is on."""
    builders.fund(alice)
    bot = builders.bot(alice, order_type=kind, **changes)
    tape = builders.Tape()
    tape.tick(*flat(20_000, 3), JUMP)
    return bot, tape


def entry():
    return Order.objects.get(leg="ENTRY")


def test_an_entry_rests_at_the_decided_price_for_five_candles(alice):
    bot, _ = placed(alice)
    order = entry()
    assert (order.state, order.type, order.time_in_force, order.price, order.quantity) == ("OPEN", "LIMIT", "GTD", D(22_000), D("0.004"))
    assert order.expires_at == builders.utc(2026, 3, 2, 12, 9)
    assert builders.balance(bot) == (D("9911.912"), D("88.088"), 0)  # 0.004 x 22,000 x 1.001


@pytest.mark.parametrize("kind", ["LIMIT", "POST_ONLY"])
def test_it_fills_in_parts_over_two_candles_and_the_position_is_the_sum(alice, kind):
    """0.002 at 22,000.00 each, as a maker; the market's makers pay 0.1 %: 0.044 each. 10,000 - 88 - 0.088 = 9,911.912."""
    bot, tape = placed(alice, kind=kind)
    tape.tick(THROUGH)
    assert (entry().state, entry().filled_quantity) == ("PARTIALLY_FILLED", D("0.002"))
    assert tape.memory.roster.members[0].units == D("0.002")
    assert tape.memory.resting == {bot.id}
    tape.tick(THROUGH)
    assert (entry().state, entry().filled_value, entry().fees) == ("FILLED", D(88), D("0.088"))
    assert tape.memory.roster.members[0].units == D("0.004")
    assert tape.memory.resting == frozenset()
    assert builders.balance(bot) == (D("9911.912"), 0, 0)
    assert Order.objects.count() == 1
    assert verify.verify().ok


def test_it_expires_on_the_sixth_candle_and_its_money_is_free(alice):
    """Minutes that only touch 22,000 do not fill it."""
    bot, tape = placed(alice)
    tape.tick(*flat(22_000, 5))
    assert entry().state == "OPEN"
    tape.tick(*flat(22_000))
    assert entry().state == "EXPIRED"
    assert builders.balance(bot) == (10_000, 0, 0)


def test_a_limit_that_crosses_the_next_open_takes_and_a_post_only_is_turned_down(alice, bob):
    """An open of 21,900 costs a taker 21,903.285, up to the tick 21,903.29."""
    limit, tape = placed(alice)
    builders.fund(bob)
    post = builders.bot(bob, order_type="POST_ONLY")
    tape.tick(*flat(20_000, 9), JUMP)
    tape.tick((21_900, 22_000, 21_900, 22_000))
    taken, turned_down = (Order.objects.filter(bot=bot, leg="ENTRY").latest("created_at") for bot in (limit, post))
    assert (taken.state, taken.filled_value / taken.filled_quantity) == ("FILLED", D("21903.29"))
    assert (turned_down.state, turned_down.refusal) == ("EXPIRED", "POST_ONLY_WOULD_TAKE")


def test_a_turned_signal_cancels_it(alice):
    """A minute without volume falls to 19,000: nothing is filled, the fast mean is under the slow one."""
    bot, tape = placed(alice)
    tape.tick((22_000, 22_000, 19_000, 19_000, 0))
    assert entry().state == "CANCELLED"
    assert builders.balance(bot) == (10_000, 0, 0)


def test_an_exit_is_sent_after_the_rest_of_its_entry_was_cancelled_and_sells_what_it_got(alice):
    """0.002 of 0.004 at 22,000.00; the same minute falls through the stop at 21,560. Nothing more is bought at the low opens that
    follow, and what was bought is sold: one trade of 0.002."""
    bot, tape = placed(alice, exits=Exits(stop_loss=D("0.02")))
    tape.tick((22_000, 22_000, 21_000, 21_000, 20))
    leaving = Order.objects.get(leg="EXIT", state="OPEN")
    assert (entry().state, entry().filled_quantity, leaving.quantity) == ("CANCELLED", D("0.002"), D("0.002"))
    assert entry().updated_at <= leaving.created_at
    tape.tick(*flat(21_000, 3))
    assert (entry().state, entry().filled_quantity) == ("CANCELLED", D("0.002"))
    assert Trade.objects.get().amount == D("0.002")
    assert builders.balance(bot, "BTC") == (0, 0, 0)
    assert verify.verify().ok


def test_a_pause_cancels_it_at_the_next_candle_and_a_stop_at_once(alice, bob):
    paused, tape = placed(alice)
    lifecycle.pause(bot_id=paused.id, actor="user:a", request_id="", now=tape.now)
    tape.tick(*flat(22_000))
    assert entry().state == "CANCELLED"
    builders.fund(bob)
    stopped = builders.bot(bob, order_type="LIMIT")
    tape.tick(*flat(20_000, 9), JUMP)
    order = Order.objects.get(bot=stopped)
    assert order.state == "OPEN"
    stop.emergency_stop(
        scope="USER", user=bob.id, reason="", flatten=False, actor="user:b", request_id="", now=tape.now, policy=builders.policy()
    )
    order.refresh_from_db()
    assert order.state == "CANCELLED"
    assert builders.balance(stopped) == (10_000, 0, 0)


def test_a_missing_candle_ends_it(alice):
    bot, tape = placed(alice)
    tape.tick(*flat(22_000))
    tape.minute += 1
    tape.tick(THROUGH)
    assert (entry().state, entry().history[-1][2][:18]) == ("EXPIRED", "No candle followed")
    assert builders.balance(bot) == (10_000, 0, 0)


def test_a_tick_that_is_run_again_after_a_crash_fills_nothing_twice(alice):
    """The process died before it saved: its memory is that of the minute before."""
    _, tape = placed(alice)
    before = copy(tape.memory)
    tape.tick(THROUGH)
    done = tape.again(THROUGH, memory=before)
    assert (done.fills, Fill.objects.count(), entry().filled_quantity) == (0, 1, D("0.002"))


class Eager(EmaCross):
    """Wants to enter at every candle."""

    family = "eager"

    def signal(self, series, genomes, last):
        said = super().signal(series, genomes, last)
        return type(said)(direction=np.ones_like(said.direction), edge_bps=np.full_like(said.edge_bps, 100.0), ready=said.ready)


@pytest.fixture
def eager():
    strategies.families()["eager"] = Eager()
    yield
    del strategies.families()["eager"]


def test_a_bot_whose_entry_rests_asks_for_no_second_one(alice, eager):
    """A hundred basis points at every candle: one order in the first five minutes, the next one when it has expired."""
    builders.fund(alice)
    builders.bot(alice, order_type="LIMIT", strategy="eager")
    tape = builders.Tape()
    tape.tick(*flat(20_000, 6))
    assert [order.state for order in Order.objects.all()] == ["OPEN"]
    tape.tick(*flat(20_000))
    assert sorted(order.state for order in Order.objects.all()) == ["EXPIRED", "OPEN"]


def test_a_bot_that_trips_has_the_rest_of_its_entry_cancelled_in_the_same_tick(alice, eager):
    """0.002 at 20,000 with a fee of 0.04; a close of 19,900 costs 0.20 more: 0.24 of 10,000 are 0.24 bps, the limit is 0.1."""
    builders.fund(alice)
    bot = builders.bot(alice, order_type="LIMIT", strategy="eager")
    tape = builders.Tape(policy=builders.policy(max_drawdown_percent=D("0.00001")))
    tape.tick(*flat(20_000))
    tape.tick((20_000, 20_000, 19_900, 19_900, 20))
    assert Bot.objects.get(id=bot.id).status == "CIRCUIT_TRIPPED"
    order = Order.objects.get(leg="ENTRY", bot=bot)
    assert (order.state, order.filled_quantity) == ("CANCELLED", D("0.002"))
    assert builders.balance(bot)[1] == 0
