"""Raw SQL as the application role: the steps of an order and the trips of a breaker are kept as they happened."""

from decimal import Decimal
from typing import Any

import psycopg
import pytest

from accounts.models import User
from trading.domain.breaker import Use
from trading.models import BreakerTrip, Order
from trading.operations import breaker
from trading.operations.claim import Trip
from trading.tests import builders
from trading.tests.builders import NOON

pytestmark = pytest.mark.django_db(transaction=True)
App = psycopg.Connection[tuple[Any, ...]]
STEP = """jsonb_build_array(jsonb_build_array('OPEN', 'now', 'once more'))"""


@pytest.fixture
def order(alice: User) -> Order:
    builders.fund(alice)
    return builders.sent(builders.request(builders.bot(alice)))[0]


@pytest.mark.parametrize("history", ["'[]'", "history - 0", "history - -1", f"{STEP} || {STEP}", "jsonb_set(history, '{0,0}', '\"FILLED\"')"])
def test_no_step_of_an_order_is_taken_back_or_rewritten(order: Order, app_connection: App, history: str) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match="only grows"):
        app_connection.execute(f"UPDATE trading_order SET history = {history}")
    app_connection.execute(f"UPDATE trading_order SET history = history || {STEP}")
    assert [step[0] for step in Order.objects.get().history] == ["SENDING", "OPEN", "OPEN"]


@pytest.fixture
def trip(alice: User) -> BreakerTrip:
    builders.fund(alice)
    bot = builders.bot(alice)
    use = Use("MAX_CONSECUTIVE_LOSSES", value=Decimal(5), threshold=Decimal(5), sentence="Five losses in a row.")
    breaker.trip([Trip(alice.id, "PAPER", bot.id, use)], now=NOON)
    return BreakerTrip.objects.get()


ATTACKS = {
    "DELETE FROM trading_breakertrip": "permission denied",
    "TRUNCATE trading_breakertrip": "permission denied",
    "UPDATE trading_breakertrip SET value = '0'": "reset once",
    "UPDATE trading_breakertrip SET reset_at = now(), sentence = 'Nothing happened.'": "reset once",
    "UPDATE trading_breakertrip SET reset_at = now(), at = now() - interval '1 day'": "reset once",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_trip_is_neither_dropped_nor_rewritten(trip: BreakerTrip, app_connection: App, attack: str) -> None:
    before = BreakerTrip.objects.values().get()
    with pytest.raises(psycopg.Error, match=ATTACKS[attack]):
        app_connection.execute(attack)
    assert BreakerTrip.objects.values().get() == before


def test_a_trip_is_reset_once(trip: BreakerTrip, alice: User, app_connection: App) -> None:
    breaker.reset(owner=alice.id, bot_id=trip.bot_id, reason="Looked at it", actor="user:x", request_id="", now=NOON)
    for attack in ("reset_at = NULL", "reset_by = 'user:bob'", "reset_reason = ''"):
        with pytest.raises(psycopg.errors.RestrictViolation, match="reset once"):
            app_connection.execute(f"UPDATE trading_breakertrip SET {attack}")
