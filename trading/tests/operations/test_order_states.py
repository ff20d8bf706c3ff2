"""Whatever a venue says, in whatever order and how often: states move by the table, filled quantity is the sum of the booked
fills, reservations end with their order, and the ledger verifies. Reports are random; hypothesis prints what broke."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from accounts.domain.refusals import Conflict
from accounts.models import Alert, AuditRow
from accounts.tests import builders as people
from ledger.models import Fill, Reservation
from ledger.operations import verify
from trading.domain.order_states import FINAL, MOVES
from trading.models import Order, Trade
from trading.operations import cancel, record, sweep
from trading.tests import builders
from trading.tests.builders import NOON
from trading.venues.port import Ack

D = Decimal
ANSWERS = st.sampled_from(["ACCEPTED", "REJECTED", "UNKNOWN"])


class OrderLife(RuleBasedStateMachine):
    """One buy of 0.010 BTC at up to 20,100, from the claim on."""

    def __init__(self):
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        alice = people.person()
        builders.fund(alice)
        self.bot = builders.bot(alice)
        self.name = builders.claimed(builders.request(self.bot)).orders[0].client_order_id
        self.told: list = []
        self.seen = "SENDING"
        self.minute = 0

    def teardown(self):
        self.verified()
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    @property
    def order(self):
        return Order.objects.get(client_order_id=self.name)

    @property
    def now(self):
        self.minute += 1
        return NOON + timedelta(minutes=self.minute)

    @rule(answer=ANSWERS)
    def the_venue_answers(self, answer):
        record.acknowledge([Ack(self.name, answer, "CODE", "sentence")], now=self.now)

    @rule(steps=st.integers(1, 10), price=st.integers(19_000, 20_100))
    def a_fill_is_told(self, steps, price):
        report = builders.fill(self.order, price=str(price), quantity=f"0.{steps:03d}", fee="0.01", trade=f"t{len(self.told)}", at=self.now)
        self.told.append(report)
        builders.booked(report)

    @precondition(lambda self: self.told)
    @rule(data=st.data())
    def a_fill_is_told_again(self, data):
        report = data.draw(st.sampled_from(self.told))
        assert builders.booked(report).fills == 0

    @rule(steps=st.integers(1, 4))
    def a_fill_is_told_twice_in_one_batch(self, steps):
        report = builders.fill(self.order, price="20000", quantity=f"0.{steps:03d}", trade=f"t{len(self.told)}", at=self.now)
        self.told.append(report)
        assert builders.booked(report, report).fills == 1

    @precondition(lambda self: self.told)
    @rule(data=st.data())
    def a_fill_is_told_with_another_price(self, data):
        report = data.draw(st.sampled_from(self.told))
        assert builders.booked(replace(report, price=report.price + 1)).fills == 0

    @rule()
    def it_expires(self):
        builders.booked(replace(builders.fill(self.order, price="1"), kind="EXPIRED"))

    @rule()
    def it_is_cancelled(self):
        cancel.cancel_where(cancel.Scope("o.client_order_id = %s", (self.name,)), actor="user:test", now=self.now)

    @rule()
    def its_sender_died(self):
        sweep.adopt_expired(now=NOON + timedelta(days=1))

    @invariant()
    def moved_by_the_table(self):
        order = self.order
        path = [self.seen]
        for state, _, _ in order.history[len(getattr(self, "past", [])) or 1 :]:
            assert state == path[-1] or state in MOVES[path[-1]], (path, state)
            path.append(state)
        self.past, self.seen = order.history, order.state
        assert path[-1] == order.state

    @invariant()
    def filled_is_the_sum_of_fills(self):
        order, told = self.order, sum((report.quantity for report in self.told), D(0))
        assert order.filled_quantity == told == sum(Fill.objects.values_list("quantity", flat=True), D(0))
        assert order.filled_value == sum((report.quantity * report.price for report in self.told), D(0))
        assert (order.state == "FILLED") is (told >= order.quantity)
        if told and order.state not in FINAL:
            assert order.state in ("PARTIALLY_FILLED", "CANCELLING", "UNKNOWN", "OPEN")

    @invariant()
    def money_is_held_while_it_works_and_only_then(self):
        live = Reservation.objects.filter(client_order_id=self.name, live=True).exists()
        if self.order.state in FINAL:
            assert not live
        elif not self.told:
            assert live

    def verified(self):
        assert verify.verify().ok
        connection.check_constraints()


@pytest.mark.django_db
def test_an_order_lives_by_the_table_whatever_is_told(db):
    run_state_machine_as_test(
        OrderLife, settings=settings(max_examples=20, stateful_step_count=10, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    )


@pytest.fixture
def leaving(alice):
    """The bot holds 0.01 BTC bought at 20,000 and is on its way out."""
    builders.fund(alice)
    bot = builders.bot(alice)
    builders.holding(bot)
    return builders.sent(builders.request(bot, side="SELL"))[0]


@pytest.mark.django_db
def test_an_exit_in_parts_is_one_trade_when_it_is_final(leaving):
    assert builders.booked(builders.fill(leaving, price="21000", quantity="0.004")).trades == 0
    assert builders.booked(builders.fill(leaving, price="22000", quantity="0.006")).trades == 1
    trade = Trade.objects.get()
    assert (trade.amount, trade.gross, trade.exit_price) == (D("0.01"), D(16), D(21_600))


@pytest.mark.django_db
def test_an_exit_that_is_cancelled_half_filled_is_a_trade_of_that_half(leaving):
    builders.booked(builders.fill(leaving, price="21000", quantity="0.004"))
    cancel.cancel_where(cancel.Scope("o.id = %s", (leaving.id,)), actor="user:test", now=NOON)
    leaving.refresh_from_db()
    assert leaving.state == "CANCELLED"
    trade = Trade.objects.get()
    assert (trade.amount, trade.gross) == (D("0.004"), D(4))


@pytest.mark.django_db
def test_a_fill_that_comes_after_its_trade_was_closed_is_booked_all_the_same(leaving):
    builders.booked(replace(builders.fill(leaving, price="1"), kind="EXPIRED"))
    builders.booked(builders.fill(leaving, price="21000", quantity="0.004"))
    leaving.refresh_from_db()
    assert (leaving.state, leaving.filled_quantity) == ("EXPIRED", D("0.004"))
    builders.booked(builders.fill(leaving, price="22000", quantity="0.006"))
    leaving.refresh_from_db()
    assert (leaving.state, leaving.filled_quantity) == ("FILLED", D("0.01"))
    assert builders.balance(leaving.bot, "BTC") == (0, 0, 0)
    assert Trade.objects.count() == 1
    assert verify.verify().ok


@pytest.mark.django_db
def test_an_order_on_its_way_is_not_cancelled_and_says_so(alice):
    """Claimed and not yet sent: a cancel that overtook it would be forgotten by the venue. Nothing changes, no audit row is written."""
    builders.fund(alice)
    [order] = builders.claimed(builders.request(builders.bot(alice))).orders
    with pytest.raises(Conflict, match="ORDER_ON_ITS_WAY"):
        cancel.cancel(owner=alice.id, order_id=order.id, actor="user:a", request_id="", now=NOON)
    assert Order.objects.get(id=order.id).state == "SENDING"
    assert not AuditRow.objects.filter(act="order.cancel").exists()


@pytest.mark.django_db
def test_an_overfill_is_booked_flagged_and_told_once(alice):
    """0.01 BTC were ordered and 0.01 and 0.004 filled: 0.014 are booked, the history says so, the owner is alerted."""
    builders.fund(alice)
    order = builders.holding(builders.bot(alice))
    late = builders.fill(order, price="20000", quantity="0.004")
    builders.booked(late)
    builders.booked(late)
    order.refresh_from_db()
    assert (order.state, order.filled_quantity, order.history[-1][2]) == ("FILLED", D("0.014"), record.OVERFILLED)
    assert order.bot is not None
    assert builders.balance(order.bot, "BTC")[0] == D("0.014")
    alert = Alert.objects.get(code="OVERFILL")
    assert (alert.person_id, alert.severity) == (alice.id, "CRITICAL")
    assert "0.014 of an order over 0.01;" in alert.sentence
    assert verify.verify().ok
