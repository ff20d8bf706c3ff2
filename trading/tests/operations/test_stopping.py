"""A bot that is stopped closes or hands over its position, gives its allocation back and ends; under a halt it waits."""

from datetime import timedelta
from decimal import Decimal

import pytest

from bots.models import Halt
from bots.operations import halts
from ledger.models import Balance, Lot
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
    assert not stopping.finish(bot_id=bot.id, now=NOON)
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
