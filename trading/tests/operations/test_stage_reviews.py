"""Stages move after trades were counted: into QUARANTINE on a record without an edge, out of it on evidence, and it is told."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Alert, AuditRow
from bots.models import Bot, BotMove
from bots.operations import lifecycle
from bots.operations import stages as bot_stages
from bots.operations.stages import StageStep
from bots.tests.threads import at_once
from trading.domain.breaker import Use
from trading.models import Order, TrackRecord
from trading.operations import breaker, stages
from trading.operations.claim import Trip
from trading.queries import stages as evidence_of
from trading.tests import builders
from trading.tests.builders import NOON, flat

D = Decimal
LATER = NOON + timedelta(days=4)


def round_trips(bot, times, *, sold="20100", reason="SIGNAL", frm=NOON):
    """Round trips of 0.01 BTC bought at 20,000."""
    for number in range(times):
        at = frm + timedelta(seconds=2 * number)
        [bought] = builders.sent(builders.manual(bot, bot=bot.id, expected_edge_bps=D(100), intent=uuid4()), now=at, max_consecutive_losses=99)
        builders.booked(builders.fill(bought, price="20000", at=at), now=at)
        leave = {"side": "SELL", "leg": "EXIT", "type": "MARKET", "price": None, "reducing": True, "intent": uuid4(), "reason": reason}
        [order] = builders.sent(builders.manual(bot, bot=bot.id, **leave), now=at)
        builders.booked(builders.fill(order, price=sold, at=at + timedelta(seconds=1)), now=at)


def stage_of(bot):
    return Bot.objects.get(id=bot.id).stage


@pytest.mark.django_db
def test_twenty_five_losing_trades_move_a_bot_to_quarantine_at_the_tick_that_closes_the_last(alice):
    """Twenty-four lost by hand; the twenty-fifth, bought at 22,003 and sold at 17,997, is closed by the tick."""
    builders.fund(alice)
    bot = builders.bot(alice)
    round_trips(bot, 24, sold="19900")
    tape = builders.Tape(policy=builders.policy(max_consecutive_losses=99))
    tape.tick(*flat(20_000, 3), (20_000, 22_000, 20_000, 22_000))
    tape.tick((22_000, 22_000, 18_000, 18_000))
    assert stage_of(bot) == "TRAINING"
    tape.tick(*flat(18_000))
    assert TrackRecord.objects.get(bot=bot).trades == 25
    assert stage_of(bot) == "QUARANTINE"
    move = BotMove.objects.get(bot=bot, move="QUARANTINE")
    assert (move.before, move.after, move.actor) == ("TRAINING", "QUARANTINE", "system:stages")
    assert move.reason.startswith("After 25 trades the lower bound of its net return is -")
    alert = Alert.objects.get(code="BOT_QUARANTINE")
    assert (alert.severity, alert.person) == ("INFO", alice)
    row = AuditRow.objects.get(act="bot.quarantine")
    assert (row.before, row.after) == ({"stage": "TRAINING"}, {"stage": "QUARANTINE"})
    tape.tick((18_000, 20_500, 18_000, 20_500))  # never to silence: it goes on at the bootstrap size
    entry = Order.objects.latest("id")
    assert (entry.leg, entry.bootstrap, entry.state) == ("ENTRY", True, "OPEN")


@pytest.mark.django_db
def test_a_tripped_bot_leaves_quarantine_after_a_reset_ten_clean_trades_and_three_days(alice):
    builders.fund(alice)
    bot = builders.bot(alice)
    round_trips(bot, 3)
    assert breaker.trip([Trip(alice.id, "PAPER", bot.id, Use("DRAWDOWN", D("0.25"), D("0.20"), "It fell."))], now=NOON + timedelta(minutes=1)) == 1
    assert stage_of(bot) == "QUARANTINE"
    breaker.reset(owner=alice.id, bot_id=bot.id, reason="seen", actor="user:a", request_id="", now=NOON + timedelta(minutes=2))
    lifecycle.resume(bot_id=bot.id, actor="user:a", request_id="", now=NOON + timedelta(minutes=3))
    round_trips(bot, 9, frm=NOON + timedelta(minutes=4))
    round_trips(bot, 1, reason="PERSON", frm=NOON + timedelta(minutes=5))
    TrackRecord.objects.filter(bot=bot).update(net_return_deviation=0.001)
    assert stages.review([bot.id], now=LATER) == 0, "one of its ten was closed by hand"
    round_trips(bot, 1, frm=NOON + timedelta(minutes=6))
    assert stages.review([bot.id], now=NOON + timedelta(hours=1)) == 0, "three days have not gone by"
    assert stages.review([bot.id], now=LATER) == 1
    assert stage_of(bot) == "TRAINING"
    assert Alert.objects.get(code="BOT_RELEASE").severity == "INFO"
    assert stages.review([bot.id], now=LATER) == 0


@pytest.mark.django_db
def test_a_bot_that_trades_no_more_is_let_out_at_the_full_hour_after_its_days(alice):
    """Eleven clean trades in quarantine, then silence. Four days later the candle that ends at 12:00 lets it out, that of 11:59 not."""
    builders.fund(alice)
    bot = builders.bot(alice)
    move = StageStep(bot=bot.id, move="QUARANTINE", reason="test")
    assert bot_stages.move(steps=[move], actor="system:test", now=NOON) == 1
    round_trips(bot, 11, frm=NOON + timedelta(minutes=1))
    TrackRecord.objects.filter(bot=bot).update(net_return_deviation=0.001)
    tape = builders.Tape(minute=4 * 1_440 - 2)
    tape.tick(*flat(20_000))
    assert stage_of(bot) == "QUARANTINE"
    tape.tick(*flat(20_000))
    assert stage_of(bot) == "TRAINING"


@pytest.mark.django_db
def test_a_standing_trip_of_the_person_keeps_a_bot_in_quarantine(alice):
    builders.fund(alice)
    bot = builders.bot(alice)
    round_trips(bot, 1)
    breaker.trip([Trip(alice.id, "PAPER", None, Use("DAILY_LOSS", D("0.1"), D("0.1"), "It fell."))], now=NOON)
    [evidence] = evidence_of.of_those_that_may_move([bot.id]).values()
    assert (evidence.stage, evidence.tripped, evidence.since) == ("QUARANTINE", True, NOON)


@pytest.mark.django_db
def test_a_review_that_moves_nobody_is_one_statement_whatever_the_number_of_bots(alice):
    builders.fund(alice)
    bots = [builders.bot(alice, name=str(n), capital="100", born=n) for n in range(5)]
    TrackRecord.objects.bulk_create(TrackRecord(bot=bot, trades=30, net_return_mean=0.01, net_return_deviation=0.01) for bot in bots)
    with CaptureQueriesContext(connection) as seen:
        assert stages.review([bot.id for bot in bots], now=NOON) == 0
    assert len(seen) == 1
    TrackRecord.objects.update(net_return_mean=-0.01)

    def moving(some):
        with CaptureQueriesContext(connection) as seen:
            assert stages.review([bot.id for bot in some], now=NOON) == len(some)
        return len(seen)

    assert moving(bots[:1]) == moving(bots[1:])


@pytest.mark.django_db
def test_a_stopped_bot_and_one_that_somebody_else_moved_are_left_alone(alice):
    builders.fund(alice)
    bot = builders.bot(alice)
    assert bot_stages.move(steps=[StageStep(bot=bot.id, move="RELEASE", reason="")], actor="system:t", now=NOON) == 0
    lifecycle.ask_stop(bot_id=bot.id, position="close", actor="user:a", request_id="", now=NOON)
    lifecycle.finish_stop(bot_ids=[bot.id], reason="", actor="system:t", now=NOON)
    assert bot_stages.move(steps=[StageStep(bot=bot.id, move="QUARANTINE", reason="")], actor="system:t", now=NOON) == 0
    assert stage_of(bot) == "TRAINING"


@pytest.mark.django_db(transaction=True)
def test_eight_reviews_at_once_move_a_bot_once(alice):
    builders.fund(alice)
    bot = builders.bot(alice)
    TrackRecord.objects.create(bot=bot, trades=30, net_return_mean=-0.01, net_return_deviation=0.01)
    assert sum(at_once(8, lambda _: stages.review([bot.id], now=NOON))) == 1
    assert BotMove.objects.filter(bot=bot, move="QUARANTINE").count() == 1
