"""A closing order is a trade as long as its matches make one: whatever arrives late makes trades of exceptions and exceptions of trades,
nothing is forgotten on the way, and nobody else may do either."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from accounts.models import Alert, AuditRow, User
from accounts.web import clock
from bots.models import Bot
from ledger.domain.lots import Matched
from ledger.models import Book, BookKind, LotMatch
from ledger.operations import capital, fills
from ledger.queries import matches
from trading.models import Order, RejectedTrade, TrackRecord, Trade
from trading.operations import cancel, ledger_proof
from trading.tests import builders
from trading.tests.builders import NOON

pytestmark = pytest.mark.django_db(transaction=True)
App = psycopg.Connection[tuple[Any, ...]]
D = Decimal
SECOND = timedelta(seconds=1)
MADE_EXCEPTION = "INSERT INTO trading_rejectedtrade (order_id, owner_id, bot_id, reason, at) SELECT order_id, owner_id, bot_id, 'x', now() FROM trading_trade"


@pytest.fixture
def bot(alice: User) -> Bot:
    builders.fund(alice)
    return builders.bot(alice)


@pytest.fixture
def closed(bot: Bot) -> Trade:
    """0.01 bought at 20,000 at noon and sold at 20,500 a minute later, without fees: 5 won."""
    builders.holding(bot)
    builders.booked(builders.fill(leaving(bot), price="20500"))
    return Trade.objects.get()


def leaving(bot: Bot) -> Order:
    """A sale of 0.01 by the bot, on its way."""
    [order] = builders.sent(builders.request(bot, side="SELL", candle=1))
    return order


def by_hand(bot: Bot, side: str, **changes: Any) -> Order:
    """An order over 0.01 out of the bot's book that no bot decided."""
    [order] = builders.sent(replace(builders.request(bot, side=side), bot=None, candle=None, intent=uuid4(), reason="PERSON", **changes))
    return order


def sold_elsewhere(bot: Bot) -> None:
    """0.01 of the bot's coins were sold at 20,100, 20 seconds after noon, by no order of ours."""
    market = builders.market()
    told = fills.FillReport(
        wallet=bot.book.wallet_id, book=bot.book_id, venue=builders.VENUE, market=market.id, symbol="BTC/USDT", base="BTC", quote="USDT",
        trade_id="elsewhere", side="SELL", quantity=D("0.01"), price=D(20_100), fee=D(0), fee_asset="USDT", fee_price=None,
        executed_at=NOON + 20 * SECOND, raw="{}",
    )  # fmt: skip
    fills.record([told], now=NOON)


def record() -> tuple[int, int]:
    """(trades, wins) of the one track record."""
    row = TrackRecord.objects.get()
    return row.trades, row.wins


def proven() -> bool:
    verdict = ledger_proof.prove(now=NOON)
    assert verdict.ok, verdict.first_difference
    return verdict.ok


def test_an_exception_becomes_a_trade_when_a_purchase_that_explains_it_is_told_late(bot: Bot) -> None:
    """The coins of noon were sold elsewhere, so nothing explains the sale of 12:01. Then 0.01 at 19,000 of before noon are told: they are what
    was sold elsewhere, and the sale had those at 20,000: 5 won."""
    builders.holding(bot)
    bought, sold = by_hand(bot, "BUY"), leaving(bot)
    sold_elsewhere(bot)
    builders.booked(builders.fill(sold, price="20500"))
    assert (Trade.objects.count(), RejectedTrade.objects.get().reason) == (0, "no lot explains the units sold")
    assert proven()

    builders.booked(builders.fill(bought, price="19000", at=NOON - 30 * SECOND))
    trade = Trade.objects.get()
    assert (trade.order_id, trade.profit_loss, trade.entry_price, trade.bot) == (sold.id, 5, 20_000, bot)
    assert record() == (1, 1)
    assert RejectedTrade.objects.get().order_id == sold.id
    row = AuditRow.objects.get(act="trade.restate")
    assert (row.subject, row.before) == (f"trade:{trade.id}", {"exception": "no lot explains the units sold"})
    assert row.after["profit_loss"] == "5"
    assert proven()


