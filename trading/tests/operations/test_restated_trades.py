"""A trade is the sum of its matches, also after a late fill has restated those; whatever else it says is found and cannot be written."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.test import Client

from accounts.models import AuditRow, User
from accounts.web import clock
from bots.models import Bot
from ledger.models import Market
from trading.models import Order, TrackRecord, Trade
from trading.operations import act, ledger_proof, record
from trading.queries import matched_trades
from trading.tests import builders, market_builders
from trading.tests.builders import NOON
from trading.venues import venue

pytestmark = pytest.mark.django_db(transaction=True)
App = psycopg.Connection[tuple[Any, ...]]
D = Decimal


@pytest.fixture
def bot(alice: User) -> Bot:
    builders.fund(alice)
    return builders.bot(alice)


@pytest.fixture
def closed(bot: Bot) -> Trade:
    """0.01 bought at 20,000 at noon and sold at 20,500 a minute later, without fees: 5 won."""
    builders.holding(bot)
    [leaving] = builders.sent(builders.request(bot, side="SELL", candle=1))
    builders.booked(builders.fill(leaving, price="20500"))
    return Trade.objects.get()


def told_late(bot: Bot, *, price: str = "19000", minutes: int = -30) -> None:
    """A purchase of 0.01 by hand in the bot's book, of before noon, that the venue reports now."""
    [order] = builders.sent(builders.manual(bot))
    builders.booked(builders.fill(order, price=price, at=NOON + timedelta(minutes=minutes)))


def proven() -> bool:
    verdict = ledger_proof.prove(now=NOON)
    assert set(verdict.checks) >= {"equity", "trades"}
    assert verdict.ok, verdict.first_difference
    return verdict.ok


def test_an_older_purchase_that_is_told_late_is_what_the_trade_sold(bot: Bot, closed: Trade) -> None:
    """First in, first out: the sale took the one at 19,000. 205 - 190 = 15 instead of 5, opened at 11:30, 789.47 bps instead of 250."""
    assert (closed.profit_loss, closed.entry_price, closed.gross_edge_bps) == (5, 20_000, 250)
    told_late(bot)
    now = Trade.objects.get()
    assert now.id == closed.id
    assert (now.profit_loss, now.gross, now.entry_price, now.amount) == (15, 15, 19_000, D("0.01"))
    assert (now.opened_at, now.closed_at, now.gross_edge_bps) == (NOON - timedelta(minutes=30), closed.closed_at, D("789.47"))
    row = AuditRow.objects.get(act="trade.restate")
    assert (row.subject, row.before["profit_loss"], row.after["profit_loss"]) == (f"trade:{now.id}", "5", "15")
    assert proven()


def test_a_win_that_becomes_a_loss_counts_as_one_in_the_track_record(bot: Bot, closed: Trade) -> None:
    """Bought at 21,000 half an hour before: 205 - 210 = -5."""
    assert (TrackRecord.objects.get().wins, TrackRecord.objects.get().loss_streak) == (1, 0)
    told_late(bot, price="21000")
    record = TrackRecord.objects.get()
    assert (record.trades, record.wins, record.loss_streak) == (1, 0, 1)
    assert proven()


def test_coins_that_were_paid_with_late_change_the_trade_that_sold_what_was_left(bot: Bot, alice: User) -> None:
    """0.01 at 20,000 and 0.01 at 30,000; 0.01 sold at 20,500: +5. Then 0.099 ETH for 0.0099 BTC are told, of before the sale: they were paid
    with the first lot, so the sale had 0.0001 of it and 0.0099 of the second: 205 - 2 - 297 = -94."""
    builders.holding(bot)
    [second] = builders.sent(builders.manual(bot))
    builders.booked(builders.fill(second, price="30000", at=NOON + timedelta(seconds=30)))
    ether = Market.objects.select_related("base", "quote").get(id=market_builders.market(venue=builders.VENUE, symbol="ETH/BTC").id)
    Market.objects.filter(id=ether.id).update(cost_min=D("0.0001"))
    ether.refresh_from_db()
    rules = venue(builders.VENUE).rules(market=ether, at=NOON)
    price = {"price": D("0.1"), "decision_price": D("0.1")}
    [asked] = builders.claimed(builders.manual(bot, rules=rules, quantity=D("0.099"), **price)).orders
    act.send([asked], market=ether, now=NOON)
    [leaving] = builders.sent(builders.request(bot, side="SELL", candle=2))
    builders.booked(builders.fill(leaving, price="20500", at=NOON + timedelta(minutes=2)))
    assert Trade.objects.get().profit_loss == 5

    report = builders.fill(Order.objects.get(id=asked.id), price="0.1", quantity="0.099", at=NOON + timedelta(minutes=1))
    record.book_reports([replace(report, fee=D(0), fee_asset="BTC")], market=ether, marks=None, now=NOON + timedelta(minutes=3))
    assert Trade.objects.get().profit_loss == -94
    assert (TrackRecord.objects.get().wins, TrackRecord.objects.get().loss_streak) == (0, 1)
    assert proven()


