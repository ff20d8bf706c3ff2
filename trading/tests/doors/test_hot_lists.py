"""Orders, trades and fills that the database spells: word for word what their shapes spell, for one's own rows only."""

from __future__ import annotations

import json
import random
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import QuerySet
from rest_framework.renderers import JSONRenderer
from rest_framework.test import APIClient

from accounts.domain.chain import stamp
from accounts.models import User
from accounts.web import clock
from ledger.models import Fill, Wallet
from ledger.tests import builders as money
from trading.api.shapes.money import FillOut
from trading.api.shapes.orders import OrderOut, TradeOut
from trading.models import Order, Trade
from trading.queries import orders, spelled, trades
from trading.tests.doors import builders

EXACT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
NOTE = 'The venue said "no":\tprice \\ 2 < 3 & Größe, 注文, \u2028\nnothing else.'


def as_json(shape: Any) -> Any:
    return json.loads(JSONRenderer().render(shape.data))


def listed(api: APIClient, path: str) -> list[dict[str, Any]]:
    answer = api.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    return list(answer.json()["results"])


@pytest.fixture
def rich(alice: User, alice_wallet: Wallet) -> list[Order]:
    """Every kind of value that an order can hold."""
    bot = builders.bot(alice, name='The "first" bot')
    late = {"bot": None, "candle": None, "price": None, "type": "MARKET", "expected_edge_bps": None, "edge_source": ""}
    return [
        builders.order(bot),
        builders.order(bot, state="REFUSED", created_at=EXACT, updated_at=EXACT + timedelta(microseconds=20)),
        builders.order(bot, state="REJECTED", refusal="NO", history=[["SENDING", stamp(EXACT), ""], ["REJECTED", stamp(EXACT), NOTE]], **late),
        builders.order(bot, state="NOT_PLACED", history=[], expected_edge_bps=Decimal("-0.50")),
        builders.order(bot, state="OPEN", time_in_force="GTD", type="POST_ONLY", expires_at=EXACT + timedelta(days=1), candle=EXACT),
        # 1 / 3, and two halves of the last place: one goes down to the even digit, one goes up to it
        *(
            builders.order(
                bot, state="PARTIALLY_FILLED", quantity=Decimal(9), filled_quantity=Decimal(quantity), filled_value=Decimal(value),
                price=Decimal("0.000000000000000000000001"), decision_price=Decimal(10) ** 31, fees=Decimal("100.00"), bootstrap=True,
            )
            for quantity, value in (("3", "1"), ("2", "0.000000000000000000000001"), ("2", "0.000000000000000000000003"))
        ),
    ]  # fmt: skip


@pytest.mark.django_db
def test_orders_read_as_their_shape_spells_them(rich: list[Order], alice: User, alice_api: APIClient) -> None:
    told = listed(alice_api, "/api/orders")
    assert len(told) == len(rich)
    assert told == as_json(OrderOut([orders.view(order) for order in orders.of(owner=alice.id)], many=True))
    assert [list(row) for row in told] == [list(OrderOut().fields)] * len(rich)
    averages = {row["average_price"] for row in told if row["state"] == "PARTIALLY_FILLED"}
    assert averages == {"0.333333333333333333333333", "0", "0.000000000000000000000002"}
    assert {row["sentence"] for row in told} == {"", NOTE, "The edge does not cover the cost."}
    assert {row["decision_price"] for row in told} == {"20000", "1" + "0" * 31}


@pytest.mark.django_db
def test_pending_orders_read_as_their_shape_spells_them(rich: list[Order], alice: User, alice_api: APIClient) -> None:
    told = listed(alice_api, "/api/orders/pending")
    assert len(told) == 4  # the open one and three that are filled in part
    assert told == as_json(OrderOut([orders.view(order) for order in orders.pending(owner=alice.id)], many=True))


@pytest.mark.django_db
def test_averages_are_the_ledgers_own_division_whatever_the_numbers(alice: User, alice_wallet: Wallet) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    draw, bot = random.Random(seed), builders.bot(alice)
    for _ in range(100):
        filled = Decimal(draw.randint(1, 10 ** draw.randint(1, 20))).scaleb(-draw.randint(0, 12))
        value = Decimal(draw.randint(1, 10 ** draw.randint(1, 30))).scaleb(-draw.randint(0, 24))
        builders.order(bot, state="CANCELLED", quantity=filled, filled_quantity=filled, filled_value=value)
    found = list(orders.of(owner=alice.id))
    page = orders.of(owner=alice.id).values_list("created_at", "id")
    told = [json.loads(text) for _, _, text in spelled.orders(owner=alice.id, page=page)]
    assert told == as_json(OrderOut([orders.view(order) for order in found], many=True))


@pytest.mark.django_db
def test_trades_read_as_their_shape_spells_them(alice: User, alice_wallet: Wallet, alice_api: APIClient) -> None:
    bot, won, fees = builders.bot(alice), Decimal("4.9"), Decimal("0.4051")
    for loss in (Decimal("12.25"), won):
        builders.trade(bot, gross=won - loss, profit_loss=won - loss - fees, closed_at=clock.now())
    by_hand = builders.order(bot, bot=None, leg="EXIT", side="SELL", reducing=True)
    builders.trade(bot, bot=None, order=by_hand)
    told = listed(alice_api, "/api/trades")
    assert told == as_json(TradeOut([trades.view(trade) for trade in trades.of(owner=alice.id)], many=True))
    assert [list(row) for row in told] == [list(TradeOut().fields)] * 3
    assert {row["profit_loss"] for row in told} == {"4.4949", "-7.7551", "-0.4051"}
    assert {row["gross"] for row in told} == {"4.9", "-7.35", "0"}