def test_a_trade_whose_coins_an_older_sale_took_becomes_an_exception_and_counts_no_more(bot: Bot, alice: User) -> None:
    """0.01 each at 20,000 and 30,000; the bot's sale at 20,500 had the first: 5 won. An order by hand that was sent before turns out to have
    sold 0.02 half a minute earlier: it had both, 400 - 500 = -100, and nothing is left that explains the bot's."""
    builders.holding(bot)
    second = by_hand(bot, "BUY")
    builders.booked(builders.fill(second, price="30000", at=NOON + SECOND))
    hand, sold = by_hand(bot, "SELL"), leaving(bot)
    builders.booked(builders.fill(sold, price="20500"))
    before = Trade.objects.get()
    assert (before.profit_loss, record()) == (5, (1, 1))

    builders.booked(builders.fill(hand, price="20000", quantity="0.02", at=NOON + 30 * SECOND))
    trade = Trade.objects.get()
    assert (trade.order_id, trade.amount, trade.profit_loss) == (hand.id, D("0.02"), -100)
    assert record() == (0, 0)
    assert TrackRecord.objects.get().net_return_mean == 0
    assert RejectedTrade.objects.get().order_id == sold.id
    row = AuditRow.objects.get(act="trade.restate")
    assert (row.subject, row.before["profit_loss"], row.before["entry_price"]) == (f"trade:{before.id}", "5", "20000")
    assert (row.before["closed_at"], row.after) == ("2026-03-02T12:01:00.000000Z", {"exception": "no lot explains the units sold"})
    told = Alert.objects.get(code="TRADE_UNEXPLAINED")
    assert (told.person, told.severity, told.data["trades"]) == (alice, "WARNING", [str(before.id)])
    assert told.sentence.startswith("Fills that were told late took one of your trades back: no lot explains the units sold. ")
    assert proven()


def test_an_older_sale_of_a_file_takes_a_trade_away_and_an_older_purchase_brings_it_back(alice: User, tmp_path: Path) -> None:
    """0.01 at 20,000 of a file, closed at 20,500: 5 won. A part of an older history sold 0.01 before: that was it. A still older one bought
    0.01 at 10,000: the older sale had those, and the trade stands again as it was."""
    builders.fund(alice)
    builders.market()
    now = clock.now()
    builders.mark("20500", at=now)
    brought(tmp_path, "buy,0.01,20000", year=2025)
    client = Client()
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    asked = client.post("/money/close", {"venue": "recorded", "symbol": "BTC/USDT", "mode": "PAPER"}, headers={"HX-Request": "true"})
    assert asked.status_code == 200
    builders.booked(builders.fill(Order.objects.get(), price="20500", at=now, quantity="0.01"), now=now)
    before = Trade.objects.get()
    assert before.profit_loss == 5

    brought(tmp_path, "sell,0.01,20100", year=2026, partial=True)
    assert (Trade.objects.count(), RejectedTrade.objects.get().order_id) == (0, before.order_id)
    assert proven()
    brought(tmp_path, "sell,0.01,20100", year=2026, partial=True)
    assert AuditRow.objects.filter(act="trade.restate").count() == 1

    brought(tmp_path, "buy,0.01,10000", year=2024)
    assert Trade.objects.get() == before
    assert (Trade.objects.get().profit_loss, RejectedTrade.objects.count()) == (5, 1)
    assert [row.after.get("profit_loss") for row in AuditRow.objects.filter(act="trade.restate").order_by("seq")] == [None, "5"]
    assert proven()


def brought(folder: Path, line: str, *, year: int, partial: bool = False) -> None:
    """A file with one fill of BTC/USDT in March of that year."""
    file = folder / f"{year}.csv"
    file.write_text(f"symbol,side,quantity,price,fee,fee_asset,executed_at,trade_id\nBTC/USDT,{line},0,USDT,{year}-03-02T09:00:00Z,{year}\n")
    options = ["--partial"] if partial else []
    call_command("import_fills", str(file), "--user", "alice", "--venue", "recorded", "--json", *options, stdout=StringIO())


