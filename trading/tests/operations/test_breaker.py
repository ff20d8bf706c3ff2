"""The breaker trips by itself, refuses entries through gate D, lets exits go on, and is reset by a person with a reason."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from accounts.domain.refusals import Missing, Refusal
from accounts.models import Alert, AuditRow
from bots.domain.exits import Exits
from bots.models import Halt
from bots.operations import lifecycle
from bots.tests.threads import at_once
from ledger.operations import funding
from ledger.tests import builders as money
from trading.domain.breaker import Use
from trading.models import BreakerState, BreakerTrip, Order, TrackRecord
from trading.operations import breaker
from trading.operations.claim import Trip
from trading.tests import builders
from trading.tests.builders import NOON, flat

pytestmark = pytest.mark.django_db
D = Decimal
ALL_IN = {"bootstrap_fraction": D(1), "max_daily_loss_percent": D(1), "max_drawdown_percent": D("0.20")}
DEEP = 100_000  # 100 BTC a minute: every order here is filled whole
JUMP = (20_000, 22_000, 20_000, 22_000)


def reset(user, bot=None, *, reason="looked into it", now=NOON, **more):
    return breaker.reset(owner=user.id, bot_id=bot and bot.id, reason=reason, actor=f"user:{user.id}", request_id="r", now=now, **more)


def lose(bot, times):
    """Round trips of 0.01 BTC bought at 20,000 and sold at 19,900: a loss of 1 USDT each."""
    for number in range(times):
        at = NOON + timedelta(seconds=2 * number)
        [bought] = builders.sent(builders.manual(bot, bot=bot.id, expected_edge_bps=D(100), **intent()), now=at)
        builders.booked(builders.fill(bought, price="20000", at=at), now=at)
        [sold] = builders.sent(builders.manual(bot, bot=bot.id, side="SELL", leg="EXIT", type="MARKET", price=None, reducing=True, **intent()), now=at)
        builders.booked(builders.fill(sold, price="19900", at=at + timedelta(seconds=1)), now=at)


def intent():
    return {"intent": uuid4()}


def test_five_losses_in_a_row_trip_and_four_do_not(alice):
    """Four: no trip. A fifth: CIRCUIT_TRIPPED, QUARANTINE, a REDUCING halt over the bot, an alert, gate D says no."""
    builders.fund(alice)
    bot = builders.bot(alice)
    lose(bot, 4)
    assert TrackRecord.objects.get(bot=bot).loss_streak == 4
    tape = builders.Tape()
    tape.tick(*flat(20_000, 3))
    assert not BreakerTrip.objects.exists()
    assert Alert.objects.get(code="BREAKER_LOSSES_IN_A_ROW").severity == "WARNING"
    lose(bot, 1)
    tape.tick(*flat(20_000))
    trip = BreakerTrip.objects.get()
    bot.refresh_from_db()
    assert (trip.limit, D(trip.value), D(trip.threshold), trip.bot_id) == ("LOSSES_IN_A_ROW", 5, 5, bot.id)
    assert (bot.status, bot.stage) == ("CIRCUIT_TRIPPED", "QUARANTINE")
    halt = Halt.objects.get()
    assert (halt.scope, halt.level, halt.bot_id, halt.source) == ("BOT", "REDUCING", bot.id, "BREAKER")
    tape.tick((20_000, 22_000, 20_000, 22_000))
    refused = Order.objects.get(state="REFUSED")
    assert (refused.refusal, refused.verdicts[-1]["gate"]) == ("REDUCING", "D")
    tape.tick(*flat(22_000))
    assert BreakerTrip.objects.count() == 1


def test_a_win_ends_a_streak(alice):
    builders.fund(alice)
    bot = builders.bot(alice)
    lose(bot, 4)
    builders.holding(bot, at=NOON + timedelta(minutes=1))
    builders.sold(bot, price="21000", candle=9, at=NOON + timedelta(minutes=2))
    record = TrackRecord.objects.get(bot=bot)
    assert (record.trades, record.wins, record.loss_streak) == (5, 1, 0)


def falling(user, **exits):
    """A bot that is all in at 22,003.30 and falls with the market to 17,500: 20.5 % down."""
    bot = builders.bot(user, exits=Exits(**exits))
    tape = builders.Tape(volume=DEEP, policy=builders.policy(**ALL_IN))
    tape.tick(*flat(20_000, 3), JUMP, *flat(22_000))
    assert builders.balance(bot, "BTC")[0] > 0
    lifecycle.fail(reasons={bot.id: "test"}, actor="system:t", now=NOON)  # else the signal would sell
    return bot, tape


def test_a_drawdown_on_an_open_position_trips_and_its_stop_still_goes_out(alice):
    builders.fund(alice, "1000000")
    bot, tape = falling(alice, stop_loss=D("0.25"))
    tape.tick((22_000, 22_000, 17_700, 17_700))
    assert not BreakerTrip.objects.exists()
    tape.tick((17_700, 17_700, 17_500, 17_500))
    trip = BreakerTrip.objects.get()
    bot.refresh_from_db()
    assert (trip.limit, bot.status) == ("DRAWDOWN", "CIRCUIT_TRIPPED")
    assert D("0.20") <= D(trip.value) < D("0.21")
    tape.tick((17_500, 17_500, 16_500, 16_500))  # 25 % under 22,003.30 is 16,502.475
    leaving = Order.objects.get(leg="EXIT", reason="STOP_LOSS")
    assert leaving.state == "OPEN"


def test_a_reset_bot_stays_paused_and_is_measured_anew_also_when_it_has_never_closed_a_trade(alice):
    builders.fund(alice, "1000000")
    bot, tape = falling(alice)
    tape.tick((22_000, 22_000, 17_500, 17_500))
    assert BreakerTrip.objects.filter(reset_at__isnull=True).count() == 1
    assert reset(alice, bot, now=tape.now) == 1
    bot.refresh_from_db()
    assert (bot.status, bot.pause_reason) == ("PAUSED", "BREAKER_RESET")
    assert not Halt.objects.filter(lifted_at__isnull=True).exists()
    nothing_trades = (17_500, 17_500, 17_500, 17_500, 0)  # so that the signal does not get it out
    tape.tick(nothing_trades, nothing_trades)
    assert not BreakerTrip.objects.filter(reset_at__isnull=True).exists()
    tape.tick((17_500, 17_500, 13_900, 13_900, 0))  # 20.6 % under 17,500
    assert BreakerTrip.objects.filter(reset_at__isnull=True).count() == 1


def test_a_reset_streak_counts_from_the_reset(alice):
    builders.fund(alice)
    bot = builders.bot(alice)
    lose(bot, 5)
    tape = builders.Tape()
    tape.tick(*flat(20_000))
    assert reset(alice, bot, now=tape.now) == 1
    tape.tick(*flat(20_000))
    assert BreakerTrip.objects.count() == 1
    record = TrackRecord.objects.get(bot=bot)
    assert (record.trades, record.loss_streak) == (5, 0)


def test_resetting_needs_a_reason_a_trip_and_the_own_bot(alice, bob):
    builders.fund(alice)
    bot = builders.bot(alice)
    with pytest.raises(Refusal, match="NOT_TRIPPED"):
        reset(alice, bot)
    with pytest.raises(Refusal, match="REASON_REQUIRED"):
        reset(alice, bot, reason=" ")
    with pytest.raises(Missing):
        reset(bob, bot)


def test_ten_percent_in_a_day_trip_the_person_and_all_their_bots(alice, bob):
    """10,000 in all, 10,000 in one bot, which loses 10.2 %: the person's value per unit falls from 1 to 0.898."""
    builders.fund(alice, "20000")
    builders.fund(bob, "20000")
    money.fund(alice, "1", venue="sim")
    bot, other = builders.bot(alice, capital="19000"), builders.bot(alice, name="other", capital="500", running=False)
    his = builders.bot(bob, name="his", born=2)
    tape = builders.Tape(volume=DEEP, policy=builders.policy(bootstrap_fraction=D(1), max_daily_loss_percent=D("0.10"), max_drawdown_percent=D(1)))
    tape.tick(*flat(20_000, 3), JUMP, (22_000, 22_000, 22_000, 22_000))
    for each in (bot, his):
        lifecycle.pause(bot_id=each.id, actor="user:a", request_id="", now=NOON)
    lifecycle.ask_stop(bot_id=bot.id, position="close", actor="user:a", request_id="", now=NOON)
    tape.tick((22_000, 22_000, 19_000, 19_000))
    tape.tick((19_000, 19_000, 19_000, 19_000))
    trip = BreakerTrip.objects.get(bot__isnull=True, owner=alice)
    assert trip.limit == "DAILY_LOSS"
    halt = trip.halt
    assert (halt.scope, halt.level, halt.user_id, halt.mode) == ("USER", "REDUCING", alice.id, "PAPER")
    bot.refresh_from_db()
    other.refresh_from_db()
    his.refresh_from_db()
    assert (bot.pause_reason, other.status) == ("STOPPING", "CIRCUIT_TRIPPED")
    [refused] = builders.sent(builders.manual(other))
    assert refused.refusal == "REDUCING"
    assert not BreakerTrip.objects.filter(owner=bob, bot__isnull=True).exists()
    assert reset(alice, now=tape.now) >= 1
    other.refresh_from_db()
    assert (other.status, other.pause_reason) == ("PAUSED", "BREAKER_RESET")
    tape.tick(*flat(19_000))
    assert not BreakerTrip.objects.filter(bot__isnull=True, reset_at__isnull=True).exists()


