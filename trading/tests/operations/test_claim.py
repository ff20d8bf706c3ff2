"""Claims: exact under concurrency, once per intent and candle, and as many statements for two hundred bots as for two."""

from collections import Counter
from copy import copy
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Alert
from bots.operations import halts
from bots.tests.threads import at_once
from ledger.models import Book, BookKind, Reservation
from ledger.operations import verify
from trading import gates
from trading.domain.requests import client_order_id, entry_intent, exit_intent
from trading.models import Decision, EntryCount, Order
from trading.operations import act, record, sweep
from trading.tests import builders
from trading.tests.builders import NOON, flat
from trading.venues.port import Ack

D = Decimal
JUMP = (20_000, 22_000, 20_000, 22_000)
WIDE = {"burst_limit_orders_per_exchange": 10**6}


def outcomes(answers):
    """How many orders ended in which state for which reason."""
    assert not [each for each in answers if isinstance(each, Exception)], answers
    return Counter((order.state, order.refusal) for each in answers for order in each.orders)


@pytest.mark.django_db(transaction=True)
def test_of_sixteen_claims_at_once_against_money_for_five_exactly_five_are_granted(alice):
    """0.01 BTC bounded at 20,100 holds 201 x 1.001 = 201.201; five of them 1,006.005; the book has 1,010."""
    builders.fund(alice)
    bot = builders.bot(alice, capital="1010")
    answers = at_once(16, lambda _: builders.claimed(builders.manual(bot)))
    assert outcomes(answers) == {("SENDING", ""): 5, ("REFUSED", "INSUFFICIENT_FUNDS"): 11}
    assert builders.balance(bot) == (D("3.995"), D("1006.005"), 0)
    assert Reservation.objects.filter(live=True).count() == 5
    refused = Order.objects.filter(state="REFUSED").latest("id")
    assert refused.verdicts[-1]["gate"] == "cover"
    numbers = refused.verdicts[-1]["numbers"]
    assert (D(numbers["needed"]), D(numbers["free"]), numbers["asset"]) == (D("201.201"), D("3.995"), "USDT")
    assert verify.verify().ok


@pytest.mark.django_db
def test_sixteen_wishes_in_one_batch_share_the_same_money(alice):
    builders.fund(alice)
    bot = builders.bot(alice, capital="1010")
    done = builders.claimed(*[builders.manual(bot) for _ in range(16)])
    assert [order.state for order in done.orders] == ["SENDING"] * 5 + ["REFUSED"] * 11


@pytest.mark.django_db(transaction=True)
def test_the_daily_limit_of_a_person_is_exact_under_thirty_two_claims_at_once(alice):
    builders.fund(alice)
    bot = builders.bot(alice, capital="50000")
    answers = at_once(32, lambda _: builders.claimed(builders.manual(bot), max_trades_per_user_daily=10))
    assert outcomes(answers) == {("SENDING", ""): 10, ("REFUSED", "USER_DAILY_LIMIT"): 22}
    assert EntryCount.objects.get(bot__isnull=True).entries == 10


@pytest.mark.django_db(transaction=True)
def test_the_burst_of_a_wallet_is_exact_under_thirty_two_claims_at_once_and_ends_with_its_window(alice):
    builders.fund(alice)
    bots = [builders.bot(alice, name=str(n), capital="2000", born=n) for n in range(2)]
    ten: dict[str, Any] = {"burst_limit_orders_per_exchange": 10}
    answers = at_once(32, lambda n: builders.claimed(builders.manual(bots[n % 2]), **ten))
    assert outcomes(answers) == {("SENDING", ""): 10, ("REFUSED", "BURST_LIMIT"): 22}
    late = builders.claimed(builders.manual(bots[0]), **ten, now=NOON + timedelta(seconds=9))
    later = builders.claimed(builders.manual(bots[0]), **ten, now=NOON + timedelta(seconds=10))
    assert (late.orders[0].refusal, later.orders[0].state) == ("BURST_LIMIT", "SENDING")