@pytest.mark.django_db
def test_fills_read_as_their_shape_spells_them(alice: User, alice_wallet: Wallet, alice_api: APIClient) -> None:
    bot = builders.bot(alice, now=money.MONDAY)
    by_hand = money.book(alice_wallet)
    money.filled(bot.book, "BUY", "0.01", "20000", fee="0.2", trade='a"b\\c', order="c" * 32)
    money.filled(bot.book, "BUY", "0.010", "20000.50", fee="0", at=money.MONDAY + timedelta(microseconds=1))
    money.filled(by_hand, "BUY", "0.00001", "21000", fee=None, fee_asset=None, at=money.MONDAY + timedelta(minutes=1))
    told = listed(alice_api, "/api/ledger/fills")
    assert [list(row) for row in told] == [list(FillOut().fields)] * 3
    facts = [
        {
            "id": str(fill.pk), "wallet_id": str(alice_wallet.id), "book": str(fill.book_id), "venue": "sim", "symbol": fill.symbol,
            "bot_id": str(bot.id) if fill.book_id == bot.book_id else None, "side": fill.side, "fee_asset": fill.fee_asset_id,
            "executed_at": stamp(fill.executed_at), "trade_id": fill.trade_id, "client_order_id": fill.client_order_id, "mode": "PAPER",
            "bootstrap": fill.bootstrap,
        }
        for fill in Fill.objects.order_by("-executed_at")
    ]  # fmt: skip
    amounts = ("quantity", "price", "fee")
    assert [{name: value for name, value in row.items() if name not in amounts} for row in told] == facts
    assert [tuple(row[name] for name in amounts) for row in told] == [
        ("0.00001", "21000", None), ("0.01", "20000.5", "0"), ("0.01", "20000", "0.2"),
    ]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("list_of", "everybody"),
    [
        (spelled.orders, Order.objects.values_list("created_at", "id")),
        (spelled.trades, Trade.objects.values_list("closed_at", "id")),
        (spelled.fills, Fill.objects.values_list("executed_at", "entry_id")),
    ],
)
def test_a_page_of_another_persons_rows_spells_nothing(
    list_of: Callable[..., list[Any]], everybody: QuerySet[Any, Any], alice: User, bob: User, alice_wallet: Wallet
) -> None:
    bot = builders.bot(alice, now=money.MONDAY)
    builders.trade(bot)
    money.filled(bot.book, "BUY", "0.01", "20000", fee="0.2")
    assert list_of(owner=bob.id, page=everybody.all()) == []
    assert len(list_of(owner=alice.id, page=everybody.all())) == 1
    assert list_of(owner=alice.id, page=everybody.none()) == []


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/orders", "/api/trades", "/api/ledger/fills"])
def test_a_cursor_goes_on_where_the_page_ended(path: str, alice: User, alice_wallet: Wallet, alice_api: APIClient) -> None:
    bot = builders.bot(alice, now=money.MONDAY)
    for minute in range(3):
        builders.trade(bot)
        money.filled(bot.book, "BUY", "0.01", "20000", fee="0.2", at=money.MONDAY + timedelta(minutes=minute))
    whole = [row["id"] for row in listed(alice_api, path)]
    first = alice_api.get(path, {"limit": 2}).json()
    rest = alice_api.get(path, {"limit": 2, "cursor": first["next"]}).json()
    assert [row["id"] for row in first["results"] + rest["results"]] == whole
    assert (len(whole), rest["next"]) == (3, None)


@pytest.mark.django_db
def test_rows_that_come_in_meanwhile_neither_repeat_nor_hide_one(alice: User, alice_wallet: Wallet, alice_api: APIClient) -> None:
    """Six orders of one moment, by twos; at each page two more come in, at that same moment and later."""
    bot = builders.bot(alice)
    whole = {str(builders.order(bot, created_at=EXACT).id) for _ in range(6)}
    shown: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = alice_api.get("/api/orders", {"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        shown += [row["id"] for row in page["results"]]
        cursor = page["next"]
        builders.order(bot, created_at=EXACT)
        builders.order(bot, created_at=EXACT + timedelta(seconds=1))
    assert len(shown) == len(set(shown)) == 6
    assert set(shown) == whole


@pytest.mark.django_db
@pytest.mark.parametrize("columns", [["2026-03-02T12:00:00", "01a1f770-e17e-79fb-b4d3-795f2f77791d"], ["x", "y"], [1, 2], [], {}, "a"])
def test_a_cursor_of_nothing_is_refused_in_words(columns: Any, alice_api: APIClient) -> None:
    cursor = urlsafe_b64encode(json.dumps(columns).encode()).decode()
    answer = alice_api.get("/api/orders", {"cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (400, "CURSOR_REFUSED")
