"""Cancelling until two reads in a row find nothing: venues that do not answer, and orders that arrive while others are cancelled."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import pytest

from trading.models import Order
from trading.operations import act, cancel, stop, sweep
from trading.tests import builders
from trading.tests.builders import NOON
from trading.venues.port import Ack
from trading.venues.recorded import RecordedVenue

pytestmark = pytest.mark.django_db
SILENT = Ack("", "UNKNOWN", "TIMEOUT", "No answer.")


class Deaf(RecordedVenue):
    """Does not answer the first `silences` cancels; `meanwhile` happens during the first one."""

    def __init__(self, silences: int = 0, meanwhile=lambda: None) -> None:
        self.silences, self.meanwhile, self.asked = silences, meanwhile, 0

    def cancel(self, client_order_ids: Sequence[str], *, now):
        self.asked += 1
        if self.asked == 1:
            self.meanwhile()
        if self.asked <= self.silences:
            return [Ack(name, SILENT.outcome, SILENT.code, SILENT.sentence) for name in client_order_ids]
        return super().cancel(client_order_ids, now=now)


@pytest.fixture
def bot(alice):
    builders.fund(alice)
    return builders.bot(alice)


def behind(monkeypatch, venue):
    """This venue behind the port, for cancels."""
    monkeypatch.setattr(cancel, "venue", lambda name: venue)
    return venue


def everything(bot):
    return cancel.cancel_all(owner=bot.owner_id, actor="user:a", request_id="", now=NOON)


def test_a_venue_that_answers_at_the_third_time_is_asked_three_times(bot, monkeypatch):
    [order] = builders.sent(builders.request(bot))
    deaf = behind(monkeypatch, Deaf(silences=2))
    assert everything(bot) == cancel.CancelReport(cancelled=1, open=0)
    order.refresh_from_db()
    assert (deaf.asked, order.state, builders.balance(bot)) == (3, "CANCELLED", (10_000, 0, 0))
    assert [state for state, _, _ in order.history] == ["SENDING", "OPEN", "CANCELLING", "CANCELLED"]


def test_a_venue_that_never_answers_leaves_the_order_open_with_its_money_and_the_sweeper_asks_again(bot, monkeypatch):
    """0.01 BTC at most 20,100 with a fee of 0.1 %: 201.201 USDT stay held."""
    [order] = builders.sent(builders.request(bot))
    behind(monkeypatch, Deaf(silences=1_000))
    report = stop.emergency_stop(
        scope="GLOBAL", user=None, reason="", flatten=False, actor="operator:o", request_id="", now=NOON, policy=builders.policy()
    )
    assert (report.orders_cancelled, report.orders_open, report.bots_paused) == (0, 1, 1)
    order.refresh_from_db()
    assert (order.state, builders.balance(bot)[1]) == ("CANCELLING", Decimal("201.201"))
    behind(monkeypatch, Deaf())
    assert sweep.sweep(data_dir=builders.NOWHERE, policy=builders.policy(), now=NOON + timedelta(seconds=2)).cancelled == 1
    assert builders.balance(bot) == (10_000, 0, 0)


def test_an_order_that_arrives_while_others_are_cancelled_is_found_by_the_next_read(bot, monkeypatch):
    builders.sent(builders.request(bot))
    late = builders.claimed(builders.manual(bot)).orders
    behind(monkeypatch, Deaf(meanwhile=lambda: act.send(late, market=builders.market(), now=NOON)))
    assert everything(bot) == cancel.CancelReport(cancelled=2, open=0)
    assert set(Order.objects.values_list("state", flat=True)) == {"CANCELLED"}


def test_an_order_on_its_way_is_counted_as_open(bot):
    builders.claimed(builders.request(bot))
    assert everything(bot) == cancel.CancelReport(cancelled=0, open=1)