@pytest.mark.django_db(transaction=True)
def test_the_daily_limit_of_a_bot_is_exact_under_thirty_two_claims_at_once_and_its_sister_is_not_counted(alice):
    builders.fund(alice)
    bot, sister = (builders.bot(alice, name=name, capital="40000", born=at) for at, name in enumerate(("busy", "sister")))

    def enter(number):
        return builders.claimed(builders.request(bot, candle=number, intent=uuid4()), max_trades_per_bot_daily=10)

    answers = at_once(32, enter)
    assert outcomes(answers) == {("SENDING", ""): 10, ("REFUSED", "BOT_DAILY_LIMIT"): 22}
    assert EntryCount.objects.get(bot=bot).entries == 10
    [order] = builders.claimed(builders.request(sister), max_trades_per_bot_daily=10).orders
    assert order.state == "SENDING"


@pytest.mark.django_db
def test_sixty_percent_of_every_trade_limit_warns_once_a_day(alice):
    """Of limits of 5 a bot, 10 a person and 5 in a burst the third, sixth and third entry are at 60 %."""
    builders.fund(alice)
    bot = builders.bot(alice, capital="50000")
    limits: dict[str, Any] = {"max_trades_per_bot_daily": 5, "max_trades_per_user_daily": 10, "burst_limit_orders_per_exchange": 5}

    def enter(number):
        [order] = builders.claimed(builders.request(bot, candle=number, intent=uuid4()), **limits, now=NOON + timedelta(seconds=number)).orders
        return order.refusal, sorted(Alert.objects.filter(severity="WARNING").values_list("code", flat=True))

    burst, of_bot, of_person = "BURST_LIMIT_ORDERS_PER_EXCHANGE", "MAX_TRADES_PER_BOT_DAILY", "MAX_TRADES_PER_USER_DAILY"
    assert [enter(number) for number in (0, 1)] == [("", []), ("", [])]
    assert [enter(number) for number in (2, 700, 1_400)] == [("", [burst, of_bot])] * 3
    for number in range(6):
        builders.claimed(builders.manual(bot), **limits, now=NOON + timedelta(minutes=60 + number))
    assert sorted(Alert.objects.filter(severity="WARNING").values_list("code", flat=True)) == [burst, of_bot, of_person]
    assert "6 of your 10" in Alert.objects.get(code=of_person).sentence
    tomorrow = NOON + timedelta(days=1)
    for number in range(3):
        builders.claimed(builders.request(bot, candle=2_000 + number, intent=uuid4()), **limits, now=tomorrow)
    assert Alert.objects.filter(code=of_bot).count() == 2


@pytest.mark.django_db
def test_a_gate_that_fails_aborts_the_claim_and_nothing_is_ordered(alice, monkeypatch):
    """Any gate error means no trade: no order of the batch, no money held, no entry counted, no decision kept."""
    builders.fund(alice)
    bots = [builders.bot(alice, name=str(n), born=n) for n in range(2)]

    def broken(request, facts, policy):
        if request.bot == bots[1].id:
            raise ZeroDivisionError("planted")
        return gates.idempotency.PASSED

    for place in range(len(gates.GATES)):
        monkeypatch.setattr(gates, "GATES", (*gates.GATES[:place], broken, *gates.GATES[place + 1 :]))
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            builders.claimed(*[builders.request(bot) for bot in bots])
        assert not Order.objects.exists()
        assert not Decision.objects.exists()
        assert not Reservation.objects.exists()
        assert not EntryCount.objects.exists()
        monkeypatch.undo()


@pytest.mark.django_db
def test_a_bots_daily_limit_counts_entries_since_midnight_utc_and_no_exits(alice):
    builders.fund(alice)
    bot = builders.bot(alice)
    for number in range(3):
        [order] = builders.sent(builders.request(bot, candle=number, intent=uuid4()), max_trades_per_bot_daily=2)
        assert (order.state, order.refusal) == (("OPEN", "") if number < 2 else ("REFUSED", "BOT_DAILY_LIMIT"))
    builders.booked(builders.fill(Order.objects.filter(state="OPEN").earliest("id"), price="20000"))
    [leaving] = builders.sent(builders.request(bot, side="SELL", candle=4), max_trades_per_bot_daily=2)
    assert leaving.state == "OPEN"
    tomorrow = NOON + timedelta(hours=12)
    [order] = builders.sent(builders.request(bot, candle=9, intent=uuid4()), max_trades_per_bot_daily=2, now=tomorrow)
    assert order.state == "OPEN"


