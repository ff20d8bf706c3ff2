"""A wallet that owes more than it holds is restricted until it repaid: by the sweeper, once, and to closing orders."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import Alert, AuditRow
from bots.models import Halt
from ledger.operations import capital
from ledger.tests import builders as money
from trading.models import Order
from trading.operations import deficits, sweep
from trading.tests import builders
from trading.tests.builders import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def owing(alice):
    """A wallet of 100,000 USDT whose one book of 1,000 paid 1,200 for 0.06 BTC: it owes 200."""
    builders.fund(alice)
    bot = builders.bot(alice, capital="1000")
    money.filled(bot.book, "BUY", "0.06", "20000", now=NOON)
    return bot


def swept(minute=1):
    return sweep.sweep(data_dir=builders.NOWHERE, policy=builders.policy(), now=NOON + timedelta(minutes=minute))


def test_a_wallet_in_deficit_is_restricted_once_and_told_once(owing):
    swept()
    swept(2)
    halt = Halt.objects.get()
    assert (halt.scope, halt.level, halt.source, halt.lifted_at) == ("USER", "REDUCING", "DEFICIT", None)
    assert (halt.user_id, halt.wallet_id) == (owing.owner_id, owing.book.wallet_id)
    assert AuditRow.objects.filter(act="halt.raise").count() == 1
    assert Alert.objects.filter(code="DEFICIT", person=owing.owner).count() == 1


def test_only_orders_that_shrink_a_position_pass_and_other_people_trade_on(owing, bob):
    builders.fund(bob)
    swept()
    late = NOON + timedelta(minutes=1)
    opening, closing, others = builders.request(owing), builders.request(owing, side="SELL"), builders.request(builders.bot(bob))
    builders.claimed(opening, closing, others, now=late)
    orders = {(order.bot_id, order.side): order for order in Order.objects.all()}
    assert (orders[owing.id, "BUY"].state, orders[owing.id, "BUY"].refusal) == ("REFUSED", "REDUCING")
    assert orders[owing.id, "SELL"].state == "SENDING"
    assert orders[others.bot, "BUY"].state == "SENDING"


def test_it_is_lifted_by_itself_when_the_wallet_repaid(owing):
    swept()
    capital.allocate(book=owing.book_id, asset="USDT", amount=Decimal(300), actor="user:x", now=NOON + timedelta(minutes=1))
    swept(2)
    halt = Halt.objects.get()
    assert (halt.lifted_by, halt.lift_reason) == (sweep.ACTOR, deficits.REPAID)
    swept(3)
    assert Halt.objects.count() == 1


def test_a_halt_lifted_by_hand_comes_back_while_the_wallet_owes(owing):
    swept()
    Halt.objects.update(lifted_at=NOON, lifted_by="user:x", lift_reason="too early")
    swept(2)
    assert Halt.objects.filter(lifted_at__isnull=True, source="DEFICIT").count() == 1
