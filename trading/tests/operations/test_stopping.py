"""A bot that is stopped closes or hands over its position, gives its allocation back and ends; under a halt it waits."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from bots.models import Halt
from bots.operations import halts, lifecycle
from bots.tests.threads import at_once
from ledger.models import Balance, Lot, Reservation
from ledger.operations import verify
from trading.domain.breaker import Use
from trading.models import Order
from trading.operations import breaker, stopping
from trading.operations.claim import Trip
from trading.tests import builders
from trading.tests.builders import NOON, flat

pytestmark = pytest.mark.django_db
D = Decimal


def ask(bot, position):
    return stopping.stop_bot(owner=bot.owner_id, bot_id=bot.id, position=position, actor="user:a", request_id="r", now=NOON + timedelta(seconds=30))


def free(bot, asset="USDT"):
    return of_kind("FREE", bot, asset)


def manual(bot, asset="BTC"):
    return of_kind("MANUAL", bot, asset)


def of_kind(kind, bot, asset):
    row = Balance.objects.filter(book__wallet=bot.book.wallet, book__kind=kind, asset=asset).first()
    return row.cash if row else 0


@pytest.fixture
def holder(alice):
    """90,000 USDT free, 10,000 in a bot of which 200 became 0.01 BTC."""
    builders.fund(alice)
    bot = builders.bot(alice)
    builders.holding(bot)
    builders.mark("20000")
    return bot


def test_without_a_position_it_ends_at_once_and_gives_its_money_back(alice):
    builders.fund(alice)
    bot = builders.bot(alice)
    [order] = builders.sent(builders.request(bot))
    assert ask(bot, "close").status == "STOPPED"
    order.refresh_from_db()
    assert order.state == "CANCELLED"
    assert free(bot) == 100_000
    assert builders.balance(bot) == (0, 0, 0)
    assert verify.verify().ok


def test_close_sells_at_the_next_open_and_ends_then(holder):
    """Sold at 21,000 x 0.99985 = 20,996.85: 209.9685, fee 0.2099685; 9,800 + 209.7585315 go back."""
    bot = ask(holder, "close")
    assert (bot.status, bot.pause_reason) == ("PAUSED", "STOPPING")
    tape = builders.Tape()
    tape.tick(*flat(20_500))
    leaving = Order.objects.get(leg="EXIT")
    assert (leaving.reason, leaving.type, leaving.price, leaving.state) == ("FLATTEN", "MARKET", None, "OPEN")
    assert not stopping.finish([bot.id], now=NOON)
    tape.tick(*flat(21_000))
    assert stopping.finish_all(now=tape.now) == 1
    bot.refresh_from_db()
    assert bot.status == "STOPPED"
    assert free(bot) == D("100009.7585315")
    assert builders.balance(bot) == (0, 0, 0)
    assert stopping.finish_all(now=tape.now) == 0
    assert verify.verify().ok


def test_keep_hands_the_coins_over_with_their_cost_and_date(holder):
    bot = ask(holder, "keep")
    assert bot.status == "STOPPED"
    assert (free(bot), free(bot, "BTC"), manual(bot)) == (99_800, 0, D("0.01"))
    lot = Lot.objects.get(remaining__gt=0)
    assert (lot.book.kind, lot.remaining, lot.cost_left, lot.opened_at) == ("MANUAL", D("0.01"), 200, NOON)
    assert not Order.objects.filter(leg="EXIT").exists()
    assert verify.verify().ok


def test_under_a_stop_it_waits_and_goes_on_when_the_stop_is_lifted(holder):
    halt = halts.raise_halt(scope="GLOBAL", level="HALTED", source="EMERGENCY_STOP", reason="", actor="operator:o", request_id="", now=NOON)
    bot = ask(holder, "close")
    tape = builders.Tape()
    tape.tick(*flat(20_000))
    assert Order.objects.get(leg="EXIT").refusal == "HALTED"
    assert stopping.finish_all(now=tape.now) == 0
    halts.lift(halt_ids=[halt.id], actor="operator:o", reason="over", request_id="", now=NOON)
    tape.tick(*flat(20_000, 2))
    assert stopping.finish_all(now=tape.now) == 1
    bot.refresh_from_db()
    assert bot.status == "STOPPED"


def test_a_stopping_bot_sells_also_under_a_breakers_halt(holder):
    halts.raise_halt(scope="USER", level="REDUCING", source="BREAKER", reason="", actor="system:b", request_id="", now=NOON, user=holder.owner_id)
    ask(holder, "close")
    builders.Tape().tick(*flat(20_000))
    assert Order.objects.get(leg="EXIT").state == "OPEN"


def test_a_position_worth_less_than_the_market_takes_is_handed_over(alice):
    """0.01 BTC at 200 are 2 USDT, under the minimum of 5: nobody could sell them, so the coins go to the manual book."""
    builders.fund(alice)
    bot = builders.bot(alice)
    builders.holding(bot)
    builders.mark("200")
    assert ask(bot, "close").status == "STOPPED"
    assert (free(bot, "BTC"), manual(bot)) == (0, D("0.01"))
    assert verify.verify().ok


def test_a_tripped_bot_that_is_stopped_leaves_no_halt_behind(alice):
    builders.fund(alice)
    bot = builders.bot(alice)
    found = Trip(alice.id, "PAPER", bot.id, Use("DAILY_LOSS", D("0.11"), D("0.10"), "Fallen."))
    assert breaker.trip([found], now=NOON) == 1
    assert Halt.objects.get(bot=bot).lifted_at is None
    assert ask(bot, "close").status == "STOPPED"
    assert Halt.objects.get(bot=bot).lifted_at is not None


@pytest.mark.parametrize(
    "resting",
    [
        {"type": "LIMIT", "time_in_force": "GTC"},
        {"type": "LIMIT", "time_in_force": "GTD", "expires_at": NOON + timedelta(hours=1)},
        {"type": "POST_ONLY", "time_in_force": "GTC"},
    ],
    ids=lambda resting: f"{resting['type']} {resting['time_in_force']}",
)
def test_an_entry_that_rests_is_cancelled_before_anything_else(alice, resting):
    builders.fund(alice)
    bot = builders.bot(alice)
    [entry] = builders.sent(builders.request(bot, **resting))
    assert entry.state == "OPEN"
    assert ask(bot, "close").status == "STOPPED"
    entry.refresh_from_db()
    assert (entry.state, free(bot)) == ("CANCELLED", 100_000)


@pytest.mark.parametrize(("position", "status"), [("keep", "STOPPED"), ("close", "PAUSED")])
def test_the_filled_part_of_a_resting_entry_is_the_position_and_the_rest_is_cancelled(alice, position, status):
    """0.004 of 0.01 BTC bought at 20,000: 80 USDT of coins stay, 9,920 USDT and nothing reserved."""
    builders.fund(alice)
    bot = builders.bot(alice)
    [entry] = builders.sent(builders.request(bot, time_in_force="GTC"))
    builders.booked(builders.fill(entry, price="20000", quantity="0.004"))
    builders.mark("20000")
    assert ask(bot, position).status == status
    entry.refresh_from_db()
    assert (entry.state, entry.filled_quantity) == ("CANCELLED", D("0.004"))
    if position == "keep":
        assert (free(bot), manual(bot)) == (99_920, D("0.004"))
    else:
        assert (builders.balance(bot), builders.balance(bot, "BTC")) == ((9_920, 0, 0), (D("0.004"), 0, 0))
        tape = builders.Tape()
        tape.tick(*flat(20_000, 2))
        assert stopping.finish_all(now=tape.now) == 1
        assert (free(bot, "BTC"), manual(bot)) == (0, 0)
    assert verify.verify().ok


def test_a_stop_that_keeps_the_coins_sends_nothing_under_a_halt_and_ends(holder):
    halts.raise_halt(scope="GLOBAL", level="HALTED", source="EMERGENCY_STOP", reason="", actor="operator:o", request_id="", now=NOON)
    assert ask(holder, "keep").status == "STOPPED"
    assert manual(holder) == D("0.01")
    assert not Order.objects.filter(leg="EXIT").exists()


def test_what_a_person_orders_of_a_stopping_bot_is_cancelled_and_its_closing_is_not(holder):
    """A sale that rests at 30,000 would hold 0.004 of the coins for ever; once it is cancelled the tick closes all of them."""
    ask(holder, "close")
    wish = builders.request(holder, side="SELL", quantity="0.004", type="LIMIT", price="30000", reason="PERSON")
    [resting] = builders.sent(replace(wish, price=D("30000"), time_in_force="GTC", candle=None, intent=uuid4()))
    tape = builders.Tape()
    assert stopping.finish_all(now=NOON) == 0
    resting.refresh_from_db()
    assert resting.state == "CANCELLED"
    tape.tick(*flat(20_000))
    closing = Order.objects.get(reason="FLATTEN")
    assert (closing.quantity, stopping.finish_all(now=tape.now)) == (D("0.01"), 0)
    closing.refresh_from_db()
    assert closing.state == "OPEN"
    tape.tick(*flat(20_000, 3))
    assert stopping.finish_all(now=tape.now) == 1
    assert (free(holder, "BTC"), manual(holder), verify.verify().ok) == (0, 0, True)


@pytest.mark.django_db(transaction=True)
def test_a_sale_that_is_claimed_beside_the_end_of_its_bot_is_either_refused_or_keeps_the_bot(alice):
    """Ten bots that hand over 0.01 BTC, each beside a person who sells it: never a stopped bot with a live reservation."""
    builders.fund(alice)
    bots = [builders.bot(alice, name=str(number), capital="1000", born=number) for number in range(10)]
    builders.mark("20000")
    for bot in bots:
        builders.holding(bot)
        lifecycle.ask_stop(bot_id=bot.id, position="keep", actor="user:a", request_id="", now=NOON)

    def act(number):
        bot = bots[number // 2]
        if number % 2:
            return builders.claimed(builders.request(bot, side="SELL", candle=1)).orders[0].state
        return stopping.finish([bot.id], now=NOON + timedelta(seconds=30)) == 1

    answers = at_once(20, act)
    for bot, ended, state in zip(bots, answers[::2], answers[1::2], strict=True):
        assert (ended, state) in ((True, "REFUSED"), (False, "SENDING")), answers
        assert Reservation.objects.filter(book=bot.book_id, live=True).exists() is (state == "SENDING")
    assert verify.verify().ok
