"""The console as an operator reads it: what stands comes first, amounts are plain, names and links stand where ids did."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.utils.html import escape

from accounts.models import User
from accounts.operations import alerts
from accounts.web import clock
from bots.domain.exits import Exits
from bots.models import Bot
from ledger.models import Fill, JournalEntry, Market
from ledger.tests.builders import market as market_at
from trading.models import Order, RejectedTrade, ReplayRun, Stream, Trade
from trading.operations import stop
from trading.tests import builders
from trading.tests.doors import builders as doors

pytestmark = pytest.mark.django_db
PADDED = re.compile(r"\d\.\d*0{6}(?!\d)")


@pytest.fixture
def traded(alice: User) -> Bot:
    """Alice's bot bought 0.01 BTC at 20,000 and sold it at 20,500 for a fee of 0.2 USDT."""
    builders.fund(alice)
    bot = builders.bot(alice)
    builders.holding(bot)
    builders.sold(bot, price="20500", fee="0.2")
    return bot


@pytest.fixture
def console(olga: User, client: Client, settings: Any) -> Client:
    settings.ADMIN_REQUIRE_2FA = False
    client.force_login(olga, backend="django.contrib.auth.backends.ModelBackend")
    return client


def read(console: Client, path: str) -> str:
    page = console.get(path)
    assert page.status_code == 200, path
    return page.content.decode()


def page_of(row: Any) -> str:
    return f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/change/"


def test_every_list_and_every_page_reads_without_padded_amounts_and_nameless_objects(console: Client, traded: Bot) -> None:
    shown = 0
    for model in admin.site._registry:
        paths = [f"/admin/{model._meta.app_label}/{model._meta.model_name}/", *map(page_of, model._default_manager.all()[:2])]
        for path in paths:
            text = read(console, path)
            assert " object (" not in text, path
            for fill in Fill.objects.all():
                text = text.replace(escape(fill.raw), "")  # the report stays as the venue wrote it
            assert not PADDED.search(text), path
            assert "entrys" not in text, path
            shown += 1
    assert shown > 25


def test_an_entry_shows_its_postings_and_its_fill(console: Client, traded: Bot) -> None:
    """The sale: 0.01 BTC leaves the book, 205 USDT less 0.2 come in."""
    fill = Fill.objects.get(side="SELL")
    text = read(console, page_of(JournalEntry.objects.get(id=fill.entry_id)))

    for said in (
        ">-0.01<",
        ">204.8<",
        ">-205<",
        ">0.2<",
        "SELL 0.01 BTC/USDT at 20500",
        page_of(fill),
        page_of(traded.book),
        fill.trade_id,
    ):
        assert said in text, said


def test_bot_order_fill_entry_and_wallet_lead_to_each_other(console: Client, traded: Bot) -> None:
    fill = Fill.objects.get(side="SELL")
    order = Order.objects.get(client_order_id=fill.client_order_id)
    bot, placed, booked, market = (read(console, page_of(row)) for row in (traded, order, fill, Market.objects.get()))

    assert f"/admin/trading/order/?bot__id__exact={traded.id}" in bot
    assert page_of(traded.book) in bot
    assert page_of(traded) in placed
    assert page_of(order.wallet) in placed
    assert f"/admin/ledger/fill/?client_order_id__exact={order.client_order_id}" in placed
    assert f"/admin/trading/order/?client_order_id__exact={order.client_order_id}" in booked
    assert page_of(fill.entry) in booked
    assert "/admin/bots/bot/?market__id__exact=" in market
    assert "Gate B (fee coverage)" in placed


def test_the_links_lead_to_lists_that_hold_only_what_belongs(console: Client, traded: Bot) -> None:
    order = Order.objects.get(side="SELL")
    found = console.get(f"/admin/ledger/fill/?client_order_id__exact={order.client_order_id}")

    assert [row.side for row in found.context["cl"].result_list] == ["SELL"]
    found = console.get(f"/admin/trading/trade/?bot__id__exact={traded.id}")
    assert [row.pk for row in found.context["cl"].result_list] == [Trade.objects.get().pk]


def test_the_home_page_says_what_stands_and_how_many_bots_run(console: Client, traded: Bot) -> None:
    alerts.raise_alert(person=None, severity="CRITICAL", code="TOLD", sentence="A venue is silent.", data={}, now=builders.NOON)
    alerts.raise_alert(person=None, severity="WARNING", code="TOLD", sentence="Not that loud.", data={}, now=builders.NOON)
    text = read(console, "/admin/")

    for said in (
        "Trading is allowed.",
        "/admin/trading/order/stops/stop/",
        "A venue is silent.",
        "2026-03-02 12:00:00 UTC",
        "img/mark.svg",
    ):
        assert said in text, said
    assert "Not that loud." not in text
    assert console.get("/admin/").context["cockpit"].bots[0] == ("RUNNING", "Running", 1)
    ReplayRun.objects.create(name="first", owner=traded.owner, settings={}, started_at=builders.NOON)
    assert console.get("/admin/").context["cockpit"].bots[0] == ("RUNNING", "Running", 0)
    assert "/admin/stops/resume/" not in text