def test_money_in_a_second_currency_is_no_loss(alice):
    """20,000 USDT have become more than 20,800; then 100 USDC come in. The value per unit stays what it was: nobody lost anything."""
    builders.fund(alice, "20000")
    bot = builders.bot(alice, capital="19000")
    tape = builders.Tape(volume=DEEP, policy=builders.policy(bootstrap_fraction=D("0.5"), max_daily_loss_percent=D("0.01"), max_drawdown_percent=D("0.01")))
    tape.tick(*flat(20_000, 3), JUMP, (22_000, 24_000, 22_000, 24_000))
    before = BreakerState.objects.get(owner=alice, bot__isnull=True)
    assert (before.funding, before.nav) == (20_000, 1)
    assert before.equity > 20_800
    wallet = bot.book.wallet_id
    funding.deposit(wallet=wallet, asset="USDC", amount=D(100), actor="user:a", request_id="", now=tape.now)
    assert breaker.observe_people([alice.id], policy=tape.policy, now=tape.now) == []
    after = BreakerState.objects.get(owner=alice, bot__isnull=True)
    assert (after.equity, after.funding, after.nav) == (before.equity + 100, 20_100, before.nav)


def test_a_person_is_warned_once_a_day_from_60_percent_of_a_limit_on(alice):
    """6.25 % down since midnight is more than 60 % of the limit of 10 %: one warning, however often it is looked at."""
    builders.fund(alice, "20000")
    builders.bot(alice)
    state = BreakerState.objects.create(
        owner=alice, mode="PAPER", equity=20_000, funding=20_000, nav=1, peak=1, day=NOON.date(), day_nav=D("1.0667"), week_nav=1, updated_at=NOON
    )
    for minutes in (0, 20, 40):
        assert breaker.observe_people([alice.id], policy=builders.policy(), now=NOON + timedelta(minutes=minutes)) == []
    assert Alert.objects.filter(code="BREAKER_DAILY_LOSS", person=alice).count() == 1
    state.refresh_from_db()
    assert state.warned == {"DAILY_LOSS": "2026-03-02"}


