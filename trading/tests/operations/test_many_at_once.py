"""What goes wrong for many bots at once costs as many statements as for two, and one that cannot be helped stops nobody else."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import DataError, OperationalError, connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from accounts.models import Alert, AuditRow
from accounts.tests import builders as people
from bots.domain.halts import HaltWish
from bots.models import Bot, BotMove, Halt
from bots.operations import halts, lifecycle
from ledger.models import Balance
from ledger.operations import capital, verify
from ledger.tests import builders as money
from trading.domain.breaker import Use
from trading.models import BreakerState, BreakerTrip, TrackRecord
from trading.operations import breaker, deficits, halving, manual_cash, stop, stopping, sweep
from trading.operations.claim import Trip
from trading.tests import builders
from trading.tests.builders import NOON, flat

pytestmark = pytest.mark.django_db
D = Decimal
FEW, MANY = 2, 50


def crowd(owner, size, **changes):
    builders.fund(owner, "1000000")
    return [builders.bot(owner, name=f"bot {number}", capital="1000", born=number, **changes) for number in range(size)]


def counted(act):
    """What an act answers, and its statements."""
    with CaptureQueriesContext(connection) as seen:
        answer = act()
    return answer, len(seen)


def statuses(bots):
    return list(Bot.objects.filter(id__in=builders.ids(bots)).order_by("created_at").values_list("status", flat=True))


def lost(bot, streak=5):
    TrackRecord.objects.create(bot=bot, trades=streak, loss_streak=streak)


def streak_of(bot, said="Lost."):
    return Trip(bot.owner_id, "PAPER", bot.id, Use("LOSSES_IN_A_ROW", D(5), D(5), said))


def test_a_tick_in_which_fifty_bots_fail_costs_what_one_costs_in_which_two_do(alice, bob):
    """Their strategy is gone: each goes to ERROR for that reason, with a move, an audit row and an error for its breaker."""
    tape = builders.Tape()
    costs = []
    for person, size in ((alice, FEW), (bob, MANY)):
        bots = crowd(person, size)
        tape.tick(*flat(20_000, 3))
        Bot.objects.filter(owner=person).update(strategy="gone")
        _, cost = counted(lambda: tape.tick(*flat(20_000)))
        costs.append(cost)
        assert statuses(bots) == ["ERROR"] * size
        assert AuditRow.objects.filter(chain__person=person, act="bot.fail").count() == size
        assert set(BotMove.objects.filter(bot__in=bots, move="FAIL").values_list("after", "actor")) == {("ERROR", "system:tick")}
        assert [len(state.errors) for state in BreakerState.objects.filter(owner=person, bot__isnull=False)] == [1] * size
        Bot.objects.filter(owner=person).update(strategy="ema_cross")
    assert costs[0] == costs[1]


def test_a_tick_in_which_fifty_bots_trip_costs_what_one_costs_in_which_two_do(alice, bob):
    """Five losses in a row each: tripped, quarantined, a halt of their own, a trip and a CRITICAL alert."""
    tape = builders.Tape()
    costs = []
    for person, size in ((alice, FEW), (bob, MANY)):
        bots = crowd(person, size)
        tape.tick(*flat(20_000, 3))
        for bot in bots:
            lost(bot)
        _, cost = counted(lambda: tape.tick(*flat(20_000)))
        costs.append(cost)
        assert set(Bot.objects.filter(owner=person).values_list("status", "stage")) == {("CIRCUIT_TRIPPED", "QUARANTINE")}
        trips = BreakerTrip.objects.filter(owner=person).select_related("halt")
        assert {trip.bot_id for trip in trips} == {trip.halt.bot_id for trip in trips} == set(builders.ids(bots))
        acts = AuditRow.objects.filter(chain__person=person, act__in=["bot.trip", "halt.raise"])
        assert sorted(acts.values_list("act", "subject")) == sorted((act, f"bot:{bot.id}") for act in ("bot.trip", "halt.raise") for bot in bots)
        assert Alert.objects.filter(person=person, code="BREAKER", severity="CRITICAL").count() == size
    assert costs[0] == costs[1]


def test_twenty_people_who_trip_at_once_cost_what_two_cost():
    """Each with a bot: a REDUCING halt over their mode, all their bots tripped, each with the sentence of its person."""
    costs = []
    for size, called in ((FEW, "few"), (20, "many")):
        crowds = [people.person(f"{called} {number}") for number in range(size)]
        for person in crowds:
            builders.fund(person)
            builders.bot(person, capital="1000")
        found = [Trip(person.id, "PAPER", None, Use("DAILY_LOSS", D("0.11"), D("0.10"), f"{person.username} fell.")) for person in crowds]
        tripped, cost = counted(lambda found=found: breaker.trip(found, now=NOON))
        costs.append((tripped, cost))
        for person in crowds:
            [halt] = Halt.objects.filter(user=person)
            assert (halt.scope, halt.level, halt.mode, halt.trip.bot_id) == ("USER", "REDUCING", "PAPER", None)
            [move] = BotMove.objects.filter(bot__owner=person, move="TRIP")
            assert move.reason == halt.reason == f"{person.username} fell. The limit is reached: 11.00 % of 10.00 %."
        assert breaker.trip(found, now=NOON) == 0
    assert costs[0][1] == costs[1][1]
    assert [tripped for tripped, _ in costs] == [FEW, 20]


@pytest.mark.parametrize("position", ["close", "keep"])
def test_fifty_bots_that_are_stopped_end_with_the_statements_of_two(alice, bob, position):
    """Each has an entry of 0.001 BTC that rests, and a halt of its own: cancelled, lifted, and all money is free again."""
    costs = []
    for person, size in ((alice, FEW), (bob, MANY)):
        bots = crowd(person, size)
        for bot in bots:
            builders.sent(builders.request(bot, quantity="0.001", price="20000", type="LIMIT", time_in_force="GTC"))
        halts.raise_halts(
            [HaltWish(scope="BOT", level="REDUCING", source="BREAKER", reason="", bot=bot.id, user=person.id) for bot in bots],
            actor="system:breaker", request_id="", now=NOON,
        )  # fmt: skip
        lifecycle.ask_stop_all(owner=person.id, position=position, actor="user:a", request_id="", now=NOON)
        ended, cost = counted(lambda: stopping.finish_all(now=NOON + timedelta(seconds=30)))
        costs.append(cost)
        assert ended == size
        assert set(Bot.objects.filter(owner=person).values_list("status", "stop_positions")) == {("STOPPED", position)}
        assert not Halt.objects.filter(bot__owner=person, lifted_at__isnull=True).exists()
        assert not Balance.objects.filter(book__in=[bot.book_id for bot in bots], cash__gt=0).exists()
        assert Balance.objects.get(book__wallet__owner=person, book__kind="FREE", asset="USDT").cash == 1_000_000
    assert costs[0] == costs[1]
    assert verify.verify().ok


def test_bots_of_one_wallet_that_end_together_hand_over_coins_and_money_each_with_its_own_wish(alice):
    """Three hold 0.01 BTC bought at 20,000 and hand it over, one has nothing, one still has to sell: four end, 0.03 BTC are in the
    manual book, and 600 USDT of the million are in them, and 1,000 with the last bot."""
    bots = crowd(alice, 5)
    for bot in (*bots[:3], bots[4]):
        builders.holding(bot)
    builders.mark("20000")
    wishes: list[lifecycle.Positions] = ["keep", "keep", "keep", "close", "close"]
    for bot, position in zip(bots, wishes, strict=True):
        lifecycle.ask_stop(bot_id=bot.id, position=position, actor="user:a", request_id="", now=NOON)
    assert stopping.finish_all(now=NOON + timedelta(seconds=30)) == 4
    assert statuses(bots) == ["STOPPED"] * 4 + ["PAUSED"]
    assert list(Bot.objects.order_by("created_at").values_list("stop_positions", flat=True)) == ["keep"] * 3 + ["close"] * 2
    assert Balance.objects.get(book__kind="MANUAL", asset="BTC").cash == D("0.03")
    assert Balance.objects.get(book__kind="FREE", asset="USDT").cash == 1_000_000 - 600 - 1_000
    assert builders.balance(bots[4], "BTC") == (D("0.01"), 0, 0)
    report = verify.verify()
    assert report.ok, report.first_difference


def test_a_bot_whose_ledger_is_broken_does_not_keep_the_others_from_ending(alice, bob):
    """Bob's wallet claims one journal entry less than it has, so nothing can be booked in it: his bot waits, alice's fifty end."""
    mine, [his] = crowd(alice, MANY), crowd(bob, 1)
    for person in (alice, bob):
        lifecycle.ask_stop_all(owner=person.id, position="close", actor="user:a", request_id="", now=NOON)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_wallet SET entries = entries - 1 WHERE owner_id = %s", [bob.id])
    assert stopping.finish_all(now=NOON) == MANY
    assert statuses(mine) == ["STOPPED"] * MANY
    assert statuses([his]) == ["PAUSED"]
    alert = Alert.objects.get(code="ACT_FAILED")
    assert (alert.person_id, alert.severity, alert.data) == (None, "CRITICAL", {"what": "bot.finish_stop", "subject": str(his.id)})
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_wallet SET entries = entries + 1 WHERE owner_id = %s", [bob.id])
    assert stopping.finish_all(now=NOON) == 1


def test_a_trip_that_cannot_be_written_does_not_keep_the_others_from_tripping(alice):
    """The third of seven has a sentence of 400 letters, which no column takes."""
    bots = crowd(alice, 7)
    for bot in bots:
        lost(bot)
    found = [streak_of(bot, "x" * 400 if bot is bots[2] else "Lost.") for bot in bots]
    assert breaker.trip(found, now=NOON) == 6
    assert statuses(bots) == ["CIRCUIT_TRIPPED"] * 2 + ["RUNNING"] + ["CIRCUIT_TRIPPED"] * 4
    assert BreakerTrip.objects.count() == Halt.objects.count() == AuditRow.objects.filter(act="bot.trip").count() == 6
    assert Alert.objects.get(code="ACT_FAILED").data["subject"] == str(bots[2].id)


def test_of_many_trips_those_whose_streak_has_ended_are_left_out_and_leave_nothing(alice):
    """Fifty whose claim saw five losses; by now the records of seven say four."""
    bots = crowd(alice, MANY)
    for number, bot in enumerate(bots):
        lost(bot, 4 if number % 8 == 0 else 5)
    assert breaker.trip([streak_of(bot) for bot in bots], now=NOON) == 43
    assert statuses(bots) == ["RUNNING" if number % 8 == 0 else "CIRCUIT_TRIPPED" for number in range(MANY)]
    assert BreakerTrip.objects.count() == Halt.objects.count() == AuditRow.objects.filter(act="bot.trip").count() == 43
    assert Alert.objects.filter(code="BREAKER").count() == 43


def test_only_those_that_run_are_failed_and_each_for_its_reason(alice):
    running, paused = crowd(alice, 2)
    lifecycle.pause(bot_id=paused.id, actor="user:a", request_id="", now=NOON)
    moved = lifecycle.fail(reasons={running.id: "It spoke nonsense.", paused.id: "It is gone."}, actor="system:tick", now=NOON)
    assert moved == {running.id}
    assert statuses([running, paused]) == ["ERROR", "PAUSED"]
    assert BotMove.objects.get(move="FAIL").reason == "It spoke nonsense."


def test_a_stop_with_flatten_over_fifty_bots_costs_what_it_costs_over_two(alice, bob):
    """Each holds 0.01 BTC and has an entry that rests: cancelled, paused, and a closing order sent."""
    costs = []
    for person, size in ((alice, FEW), (bob, MANY)):
        bots = crowd(person, size)
        builders.mark("20000")
        bought = builders.sent(*(builders.request(bot) for bot in bots))
        builders.booked(*(builders.fill(order, price="20000") for order in bought))
        builders.sent(*(builders.request(bot, intent=uuid4(), candle=2, time_in_force="GTC", price="19000") for bot in bots))
        done, cost = counted(
            lambda person=person: stop.emergency_stop(
                scope="USER", user=person.id, reason="", flatten=True, actor="user:a", request_id="", now=NOON + timedelta(minutes=1),
                policy=builders.policy(),
            )
        )
        costs.append(cost)
        assert (done.orders_cancelled, done.bots_paused, done.closing_orders, done.orders_open) == (size, size, size, 0)
    assert costs[0] == costs[1]
    assert verify.verify().ok


def test_idle_cash_of_twenty_people_goes_home_with_the_statements_of_two():
    costs = []
    for size, called in ((FEW, "few"), (20, "many")):
        for number in range(size):
            person = people.person(f"{called} {number}")
            builders.fund(person, "1000")
            manual = Balance.objects.get(book__wallet__owner=person, book__kind="FREE", asset="USDT").book.wallet.books.get(kind="MANUAL")
            capital.allocate(book=manual.id, asset="USDT", amount=D(100), actor="user:a", now=NOON)
        returned, cost = counted(lambda: manual_cash.return_idle(now=NOON + timedelta(minutes=1)))
        costs.append(cost)
        assert returned == size
    assert set(Balance.objects.filter(book__kind="FREE").values_list("cash", flat=True)) == {1_000}
    assert costs[0] == costs[1]
    assert verify.verify().ok


def test_the_wallets_of_twenty_people_in_deficit_are_restricted_with_the_statements_of_two():
    """Each book of 1,000 paid 1,200 for 0.06 BTC."""
    costs = []
    for size, called in ((FEW, "few"), (20, "many")):
        for number in range(size):
            person = people.person(f"{called} {number}")
            builders.fund(person)
            money.filled(builders.bot(person, capital="1000").book, "BUY", "0.06", "20000", now=NOON)
        _, cost = counted(lambda: deficits.enforce(actor="system:sweep", now=NOON))
        costs.append(cost)
    assert costs[0] == costs[1]
    assert Halt.objects.filter(level="REDUCING", user=F("wallet__owner")).count() == FEW + 20


def test_a_sweep_under_the_stops_of_twenty_people_costs_what_it_costs_under_two():
    """Each has a bot that was paused by the stop and holds 0.01 BTC: nothing is left to do."""
    costs, size = [], 0
    for upto in (FEW, 20):
        stopped = size
        while size < upto:
            person = people.person(f"person {size}")
            builders.fund(person)
            builders.holding(builders.bot(person, capital="1000"))
            halts.raise_halt(
                scope="USER", level="HALTED", source="EMERGENCY_STOP", reason="", actor="user:a", request_id="", now=NOON, user=person.id
            )
            size += 1
        first = sweep.sweep(data_dir=builders.NOWHERE, policy=builders.policy(), now=NOON + timedelta(seconds=10))
        assert first.paused == upto - stopped
        done, cost = counted(lambda: sweep.sweep(data_dir=builders.NOWHERE, policy=builders.policy(), now=NOON + timedelta(seconds=12)))
        costs.append(cost)
        assert (done.paused, done.cancelled, done.closing_orders) == (0, 0, 0)
    assert costs[0] == costs[1]


def test_halving_finds_the_one_that_fails_and_does_the_others(db):
    """One of eleven: 11, 5 and 6, 3 and 3, 1 and 2, 1 and 1 are tried; ten are done, each once."""
    tried, finished = [], []

    def act(part):
        tried.append(len(part))
        if 7 in part:
            raise DataError("planted")
        finished.extend(part)
        return len(part)

    assert halving.done(act, range(11), what="test", now=NOON) == 10
    assert finished == [0, 1, 2, 3, 4, 5, 6, 8, 9, 10]
    assert len(tried) == 9


def test_a_database_that_is_gone_is_nobodys_fault(db):
    def act(part):
        raise OperationalError("gone")

    with pytest.raises(OperationalError):
        halving.done(act, [1, 2], what="test", now=NOON)
    assert not Alert.objects.exists()