def test_fills_told_in_any_order_end_in_the_same_trades(alice: User) -> None:
    """Three purchases and three sales of 0.01 in the first six minutes, told in six orders to six bots alike; what they hold for the sales to be
    claimed was bought later, so no sale can have been of that. 205 - 200, 210 - 210 and 190 - 195 are won: 5, 0 and -5."""
    seed = Random().randrange(10**6)
    print(f"seed {seed}")
    builders.fund(alice, "1000000")
    history = [("BUY", "20000"), ("BUY", "21000"), ("SELL", "20500"), ("BUY", "19500"), ("SELL", "21000"), ("SELL", "19000")]
    for number in range(6):
        bot = builders.bot(alice, name=f"Bot {number}", born=number)
        builders.holding(bot, quantity="0.03", at=NOON + timedelta(minutes=10))
        reports = [
            builders.fill(by_hand(bot, side), price=price, at=NOON + timedelta(minutes=minute))
            for minute, (side, price) in enumerate(history)
        ]
        for report in Random(seed + number).sample(reports, k=6) if number else reports:
            builders.booked(report)
        told = Trade.objects.filter(order__book=bot.book).order_by("closed_at").values_list("profit_loss", "entry_price", "exit_price")
        assert list(told) == [(5, 20_000, 20_500), (0, 21_000, 21_000), (-5, 19_500, 19_000)]
    assert proven()


def test_a_late_fill_looks_at_the_trades_of_its_own_book_and_one_in_time_at_none(bot: Bot, closed: Trade, alice: User) -> None:
    """Both bots won 5; somebody who owns the database makes 50 of it. What is told in time mends neither, what is told late only its own."""
    other = builders.bot(alice, name="Other", born=1)
    builders.holding(other)
    builders.booked(builders.fill(leaving(other), price="20500"))
    late, timely = by_hand(bot, "BUY"), by_hand(bot, "BUY")
    with builders.past_the_triggers() as cursor:
        cursor.execute("UPDATE trading_trade SET gross = 50, profit_loss = 50")
    builders.booked(builders.fill(timely, price="20000", at=NOON + timedelta(minutes=5)))
    assert set(Trade.objects.values_list("profit_loss", flat=True)) == {50}
    builders.booked(builders.fill(late, price="19000", at=NOON - timedelta(minutes=30)))
    assert dict(Trade.objects.values_list("bot__name", "profit_loss")) == {"Trend": 15, "Other": 50}


def test_a_late_fill_changes_the_trade_of_a_book_that_its_coins_went_to(bot: Bot, alice: User) -> None:
    """Bought at 20,000 and handed to the orders by hand, which sold at 20,500: 5 won. The bot's older purchase at 19,000 was what it handed
    over: 15 won."""
    builders.holding(bot)
    older = by_hand(bot, "BUY")
    capital.release(book=bot.book_id, asset="BTC", to=BookKind.MANUAL, actor="system:test", now=NOON + 30 * SECOND, amount=D("0.01"))
    sold = by_hand(bot, "SELL", book=Book.objects.get(wallet=bot.book.wallet, kind=BookKind.MANUAL).id)
    builders.booked(builders.fill(sold, price="20500"))
    assert Trade.objects.get().profit_loss == 5
    builders.booked(builders.fill(older, price="19000", at=NOON - 30 * SECOND))
    assert Trade.objects.get().profit_loss == 15
    assert proven()