@pytest.mark.django_db
def test_limits_count_within_a_batch_too(alice):
    builders.fund(alice)
    bot = builders.bot(alice)
    done = builders.claimed(*[builders.manual(bot) for _ in range(5)], max_trades_per_user_daily=3)
    assert [order.refusal for order in done.orders] == ["", "", "", "USER_DAILY_LIMIT", "USER_DAILY_LIMIT"]


@pytest.mark.django_db(transaction=True)
def test_eight_deliveries_of_one_decision_at_once_make_one_order(alice):
    builders.fund(alice)
    bot = builders.bot(alice)
    answers = at_once(8, lambda _: builders.claimed(builders.request(bot)))
    assert outcomes(answers) == {("SENDING", ""): 1, ("REFUSED", "ALREADY_DECIDED"): 7}
    assert Decision.objects.count() == 1
    assert builders.balance(bot) == (D("9798.799"), D("201.201"), 0)


@pytest.mark.django_db
def test_the_next_candle_does_not_enter_again_while_the_entry_works_and_may_once_it_has_expired(alice):
    builders.fund(alice)
    bot = builders.bot(alice)
    [first] = builders.sent(builders.request(bot, candle=0))
    [second] = builders.sent(builders.request(bot, candle=1))
    assert (second.state, second.refusal) == ("REFUSED", "ALREADY_CLAIMED")
    builders.booked(replace(builders.fill(first, price="1"), kind="EXPIRED"))
    [third] = builders.sent(builders.request(bot, candle=2))
    assert (third.state, third.attempt, third.intent) == ("OPEN", 2, first.intent)
    assert third.client_order_id != first.client_order_id
    assert builders.balance(bot)[1] == D("201.201")


@pytest.mark.django_db
def test_a_tick_delivered_twice_changes_nothing(alice):
    builders.fund(alice)
    bot = builders.bot(alice)
    tape = builders.Tape()
    tape.tick(*flat(20_000, 3))
    before = copy(tape.memory)
    tape.tick(JUMP)
    money = builders.balance(bot)
    tape.again(JUMP, memory=before)
    assert sorted(Order.objects.values_list("state", "refusal")) == [("OPEN", ""), ("REFUSED", "ALREADY_DECIDED")]
    assert builders.balance(bot) == money
    assert (tape.memory.readings == before.readings).all()


@pytest.mark.django_db(transaction=True)
def test_the_same_tick_in_four_processes_at_once_makes_one_order(alice):
    builders.fund(alice)
    builders.bot(alice)
    tape = builders.Tape()
    tape.tick(*flat(20_000, 3))
    memories = [copy(tape.memory) for _ in range(4)]
    tape.minute += 1
    answers = at_once(4, lambda n: tape.again(JUMP, memory=memories[n]))
    assert not [each for each in answers if isinstance(each, Exception)], answers
    assert Order.objects.exclude(state="REFUSED").count() == 1
    tape.tick((22_000, 22_000, 22_000, 22_000))
    assert Order.objects.get(state="FILLED").filled_quantity == D("0.004")


def test_a_client_order_id_is_known_before_the_venue_is_asked_and_differs_per_attempt():
    bot = uuid4()
    ids = {
        client_order_id(intent=kind(bot=bot, position=position), attempt=attempt)
        for kind in (entry_intent, exit_intent) for position in (1, 2) for attempt in (1, 2)
    }  # fmt: skip
    assert len(ids) == 8
    assert all(len(each) == 32 for each in ids)


@pytest.mark.django_db
def test_a_halt_raised_between_claim_and_act_is_obeyed_and_the_money_released(alice):
    builders.fund(alice)
    bot = builders.bot(alice)
    done = builders.claimed(builders.request(bot))
    assert builders.balance(bot)[1] == D("201.201")
    halts.raise_halt(scope="GLOBAL", level="HALTED", source="EMERGENCY_STOP", reason="", actor="operator:o", request_id="", now=NOON)
    act.send(done.orders, market=builders.market(), now=NOON)
    order = Order.objects.get()
    assert (order.state, order.refusal) == ("REJECTED", "HALTED_BEFORE_SENDING")
    assert builders.balance(bot) == (10_000, 0, 0)


