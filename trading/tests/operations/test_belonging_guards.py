"""Raw SQL as the application role: what orders, decisions, trades, reservations and equity points name exists and belongs together."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from accounts.models import User
from bots.models import Bot
from ledger.models import EquityPoint, Market, Reservation, Wallet
from trading.models import Decision, Order, Trade
from trading.tests import builders

App = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture
def bots(alice: User, bob: User, transactional_db: None) -> tuple[Bot, Bot]:
    """alice's bot has bought and sold, bob's has not."""
    builders.fund(alice)
    builders.fund(bob)
    mine = builders.bot(alice)
    builders.holding(mine)
    [sale] = builders.sent(builders.request(mine, side="SELL", candle=1))
    builders.booked(builders.fill(sale, price="20100"))
    return mine, builders.bot(bob)


def copied(app: App, model: Any, **changes: Any) -> None:
    """Insert a copy of the newest row of a table with these columns changed."""
    columns = [field.column for field in model._meta.fields if getattr(field, "column", None) and not field.generated]
    chosen = ", ".join("%s" if column in changes else column for column in columns)
    given = [changes[column] for column in columns if column in changes]
    app.execute(f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) SELECT {chosen} FROM {model._meta.db_table} LIMIT 1", given)


def refused(app: App, model: Any, **changes: Any) -> str | None:
    with pytest.raises(psycopg.errors.ForeignKeyViolation) as caught:
        copied(app, model, **changes)
    return caught.value.diag.constraint_name


def order(**changes: Any) -> dict[str, Any]:
    own = {"id": uuid4(), "client_order_id": uuid4().hex, "intent": uuid4()}
    return {**own, "state": "SENDING", "filled_quantity": 0, "filled_value": 0, "fees": 0, **changes}


def test_an_order_trades_its_owners_wallet_book_bot_and_market(bots: tuple[Bot, Bot], app_connection: App) -> None:
    mine, theirs = bots
    copied(app_connection, Order, **order())
    elsewhere = Market.objects.exclude(venue=builders.VENUE).first() or builders.market()
    foreign: list[dict[str, Any]] = [
        {"owner_id": theirs.owner_id},
        {"wallet_id": theirs.book.wallet_id},
        {"book_id": theirs.book_id},
        {"bot_id": theirs.id},
        {"halt_id": uuid4()},
        *({name: uuid4()} for name in ("owner_id", "wallet_id", "book_id", "bot_id", "market_id")),
    ]
    if elsewhere.venue != builders.VENUE:
        foreign.append({"market_id": elsewhere.id})
    for changes in foreign:
        assert refused(app_connection, Order, **order(**changes)) == "orders_belong", changes
    assert Order.objects.filter(owner=mine.owner_id).count() == 3


def test_an_order_never_changes_its_bot_or_halt(bots: tuple[Bot, Bot], app_connection: App) -> None:
    other: list[tuple[str, UUID]] = [("bot_id", bots[1].id), ("halt_id", uuid4())]
    for column, value in other:
        with pytest.raises(psycopg.errors.CheckViolation, match="cannot change"):
            app_connection.execute(f"UPDATE trading_order SET {column} = %s", [value])


def test_a_decision_names_a_bot(bots: tuple[Bot, Bot], app_connection: App) -> None:
    assert refused(app_connection, Decision, bot_id=uuid4()) == "decisions_belong"
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app_connection.execute("UPDATE trading_decision SET bot_id = %s WHERE leg = 'EXIT'", [uuid4()])


def test_a_trade_is_its_orders(bots: tuple[Bot, Bot], app_connection: App) -> None:
    entry = Order.objects.get(leg="ENTRY", owner=bots[0].owner_id)
    assert refused(app_connection, Trade, id=uuid4(), order_id=uuid4()) == "trades_belong"
    assert refused(app_connection, Trade, id=uuid4(), order_id=entry.id, bot_id=bots[1].id) == "trades_belong"
    assert refused(app_connection, Trade, id=uuid4(), order_id=entry.id, owner_id=bots[1].owner_id) == "trades_belong"


def test_a_reservation_names_a_book_and_an_asset(bots: tuple[Bot, Bot], app_connection: App) -> None:
    fresh = {"id": uuid4(), "client_order_id": uuid4().hex}
    assert refused(app_connection, Reservation, **fresh, book_id=uuid4()) == "reservations_belong"
    assert refused(app_connection, Reservation, **fresh, asset_id="GOLD") == "reservations_belong"


def test_an_equity_point_names_a_wallet_and_a_book_of_it(bots: tuple[Bot, Bot], app_connection: App) -> None:
    assert refused(app_connection, EquityPoint, id=uuid4(), wallet_id=uuid4(), book_id=None) == "points_belong"
    assert refused(app_connection, EquityPoint, id=uuid4(), wallet_id=bots[0].book.wallet_id, book_id=bots[1].book_id) == "points_belong"
    assert refused(app_connection, EquityPoint, id=uuid4(), currency_id="GOLD") == "points_belong"
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app_connection.execute("UPDATE ledger_equitypoint SET wallet_id = %s", [uuid4()])


def test_markets_stay_because_orders_name_them(bots: tuple[Bot, Bot], app_connection: App) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app_connection.execute("DELETE FROM ledger_market")
    assert Wallet.objects.count() == 2