def test_a_closing_order_with_matches_and_no_trade_is_found_and_mended_by_a_rebuild(bot: Bot, closed: Trade) -> None:
    with builders.past_the_triggers() as cursor:
        cursor.execute("DELETE FROM trading_trade")
    first = ledger_proof.prove(now=NOON).first_difference
    assert first is not None
    assert first.key == f"of order {closed.order_id} of bot {bot.id} at 2026-03-02T12:01:00.000000Z"
    assert (first.table, first.column, first.stored) == ("trading_trade", "row", None)
    assert first.expected == "profit_loss 5.000000000000000000000000"
    assert ledger_proof.prove(rebuild=True, now=NOON).ok
    assert Trade.objects.get() == closed


def test_a_trade_of_an_order_that_closes_nothing_is_found_and_taken_back_by_a_rebuild(bot: Bot, closed: Trade) -> None:
    buying = Order.objects.get(leg="ENTRY")
    with builders.past_the_triggers() as cursor:
        cursor.execute("UPDATE trading_trade SET order_id = %s", [buying.id])
    assert not ledger_proof.prove(now=NOON).checks["trades"]
    assert ledger_proof.prove(rebuild=True, now=NOON).ok
    assert (Trade.objects.get().order_id, Trade.objects.get().profit_loss) == (closed.order_id, 5)
    assert RejectedTrade.objects.get().order_id == buying.id
    assert record() == (1, 1)


def test_a_trade_of_an_order_that_still_works_is_found_and_waits_for_its_end(bot: Bot, app_connection: App) -> None:
    """0.004 of 0.01 are sold at 21,000 and somebody calls that a trade: 84 - 80 = 4 won, 500 bps. It is one once the rest is sold, at 22,000:
    216 - 200 = 16."""
    builders.holding(bot)
    sold = leaving(bot)
    builders.booked(builders.fill(sold, price="21000", quantity="0.004"))
    app_connection.execute(
        "INSERT INTO trading_trade (id, order_id, owner_id, bot_id, market_id, side, reason, mode, bootstrap, amount, gross, fees, profit_loss, "
        "entry_price, exit_price, gross_edge_bps, opened_at, closed_at) SELECT gen_random_uuid(), id, owner_id, bot_id, market_id, side, reason, "
        "mode, false, 0.004, 4, 0, 4, 20000, 21000, 500, %s, %s FROM trading_order WHERE leg = 'EXIT'",
        [NOON, NOON + timedelta(minutes=1)],
    )
    first = ledger_proof.prove(now=NOON).first_difference
    assert first is not None
    assert (first.column, first.stored, first.expected) == ("row", "profit_loss 4.000000000000000000000000", None)
    assert ledger_proof.prove(rebuild=True, now=NOON).ok
    assert not Trade.objects.exists()
    builders.booked(builders.fill(sold, price="22000", quantity="0.006"))
    assert Trade.objects.get().profit_loss == 16
    assert proven()


def test_an_exception_that_stays_one_is_told_once(bot: Bot, caplog: pytest.LogCaptureFixture) -> None:
    """Sold a minute before it was bought; later purchases that come in the wrong order change nothing about that."""
    builders.holding(bot)
    builders.booked(builders.fill(leaving(bot), price="20500", at=NOON - 60 * SECOND))
    for minute in (3, 2):
        builders.booked(builders.fill(by_hand(bot, "BUY"), price="20000", at=NOON + timedelta(minutes=minute)))
    assert AuditRow.objects.filter(act="ledger.refold").count() == 2
    assert sum("trade.rejected" in str(row.msg) for row in caplog.records) == 1
    assert RejectedTrade.objects.count() == 1
    assert not AuditRow.objects.filter(act="trade.restate").exists()
    assert proven()


def test_the_application_takes_no_trade_back_that_its_matches_make(closed: Trade, app_connection: App) -> None:
    """Not even beside an exception that it makes up."""
    app_connection.execute(MADE_EXCEPTION)
    with pytest.raises(psycopg.errors.RestrictViolation) as refused:
        app_connection.execute("DELETE FROM trading_trade")
    assert refused.value.diag.constraint_name == "trade_is_its_matches"
    assert Trade.objects.get() == closed