@pytest.mark.django_db
def test_an_answer_that_comes_after_the_order_was_adopted_frees_no_money(alice):
    """The sender slept past its lease, the sweeper adopted its order, then the late refusal arrives: the order works on."""
    builders.fund(alice)
    bot = builders.bot(alice)
    done = builders.claimed(builders.request(bot))
    sweep.adopt_expired(now=NOON + timedelta(seconds=61))
    name = done.orders[0].client_order_id
    record.acknowledge([Ack(name, "REJECTED", "HALTED_BEFORE_SENDING", "late")], now=NOON + timedelta(seconds=62))
    assert Order.objects.get().state == "OPEN"
    assert builders.balance(bot) == (D("9798.799"), D("201.201"), 0)


@pytest.mark.django_db
def test_an_answer_that_says_nothing_keeps_the_money_held(alice):
    builders.fund(alice)
    bot = builders.bot(alice)
    [order] = builders.claimed(builders.request(bot)).orders
    record.acknowledge([Ack(order.client_order_id, "UNKNOWN", "TIMEOUT", "no answer")], now=NOON)
    assert Order.objects.get().state == "UNKNOWN"
    assert builders.balance(bot)[1] == D("201.201")


def statements(tape, row):
    with CaptureQueriesContext(connection) as seen:
        done = tape.tick(row)
    return done, [query["sql"] for query in seen.captured_queries]


def shapes(queries):
    """Statements by their first words, savepoints without their names; a COPY counts like any other."""
    return Counter(" ".join(sql.split()[: 1 if "SAVEPOINT" in sql else 4]) for sql in queries)


def round_trip(owner, many):
    """Entry, fill with exit, fill of the exit, for so many bots, and then as if nothing had been: what each tick did and asked."""
    runs = []
    with transaction.atomic():
        for number in range(many):
            builders.bot(owner, name=f"n{number}")
        tape = builders.Tape(policy=builders.policy(**WIDE))
        tape.tick(*flat(20_000, 10), apart=False)
        for row in (JUMP, (22_000, 22_000, 18_000, 18_000), (18_000, 18_000, 18_000, 18_000)):
            done, queries = statements(tape, (*row, 1_000_000))  # volume enough for everybody's limits
            runs.append(((done.legs, done.orders, done.fills, done.trades), shapes(queries)))
        transaction.set_rollback(True)
    return runs


@pytest.mark.django_db
def test_a_tick_takes_as_many_statements_for_two_hundred_bots_as_for_two(alice):
    builders.fund(alice, "10000000")
    few, lots = round_trip(alice, 2), round_trip(alice, 200)
    assert [did for did, _ in few] == [(2, 2, 0, 0), (2, 2, 2, 0), (0, 0, 2, 2)]
    assert [did for did, _ in lots] == [(200, 200, 0, 0), (200, 200, 200, 0), (0, 0, 200, 200)]
    for number, ((_, asked), (_, asked_more)) in enumerate(zip(few, lots, strict=True)):
        assert asked == asked_more, f"tick {number}: {asked_more - asked} more, {asked - asked_more} fewer"
    assert any(shape.startswith("COPY trading_order") for shape in few[0][1])
    assert any(shape.startswith("COPY ledger_") for shape in few[1][1])


@pytest.mark.django_db
def test_exits_are_claimed_before_entries_and_older_bots_first(alice):
    builders.fund(alice)
    old = builders.bot(alice, name="old", born=0)
    young = builders.bot(alice, name="young", born=1)
    tape = builders.Tape()
    tape.tick(*flat(20_000, 3), JUMP)
    assert [order.bot_id for order in Order.objects.order_by("id")] == [old.id, young.id]


@pytest.mark.django_db
def test_books_other_than_the_bots_own_are_never_touched(alice):
    builders.fund(alice)
    bot = builders.bot(alice, capital="100")
    [order] = builders.claimed(builders.request(bot)).orders
    assert order.refusal == "INSUFFICIENT_FUNDS"
    free = Book.objects.get(wallet=bot.book.wallet, kind=BookKind.FREE)
    assert free.balances.get(asset="USDT").cash == 99_900