def test_a_claim_finds_a_reached_limit_by_itself_and_refuses_with_its_numbers(alice):
    builders.fund(alice)
    bot = builders.bot(alice)
    BreakerState.objects.create(
        owner=alice, mode="PAPER", bot=bot, nav=D("0.75"), peak=D(1), day=NOON.date(), day_nav=D("0.75"), week_nav=D("0.75"), updated_at=NOON
    )
    done = builders.claimed(builders.request(bot))
    [order] = done.orders
    assert (order.refusal, dict(order.verdicts[-1].numbers)) == ("DRAWDOWN", {"value": "0.250000", "threshold": "0.200000"})
    assert [(trip.bot, trip.use.limit) for trip in done.trips] == [(bot.id, "DRAWDOWN")]
    assert breaker.trip(done.trips, now=NOON) == 1
    assert breaker.trip(done.trips, now=NOON) == 0
    assert AuditRow.objects.filter(act="bot.trip").count() == 1


@pytest.mark.django_db(transaction=True)
def test_eight_who_find_the_same_limit_trip_once(alice):
    builders.fund(alice)
    bot = builders.bot(alice)
    found = Trip(alice.id, "PAPER", bot.id, Use("DRAWDOWN", D("0.25"), D("0.20"), "It fell."))
    whole = Trip(alice.id, "PAPER", None, Use("DRAWDOWN", D("0.25"), D("0.20"), "It fell."))
    answers = at_once(8, lambda n: breaker.trip([found] if n % 2 else [whole], now=NOON))
    assert all(isinstance(each, int) for each in answers), answers
    assert BreakerTrip.objects.filter(bot=bot).count() <= 1
    assert BreakerTrip.objects.filter(bot__isnull=True).count() == 1
    bot.refresh_from_db()
    assert bot.status == "CIRCUIT_TRIPPED"


