"""A halt over a wallet, a person or a bot while ticks go on: its bots submit nothing and keep no entry that rests; what reduces goes
out as MONEY's table says. Everybody's orders cancelled under way, and bots that trade on to collect evidence."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bots import strategies
from bots.domain.exits import Exits
from bots.domain.halts import HaltWish, LevelName
from bots.operations import halts
from bots.tests.threads import at_once
from ledger.models import Reservation
from ledger.operations import verify
from ledger.tests import builders as money
from trading.models import Order, TrackRecord
from trading.operations import act, cancel, sweep
from trading.tests import builders
from trading.tests.builders import NOON, flat
from trading.tests.operations.test_resting_entries import Eager

pytestmark = pytest.mark.django_db
D = Decimal
JUMP = (20_000, 22_000, 20_000, 22_000)
LEVELS: tuple[LevelName, ...] = ("REDUCING", "HALTED")
OVER: dict[str, Any] = {
    "everybody": lambda bot: {"scope": "GLOBAL"},
    "the person": lambda bot: {"scope": "USER", "user": bot.owner_id},
    "the person in paper": lambda bot: {"scope": "USER", "user": bot.owner_id, "mode": "PAPER"},
    "the wallet": lambda bot: {"scope": "USER", "user": bot.owner_id, "wallet": bot.book.wallet_id},
    "the bot": lambda bot: {"scope": "BOT", "bot": bot.id},
}
covering = pytest.mark.parametrize("over", OVER)
of_level = pytest.mark.parametrize("level", LEVELS)


@pytest.fixture(autouse=True)
def eager():
    """A strategy that wants to enter at every candle."""
    strategies.families()["eager"] = Eager()
    yield
    del strategies.families()["eager"]


def resting(person, **changes):
    """A bot that wants in at every candle and whose limit at 20,000 rests since 12:01."""
    builders.fund(person)
    return builders.bot(person, strategy="eager", order_type="LIMIT", **changes)


def halted(bot, over, level):
    return halts.raise_halt(
        **OVER[over](bot), level=level, source="TEST", reason="", actor="system:test", request_id="", now=NOON + timedelta(minutes=1)
    )


def swept(now):
    return sweep.sweep(data_dir=builders.NOWHERE, policy=builders.policy(), now=now)


def entries(bot):
    return list(Order.objects.filter(bot=bot, leg="ENTRY").order_by("created_at", "id").values_list("state", "refusal"))


@of_level
@covering
def test_the_next_tick_withdraws_what_rests_refuses_what_is_wished_and_goes_on_when_the_halt_is_lifted(alice, bob, over, level):
    """Nobody is paused by this halt: alice's bot runs on under it, bob's is touched only where everybody is meant."""
    mine, his = resting(alice), resting(bob)
    tape = builders.Tape()
    tape.tick(*flat(20_000))
    assert entries(mine) == entries(his) == [("OPEN", "")]
    halt = halted(mine, over, level)
    tape.tick(*flat(20_000))
    mine.refresh_from_db()
    assert (mine.status, entries(mine)[0]) == ("RUNNING", ("CANCELLED", ""))
    first = Order.objects.filter(bot=mine).earliest("created_at")
    assert first.history[-2][::2] == ["CANCELLING", "asked by system:tick"]
    assert builders.balance(mine) == (10_000, 0, 0)
    assert entries(his)[0] == (("CANCELLED", "") if over == "everybody" else ("OPEN", ""))
    tape.tick(*flat(20_000))
    assert entries(mine)[1:] == [("REFUSED", level)] * (len(entries(mine)) - 1)
    assert len(entries(mine)) > 1
    halts.lift(halt_ids=[halt.id], actor="operator:o", reason="over", request_id="", now=tape.now)
    tape.tick(*flat(20_000))
    assert entries(mine)[-1] == ("OPEN", "")
    assert verify.verify().ok


@of_level
@covering
def test_the_sweeper_withdraws_it_without_waiting_for_a_candle_and_twice_is_once(alice, over, level):
    bot = resting(alice)
    builders.Tape().tick(*flat(20_000))
    halted(bot, over, level)
    assert swept(NOON + timedelta(seconds=62)).cancelled == 1
    assert entries(bot) == [("CANCELLED", "")]
    assert swept(NOON + timedelta(seconds=64)).cancelled == 0
    assert not Reservation.objects.filter(live=True).exists()


@pytest.mark.parametrize(("narrowed", "kept"), [("wallet", True), ("mode", True), ("bot", True), ("other person", True), ("nothing", False)])
def test_a_halt_over_something_else_leaves_it_at_rest(alice, bob, narrowed, kept):
    bot = resting(alice)
    tape = builders.Tape()
    tape.tick(*flat(20_000))
    sibling = builders.bot(alice, name="sibling", capital="100", running=False)
    elsewhere: dict[str, dict[str, Any]] = {
        "wallet": {"scope": "USER", "user": alice.id, "wallet": money.fund(alice, "1", venue="sim").id},
        "mode": {"scope": "USER", "user": alice.id, "mode": "LIVE"}, "bot": {"scope": "BOT", "bot": sibling.id},
        "other person": {"scope": "USER", "user": bob.id}, "nothing": {"scope": "GLOBAL"},
    }
    for level in LEVELS:
        halts.raise_halt(**elsewhere[narrowed], level=level, source="TEST", reason="", actor="system:t", request_id="", now=NOON)
    swept(NOON + timedelta(seconds=62))
    tape.tick(*flat(20_000))
    assert entries(bot)[0][0] == ("OPEN" if kept else "CANCELLED")


def test_under_a_halt_that_only_reduces_a_persons_sale_rests_on_and_their_purchase_does_not(alice):
    """A sale of 0.01 at 30,000 and a purchase of 0.01 at 10,000, both by hand out of the bot's book."""
    builders.fund(alice)
    bot = builders.bot(alice)
    builders.holding(bot)
    resting: dict[str, Any] = {"type": "LIMIT", "time_in_force": "GTC"}
    sale, purchase = builders.sent(
        builders.manual(bot, side="SELL", leg="EXIT", reducing=True, price=D(30_000), **resting), builders.manual(bot, price=D(10_000), **resting)
    )
    halted(bot, "the wallet", "REDUCING")
    assert swept(NOON + timedelta(seconds=62)).cancelled == 1
    sale.refresh_from_db()
    purchase.refresh_from_db()
    assert (sale.state, purchase.state) == ("OPEN", "CANCELLED")
    assert builders.balance(bot, "BTC") == (0, D("0.01"), 0)


