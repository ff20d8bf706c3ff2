"""Trades: an incomplete one is refused, told and counted; what was counted cannot be taken back; a trade's figures add up."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from accounts.models import User
from trading.models import Order, RejectedTrade, TrackRecord, Trade
from trading.tests import builders
from trading.tests.builders import NOON

pytestmark = pytest.mark.django_db(transaction=True)
App = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture
def rejected(alice: User) -> Order:
    """Bought at noon, and the venue says that the sale was a minute before: no lot explains it."""
    builders.fund(alice)
    bot = builders.bot(alice)
    builders.holding(bot)
    [leaving] = builders.sent(builders.request(bot, side="SELL", candle=1))
    builders.booked(builders.fill(leaving, price="20500", at=NOON - timedelta(minutes=1)))
    return leaving


def test_a_sale_that_no_lot_explains_is_booked_but_is_no_trade_and_is_counted(alice: User, rejected: Order) -> None:
    assert Order.objects.get(id=rejected.id).state == "FILLED"
    assert not Trade.objects.exists()
    assert not TrackRecord.objects.exists()
    [row] = RejectedTrade.objects.filter(owner=alice)
    assert (row.order_id, row.bot_id, row.reason, row.at) == (rejected.id, rejected.bot_id, "no lot explains the units sold", NOON)


@pytest.mark.parametrize(
    "attack", ["DELETE FROM trading_rejectedtrade", "UPDATE trading_rejectedtrade SET reason = 'x'", "TRUNCATE trading_rejectedtrade"]
)
def test_what_was_rejected_cannot_be_taken_back(rejected: Order, app_connection: App, attack: str) -> None:
    with pytest.raises(psycopg.Error):
        app_connection.execute(attack)
    assert RejectedTrade.objects.count() == 1


@pytest.mark.parametrize(
    ("order", "owner", "bot"), [("gen_random_uuid()", "owner_id", "bot_id"), ("id", "%(bob)s", "bot_id"), ("id", "owner_id", "NULL")]
)
def test_what_was_rejected_is_an_order_of_that_person_and_bot(
    rejected: Order, bob: User, app_connection: App, order: str, owner: str, bot: str
) -> None:
    with pytest.raises(psycopg.errors.ForeignKeyViolation, match="does not belong to its order"):
        app_connection.execute(
            f"INSERT INTO trading_rejectedtrade (order_id, owner_id, bot_id, reason, at) "
            f"SELECT {order}, {owner}, {bot}, 'x', now() FROM trading_order WHERE leg = 'ENTRY'",
            {"bob": bob.id},
        )
    assert [row.order_id for row in RejectedTrade.objects.all()] == [rejected.id]


COLUMNS = (
    "id, order_id, owner_id, bot_id, market_id, side, reason, entry_price, exit_price, amount, gross, fees, profit_loss, gross_edge_bps, mode, "
    "bootstrap, opened_at, closed_at"
)  # fmt: skip


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"profit_loss": "4.0"}, "trade_profit_is_gross_less_fees"), ({"side": "'HOLD'"}, "trade_words_known"), ({"reason": "''"}, "trade_words_known"),
        ({"mode": "'PLAY'"}, "trade_words_known"), ({"entry_price": "0"}, "trade_prices_and_amount_positive"),
        ({"amount": "-1"}, "trade_prices_and_amount_positive"), ({"closed_at": "now() - interval '9 years'"}, "trade_closes_after_it_opens"),
        ({"fees": "NULL"}, "fees"), ({"opened_at": "NULL"}, "opened_at"), ({"gross_edge_bps": "NULL"}, "gross_edge_bps"),
    ],
)  # fmt: skip
def test_an_incomplete_or_inconsistent_trade_is_refused_by_the_table(
    rejected: Order, app_connection: App, change: dict[str, str], constraint: str
) -> None:
    facts = {
        "entry_price": "20000", "exit_price": "20500", "amount": "0.01", "gross": "5", "fees": "0.4", "profit_loss": "4.6",
        "gross_edge_bps": "250", "side": "'SELL'", "reason": "'SIGNAL'", "opened_at": "now()", "closed_at": "now()", "mode": "'PAPER'",
    } | change  # fmt: skip
    named = {"id": "gen_random_uuid()", "order_id": "id", "bootstrap": "false"} | facts
    values = ", ".join(named.get(name, name) for name in COLUMNS.split(", "))
    with pytest.raises(psycopg.errors.IntegrityError, match=constraint):
        app_connection.execute(f"INSERT INTO trading_trade ({COLUMNS}) SELECT {values} FROM trading_order WHERE leg = 'EXIT'")