def test_an_older_file_that_a_person_brings_changes_the_trade_that_sold_from_it(alice: User, tmp_path: Path) -> None:
    """0.01 at 20,000 of a file, closed at 20,500: +5. An older file has 0.01 at 30,000: what was sold is that, -95."""
    builders.fund(alice)
    builders.market()
    now = clock.now()
    builders.mark("20500", at=now)
    brought(tmp_path, price="20000", year=2026)
    client = Client()
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    asked = client.post("/money/close", {"venue": "recorded", "symbol": "BTC/USDT", "mode": "PAPER"}, headers={"HX-Request": "true"})
    assert asked.status_code == 200
    builders.booked(builders.fill(Order.objects.get(), price="20500", at=now, quantity="0.01"), now=now)
    assert Trade.objects.get().profit_loss == 5

    brought(tmp_path, price="30000", year=2025)
    assert Trade.objects.get().profit_loss == -95
    assert proven()


def brought(folder: Path, *, price: str, year: int) -> None:
    """A file with one purchase of 0.01 BTC in March of that year."""
    file = folder / f"{year}.csv"
    head = "symbol,side,quantity,price,fee,fee_asset,executed_at,trade_id"
    file.write_text(f"{head}\nBTC/USDT,buy,0.01,{price},0,USDT,{year}-03-02T09:00:00Z,{year}\n")
    call_command("import_fills", str(file), "--user", "alice", "--venue", "recorded", "--json", stdout=StringIO())


def test_a_purchase_that_sorts_last_changes_no_trade(bot: Bot, closed: Trade) -> None:
    told_late(bot, minutes=5)
    assert Trade.objects.get().profit_loss == 5
    assert not AuditRow.objects.filter(act="trade.restate").exists()
    assert proven()


def test_the_rest_of_a_closing_order_that_fills_late_belongs_to_its_trade(bot: Bot) -> None:
    """0.004 sold at 21,000, the order ran out: 4 won. Then the venue tells of 0.006 at 22,000: 12 more, at 21,600 on average."""
    builders.holding(bot)
    [leaving] = builders.sent(builders.request(bot, side="SELL", candle=1))
    builders.booked(builders.fill(leaving, price="21000", quantity="0.004"), replace(builders.fill(leaving, price="1"), kind="EXPIRED"))
    assert (Trade.objects.get().amount, Trade.objects.get().profit_loss) == (D("0.004"), 4)
    builders.booked(builders.fill(leaving, price="22000", quantity="0.006"))
    trade = Trade.objects.get()
    assert (trade.amount, trade.profit_loss, trade.exit_price) == (D("0.01"), 16, 21_600)
    assert Order.objects.get(id=leaving.id).state == "FILLED"
    assert proven()


@pytest.mark.parametrize(
    ("spoil", "column"),
    [
        ("profit_loss = profit_loss + 1, gross = gross + 1", "gross"),
        ("profit_loss = profit_loss - 0.000000000000000000000001, fees = fees + 0.000000000000000000000001", "fees"),
        ("amount = amount * 2", "amount"),
        ("entry_price = entry_price + 0.000000000000000000000001", "entry_price"),
        ("exit_price = 20499", "exit_price"),
        ("gross_edge_bps = 250.01", "gross_edge_bps"),
        ("opened_at = opened_at - interval '1 day'", "opened_at"),
        ("closed_at = closed_at + interval '1 microsecond'", "closed_at"),
    ],
)
def test_a_trade_that_says_something_else_is_found_refused_and_mended_by_a_rebuild(
    closed: Trade, app_connection: App, spoil: Any, column: str
) -> None:
    """Whoever owns the database gets it in, past the triggers; the proof names the trade, its bot, when, what and how much."""
    with pytest.raises(psycopg.errors.RestrictViolation) as refused:
        app_connection.execute(f"UPDATE trading_trade SET {spoil}")
    assert refused.value.diag.constraint_name == "trade_is_its_matches"
    with builders.past_the_triggers() as cursor:
        cursor.execute(f"UPDATE trading_trade SET {spoil}")
    verdict = ledger_proof.prove(now=NOON)
    first = verdict.first_difference
    assert (verdict.ok, verdict.checks["trades"]) == (False, False)
    assert first is not None
    assert first.table == "trading_trade"
    assert first.key.startswith(f"{closed.id} of bot {closed.bot_id} at 2026-")
    assert first.column == column
    assert first.stored != first.expected
    assert [name for name, holds in verdict.checks.items() if not holds] == ["trades"]
    assert ledger_proof.prove(rebuild=True, now=NOON).ok
    assert Trade.objects.get().profit_loss == 5


def test_a_trade_without_any_match_is_found_and_not_invented(closed: Trade, app_connection: App) -> None:
    app_connection.execute("DELETE FROM ledger_lotmatch")
    first = matched_trades.first_unlike(wallet=closed.order.wallet_id)
    assert first is not None
    assert (first.column, first.stored, first.expected) == ("row", "profit_loss 5.000000000000000000000000", None)


@pytest.mark.parametrize(
    "attack",
    [
        "DELETE FROM trading_trade", "TRUNCATE trading_trade", "UPDATE trading_trade SET profit_loss = profit_loss",
        "UPDATE trading_trade SET bootstrap = NOT bootstrap", "UPDATE trading_trade SET bot_id = NULL",
        "UPDATE trading_trade SET profit_loss = 500, gross = 500",
    ],
)  # fmt: skip
def test_the_application_can_say_nothing_of_its_own(closed: Trade, app_connection: App, attack: Any) -> None:
    with pytest.raises((psycopg.errors.RestrictViolation, psycopg.errors.InsufficientPrivilege)):
        app_connection.execute(attack)
    assert Trade.objects.get() == closed
    assert proven()