@pytest.mark.parametrize(("level", "leaves"), [("REDUCING", True), ("HALTED", False)])
@pytest.mark.parametrize("over", ["the wallet", "the bot"])
def test_a_stop_loss_under_it_goes_out_as_the_table_says(alice, over, level, leaves):
    """Bought at 20,003 with a stop 5 % under: 19,002.85 is passed."""
    builders.fund(alice)
    bot = builders.bot(alice, exits=Exits(stop_loss=D("0.05")))
    tape = builders.Tape()
    tape.tick(*flat(20_000, 3))
    builders.holding(bot, at=NOON + timedelta(minutes=2))
    halted(bot, over, level)
    tape.tick((20_000, 20_000, 18_900, 18_900))
    leaving = Order.objects.get(leg="EXIT")
    assert (leaving.reason, leaving.state, leaving.refusal) == ("STOP_LOSS", *(("OPEN", "") if leaves else ("REFUSED", "HALTED")))


@of_level
@pytest.mark.parametrize("over", ["the wallet", "the bot"])
def test_a_halt_between_the_claim_and_the_sending_of_a_tick_stops_entries_and_exits_by_its_level(alice, bob, over, level):
    """Three orders are claimed when the halt comes: an entry and an exit of alice's bot, an entry of bob's."""
    builders.fund(alice)
    builders.fund(bob)
    mine, his = builders.bot(alice), builders.bot(bob)
    builders.holding(mine)
    exit_, entry, other = builders.claimed(
        builders.request(mine, side="SELL", candle=1), builders.request(mine, candle=2, intent=uuid4()), builders.request(his)
    ).orders
    halted(mine, over, level)
    act.send([exit_, entry, other], market=builders.market(), now=NOON)
    states = {order.id: (order.state, order.refusal) for order in Order.objects.filter(id__in=[exit_.id, entry.id, other.id])}
    held_back = ("REJECTED", "HALTED_BEFORE_SENDING")
    assert states == {exit_.id: ("OPEN", "") if level == "REDUCING" else held_back, entry.id: held_back, other.id: ("OPEN", "")}
    assert builders.balance(mine)[1] == 0


def test_a_sweep_withdraws_the_entries_of_fifty_tripped_bots_with_the_statements_of_two(alice, bob):
    """Each has a halt of its own."""
    costs = []
    for person, size in ((alice, 2), (bob, 50)):
        builders.fund(person, "1000000")
        bots = [builders.bot(person, name=str(number), capital="1000", born=number) for number in range(size)]
        builders.sent(*(builders.request(bot, time_in_force="GTC") for bot in bots))
        wishes = [HaltWish(scope="BOT", level="REDUCING", source="BREAKER", reason="", bot=bot.id, user=person.id) for bot in bots]
        assert len(halts.raise_halts(wishes, actor="system:breaker", request_id="", now=NOON)) == size
        with CaptureQueriesContext(connection) as seen:
            done = swept(NOON + timedelta(seconds=5))
        costs.append(len(seen))
        assert done.cancelled == size
    assert costs[0] == costs[1]
    assert not Reservation.objects.filter(live=True).exists()