def test_the_application_takes_no_trade_back_without_an_exception_and_is_found_if_it_takes_the_matches_first(
    closed: Trade, app_connection: App
) -> None:
    with app_connection.transaction():
        app_connection.execute("DELETE FROM ledger_lotmatch")
        with pytest.raises(psycopg.errors.RestrictViolation), app_connection.transaction():
            app_connection.execute("DELETE FROM trading_trade")
        app_connection.execute(MADE_EXCEPTION)
        assert app_connection.execute("DELETE FROM trading_trade").rowcount == 1
    assert not LotMatch.objects.exists()
    verdict = ledger_proof.prove(now=NOON)
    assert not verdict.checks["matches"]
    assert ledger_proof.prove(rebuild=True, now=NOON).ok
    assert Trade.objects.get() == closed


@pytest.mark.parametrize(
    ("spoil", "goes"),
    [
        ("cost = 0, net = proceeds", True), ("proceeds = 0, net = -cost", True), ("acquired_at = sold_at + interval '1 second'", True),
        ("acquired_at = sold_at", False), ("cost = 1, proceeds = 1000000.9999995, net = 999999.9999995", True),
        ("cost = 1, proceeds = 1000000.9999994, net = 999999.9999994", False),
    ],
)  # fmt: skip
def test_the_table_lets_go_of_a_trade_for_each_flaw_that_is_one(closed: Trade, app_connection: App, spoil: Any, goes: bool) -> None:
    """999,999.9999995 won on 1 are 9,999,999,999.995 bps, which round to more than ten digits; 999,999.9999994 do not."""
    with builders.past_the_triggers() as cursor:
        cursor.execute(f"UPDATE ledger_lotmatch SET {spoil}")
    app_connection.execute(MADE_EXCEPTION)
    if goes:
        assert app_connection.execute("DELETE FROM trading_trade").rowcount == 1
    else:
        with pytest.raises(psycopg.errors.RestrictViolation):
            app_connection.execute("DELETE FROM trading_trade")
    assert Trade.objects.exists() is not goes


def test_a_late_fill_waits_until_the_trade_of_a_cancelled_order_is_written_and_restates_it(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The coins that a sale by hand gave away came from a bot's book, where an older purchase is told while the cancel of the sale has read
    its matches and not yet written its trade: 0.01 bought at 20,000 or at 30,000, sold at 20,500."""
    builders.fund(alice)
    bot = builders.bot(alice)
    builders.holding(bot, quantity="0.02")
    older = by_hand(bot, "BUY")
    capital.release(book=bot.book_id, asset="BTC", to=BookKind.MANUAL, actor="system:test", now=NOON + 30 * SECOND, amount=D("0.02"))
    manual = Book.objects.get(wallet=bot.book.wallet, kind=BookKind.MANUAL)
    sold = by_hand(bot, "SELL", book=manual.id, quantity=D("0.02"))
    builders.booked(builders.fill(sold, price="20500", quantity="0.01"))
    has_read, errors = threading.Event(), list[Exception]()
    read = matches.of_orders
    told_late = partial(builders.booked, builders.fill(older, price="30000", at=NOON - 30 * SECOND))
    late = threading.Thread(target=attempted, args=(errors, told_late))

    def read_and_wait(names: Sequence[str]) -> dict[str, Matched]:
        found = read(names)
        if threading.current_thread() is threading.main_thread() and not has_read.is_set():
            has_read.set()
            late.start()
            late.join(1)  # it ends by then, or waits for the wallet
        return found

    monkeypatch.setattr(matches, "of_orders", read_and_wait)
    cancel.cancel_where(cancel.Scope("o.id = %s", (sold.id,)), actor="user:x", now=NOON + 90 * SECOND)
    late.join()

    assert has_read.is_set()
    assert errors == []
    assert Trade.objects.get(order=sold).profit_loss == -95
    assert proven()


def attempted(errors: list[Exception], act: Callable[[], object]) -> None:
    """In a thread: what is raised is looked at by the test."""
    try:
        act()
    except Exception as error:  # noqa: BLE001
        errors.append(error)
    finally:
        connection.close()