def test_while_everything_is_halted_the_home_page_offers_to_lift_it(console: Client, traded: Bot, olga: User) -> None:
    stop.emergency_stop(
        scope="GLOBAL", user=None, reason="Drill", flatten=False, actor=f"operator:{olga.id}", request_id="", now=builders.NOON,
        policy=builders.policy(),
    )  # fmt: skip
    text = read(console, "/admin/")

    for said in ("Trading is stopped for everybody.", "/admin/trading/order/stops/resume/", "Drill", "An emergency stop is in force"):
        assert said in text, said
    assert "Trading is allowed." not in text
    assert 'operator <a class="text-primary-600 dark:text-primary-500"' in read(console, "/admin/bots/halt/")


def test_codes_and_fractions_are_written_as_the_pages_write_them(console: Client, traded: Bot) -> None:
    """A bot with a stop loss of 0.02, an order that a gate refused, a trade that was made by hand."""
    careful = builders.bot(traded.owner, name="careful", capital="100", exits=Exits(stop_loss=Decimal("0.02")))
    refused = doors.order(careful, state="REFUSED", reason="PERSON")
    bots, bot = read(console, "/admin/bots/bot/"), read(console, page_of(careful))
    orders, order = read(console, "/admin/trading/order/"), read(console, page_of(refused))

    for text in (bots, bot):
        assert "EMA cross" in text
        assert ">ema_cross<" not in text
    assert ">2.00 %<" in bot
    for said, text in (("By hand", orders), ("Edge under cost", orders), ("By hand", order), ("Edge under cost", order)):
        assert text.count(said) >= (2 if text is orders else 1), said  # in its row, and in the filter of the list
    for code in ("EDGE_UNDER_COST", "PERSON", "SIGNAL", "ENTRY"):
        assert not re.search(rf">\s*{code}\s*<", orders + order), code
    found = console.get("/admin/trading/order/?refusal=EDGE_UNDER_COST")
    assert [row.pk for row in found.context["cl"].result_list] == [refused.pk]


def test_what_replays_left_behind_is_told_apart_from_what_people_trade(console: Client, traded: Bot, bob: User) -> None:
    """Alice trades with one bot. Bob is of a replay: one of his two bots runs with an order on its way, the other is halted."""
    builders.fund(bob)
    runs, tripped = builders.bot(bob, name="runs"), builders.bot(bob, name="tripped", running=False)
    doors.order(runs, state="OPEN")
    doors.trip(tripped)
    doors.trip(traded)
    alerts.raise_alert(person=bob.id, severity="CRITICAL", code="TOLD", sentence="Of the past.", data={}, now=clock.now())
    assert ">tripped</a>" in read(console, "/admin/")
    assert "Of the past." in read(console, "/admin/")
    ReplayRun.objects.create(name="first", owner=bob, settings={}, started_at=builders.NOON)
    home, asked = read(console, "/admin/"), " ".join(read(console, "/admin/trading/order/stops/stop/").split())

    assert "Of the past." not in home
    assert "Bots of replays are not counted; 1 of them runs." in home
    assert "2 bots now, 1 of them in replays, which stop as well;" in asked
    assert "1 open order now, 1 of them in replays;" in asked
    for text in (home, read(console, "/admin/trading/order/stops/")):
        assert "1 more over replays alone:" in text
        assert ">tripped</a>" not in text
        assert "The circuit breaker has tripped" in text
        assert f">{traded.name}</a>" in text
    assert "in replays" not in read(console, f"/admin/trading/order/stops/one/?person={bob.username}")


def test_whoever_is_no_operator_sees_no_cockpit(alice: User, client: Client) -> None:
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/admin/").status_code == 302


def test_a_closing_order_that_became_no_trade_is_a_trade_exception_and_times_do_not_break(console: Client, traded: Bot) -> None:
    """Rejected is what a venue does to an order; the console used the word for the platform's own no to a trade as well."""
    order = Order.objects.filter(bot=traded).first()
    assert order is not None
    home, orders = read(console, "/admin/"), read(console, "/admin/trading/order/")

    assert "Trade exceptions" in home
    assert "Rejected trades" not in home
    assert f'<span class="whitespace-nowrap">{order.created_at:%Y-%m-%d %H:%M:%S} UTC</span>' in orders


def test_a_trade_exception_says_whether_late_fills_have_resolved_it(console: Client, traded: Bot) -> None:
    """The order that closed has a trade; the one that opened has none."""
    told = {
        order.leg: RejectedTrade.objects.create(order=order, owner=traded.owner, bot=traded, reason="x", at=builders.NOON)
        for order in Order.objects.all()
    }
    page: Any = admin.site._registry[RejectedTrade]
    assert {leg: page.resolved(row) for leg, row in told.items()} == {"ENTRY": False, "EXIT": True}
    assert read(console, "/admin/trading/rejectedtrade/").count("field-resolved") == 2


def test_the_home_page_tells_each_timeframe_s_newest_and_slowest_tick(console: Client, traded: Bot) -> None:
    text = read(console, "/admin/")
    assert "No market has been ticked yet." in text
    now = clock.now()
    for symbol, age in (("BTC/USDT", 40), ("ETH/USDT", 200)):
        market = market_at(symbol, venue="sim")
        Stream.objects.create(market=market, timeframe="1m", run="", last_candle=now, ticked_at=now - timedelta(seconds=age))

    assert re.search(r"sim 1m</dt>.*2 markets, newest 4\d s ago, slowest 3 min ago", read(console, "/admin/"), re.S)