@pytest.mark.django_db(transaction=True)
def test_everybodys_orders_are_cancelled_beside_ticks_and_claims_and_no_money_stays_held(alice, bob):
    """Eight threads: four send entries out of four books, two settle minutes that fill some of them, two cancel everything again and
    again. Each order ends once, and after a last cancel nothing works and nothing is held."""
    for person in (alice, bob):
        builders.fund(person, "1000000")
    bots = [builders.bot(person, name=str(number), capital="100000", born=number) for person in (alice, bob) for number in range(2)]
    builders.Tape()

    def work(number):
        if number < 4:
            for _ in range(12):
                builders.sent(builders.manual(bots[number]))
            return "sent"
        if number < 6:
            tape = builders.Tape()
            tape.minute = number
            for _ in range(6):
                tape.tick(*flat(20_000))
            return "ticked"
        for _ in range(6):
            cancel.cancel_all(owner=None, actor="operator:o", request_id="", now=NOON + timedelta(minutes=1))
        return "cancelled"

    answers = at_once(8, work)
    assert sorted(map(str, answers)) == ["cancelled"] * 2 + ["sent"] * 4 + ["ticked"] * 2, answers
    assert cancel.cancel_all(owner=None, actor="operator:o", request_id="", now=NOON + timedelta(hours=1)).open == 0
    assert set(Order.objects.values_list("state", flat=True)) <= {"CANCELLED", "FILLED", "EXPIRED"}
    assert not Reservation.objects.filter(live=True).exists()
    report = verify.verify()
    assert report.ok, report.first_difference


def with_record(bot, trades, **changes):
    """Trades that lose 12 bps each before fees, and never varied by more than a basis point."""
    TrackRecord.objects.create(
        bot=bot, trades=trades, wins=0, net_return_mean=-0.0032, net_return_deviation=0.0001, gross_edge_mean_bps=-12,
        gross_edge_deviation_bps=1, **changes,
    )  # fmt: skip


def entered(bot):
    order = Order.objects.get(bot=bot, leg="ENTRY")
    return order, next(said for said in order.verdicts if said["gate"] == "B")


@pytest.mark.parametrize("trades", [20, 24, 200])
def test_on_paper_a_record_that_does_not_pay_does_not_silence_a_bot_and_its_size_is_the_smallest(alice, trades):
    """The jump states an edge of 57.15 bps, the record says -12.29 or less, 48 are needed: it goes on with 1 % of 10,000, at a bound
    of 22,110: 0.004 BTC are 88.53 with the fee. Its order says so, and that it is a bootstrap."""
    builders.fund(alice)
    bot = builders.bot(alice)
    with_record(bot, trades)
    builders.Tape().tick(*flat(20_000, 3), JUMP)
    order, said = entered(bot)
    assert (order.state, order.quantity, order.bootstrap) == ("OPEN", D("0.004"), True)
    assert (said["verdict"], said["code"]) == ("PASS", "COLLECTS_EVIDENCE")
    numbers = said["numbers"]
    assert (numbers["stated_edge_bps"], numbers["edge_source"], numbers["needed_bps"]) == ("57.15", "REALISED", "48")
    assert D(numbers["edge_bps"]) < -12


def test_a_signal_that_does_not_pay_is_refused_however_much_evidence_is_wanted(alice):
    """At 60 bps of margin alone the round trip needs more than the 57.15 that the jump states."""
    builders.fund(alice)
    bot = builders.bot(alice)
    with_record(bot, 24)
    builders.Tape(policy=builders.policy(safety_margin_bps=D(60))).tick(*flat(20_000, 3), JUMP)
    order, said = entered(bot)
    assert (order.state, order.refusal, said["code"]) == ("REFUSED", "EDGE_UNDER_COST", "EDGE_UNDER_COST")


def test_with_nineteen_trades_the_stated_edge_counts_and_nothing_is_said_of_evidence(alice):
    builders.fund(alice)
    bot = builders.bot(alice)
    with_record(bot, 19)
    builders.Tape().tick(*flat(20_000, 3), JUMP)
    order, said = entered(bot)
    assert (order.state, said["code"], said["numbers"]["edge_source"]) == ("OPEN", "", "STATED")


@of_level
def test_collecting_evidence_is_no_way_round_a_halt(alice, level):
    builders.fund(alice)
    bot = builders.bot(alice)
    with_record(bot, 24)
    halted(bot, "the bot", level)
    builders.Tape().tick(*flat(20_000, 3), JUMP)
    order, said = entered(bot)
    assert (said["code"], order.refusal) == ("COLLECTS_EVIDENCE", level)


def test_collecting_evidence_is_no_way_round_a_limit(alice):
    builders.fund(alice)
    bot = builders.bot(alice)
    with_record(bot, 24)
    builders.Tape(policy=builders.policy(max_trades_per_bot_daily=0)).tick(*flat(20_000, 3), JUMP)
    order, said = entered(bot)
    assert (said["code"], order.refusal) == ("COLLECTS_EVIDENCE", "BOT_DAILY_LIMIT")