def test_ten_venue_errors_within_an_hour_trip_and_older_ones_are_forgotten(alice):
    """Nine within the hour and one before it: no trip. One more: ten of ten, and the next entry is refused by gate D."""
    builders.fund(alice)
    bot = builders.bot(alice)
    late = NOON - timedelta(minutes=61)
    for at in (late, *(NOON - timedelta(minutes=9 - number) for number in range(9))):
        breaker.note_errors([(alice.id, "PAPER", bot.id)], now=at)
    [passed] = builders.claimed(builders.request(bot)).orders
    assert passed.state == "SENDING"
    breaker.note_errors([(alice.id, "PAPER", bot.id)], now=NOON)
    done = builders.claimed(builders.manual(bot, bot=bot.id, expected_edge_bps=D(100), **intent()))
    assert (done.orders[0].state, done.orders[0].refusal) == ("REFUSED", "ERRORS_PER_HOUR")
    assert breaker.trip(done.trips, now=NOON) == 1
    assert BreakerTrip.objects.get().limit == "ERRORS_PER_HOUR"


def test_a_bot_with_too_many_errors_is_tripped_by_the_tick_that_would_have_traded(alice):
    builders.fund(alice)
    bot = builders.bot(alice)
    tape = builders.Tape()
    tape.tick(*flat(20_000, 3))
    for second in range(10):
        breaker.note_errors([(alice.id, "PAPER", bot.id)], now=tape.now + timedelta(seconds=second))
    tape.tick(JUMP)
    bot.refresh_from_db()
    assert (Order.objects.get().refusal, bot.status) == ("ERRORS_PER_HOUR", "CIRCUIT_TRIPPED")
    assert (BreakerTrip.objects.get().limit, Halt.objects.get().level) == ("ERRORS_PER_HOUR", "REDUCING")


def test_a_persons_trip_that_stands_is_not_told_again(alice):
    builders.fund(alice)
    builders.bot(alice)
    found = Trip(alice.id, "PAPER", None, Use("DAILY_LOSS", D("0.11"), D("0.10"), "Fallen."))
    assert breaker.trip([found], now=NOON) == 1
    before = AuditRow.objects.count()
    assert breaker.trip([found], now=NOON + timedelta(minutes=1)) == 0
    assert AuditRow.objects.count() == before
    assert Halt.objects.count() == 1


def test_a_streak_that_ended_before_the_gate_does_not_trip(alice):
    """The claim saw five losses; by the time of the trip the record says four: judged again, nothing trips, nothing is written."""
    builders.fund(alice)
    bot = builders.bot(alice)
    TrackRecord.objects.create(bot=bot, trades=5, loss_streak=4)
    found = Trip(alice.id, "PAPER", bot.id, Use("LOSSES_IN_A_ROW", D(5), D(5), "Lost."))
    assert breaker.trip([found], now=NOON) == 0
    bot.refresh_from_db()
    assert bot.status == "RUNNING"
    assert not Halt.objects.exists()
