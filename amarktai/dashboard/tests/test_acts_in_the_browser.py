"""The main act of each screen, done once by a person and looked up in the database; figures on screens against those of the API."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from playwright.sync_api import Locator, expect

from accounts.models import Alert, User
from accounts.operations import alerts
from accounts.queries import factors
from accounts.tests.builders import bearer, code_at, person, seed_of
from accounts.web import clock
from amarktai.dashboard.tests.browsing import connected, enter
from amarktai.dashboard.tests.builders import holding, refused, round_trip, trip
from bots.models import Bot
from trading.models import Order
from trading.tests import builders

pytestmark = pytest.mark.browser
NOON = builders.NOON


def resting(of: Bot, *, price: str = "19000") -> Order:
    """0.01 BTC wanted at this price, under the market: it waits at the venue."""
    [order] = builders.sent(builders.manual(of, time_in_force="GTC", price=Decimal(price)))
    assert order.state == "OPEN"
    return order


def numbers(place: Locator) -> list[Decimal]:
    """Every figure that can be read there, as a number."""
    text = place.inner_text().replace(",", "").replace("\N{MINUS SIGN}", "-")
    return [Decimal(found) for found in re.findall(r"-?\d+(?:\.\d+)?", text)]


def cell(row: Locator, label: str) -> Locator:
    return row.locator(f'td[data-label="{label}"]')


def test_an_open_order_is_cancelled_after_a_question_that_says_what_will_not_be_traded(page, site, trader):
    order = resting(Bot.objects.get(owner=trader))
    enter(page, site, trader)
    page.goto(site + "/orders/")
    connected(page)
    page.locator("#working").get_by_role("link", name="Cancel", exact=True).click()
    expect(page.locator("dialog .effects")).to_contain_text(re.compile(r"0\.01 BTC\s*will not be traded"))
    expect(page.locator("dialog .effects")).to_contain_text(re.compile(r"0 BTC\s*is filled already"))
    page.click("dialog button[type=submit]")

    expect(page.locator("#messages")).to_contain_text("The cancellation is asked for")
    expect(page.locator("#working")).to_contain_text("No order is open.")
    expect(page.locator("#closed tbody tr")).to_contain_text("Cancelled")
    order.refresh_from_db()
    assert (order.state, order.filled_quantity, builders.held_money(order)) == ("CANCELLED", 0, (Decimal("190.19"), False))


def test_a_cancelled_order_loses_its_button_without_a_reload_and_says_that_it_was_you(page, site, trader):
    order = resting(Bot.objects.get(owner=trader))
    enter(page, site, trader)
    page.goto(f"{site}/orders/{order.id}/")
    connected(page)
    page.evaluate("document.body.dataset.stayed = 'yes'")
    page.locator("main").get_by_role("link", name="Cancel order").click()
    page.click("dialog button[type=submit]")

    expect(page.locator("#order-pill")).to_have_text("Cancelled")
    expect(page.locator("main").get_by_role("link", name="Cancel order")).to_have_count(0)
    expect(page.locator("#order-history")).to_contain_text("asked by you")
    expect(page.locator("#order-history")).not_to_contain_text("user:")
    expect(page.locator("body")).to_have_attribute("data-stayed", "yes")


def test_alerts_are_marked_as_read_and_the_bell_is_silent(page, site, trader):
    for code in ("ONE", "TWO"):
        alerts.raise_alert(person=trader.id, severity="WARNING", code=code, sentence=f"Number {code}.", data={}, now=clock.now())
    enter(page, site, trader)
    page.goto(site + "/alerts/")
    connected(page)
    expect(page.locator("#bell")).to_have_attribute("aria-label", "Alerts, 2 unread")
    expect(page.locator("#alerts li.unread")).to_have_count(2)

    page.get_by_role("button", name="Mark all as read").click()

    expect(page.locator("#messages")).to_contain_text("2 alerts are marked as read.")
    expect(page.locator("#bell")).to_have_attribute("aria-label", "Alerts, 0 unread")
    expect(page.locator("#alerts li")).to_have_count(2)
    expect(page.locator("#alerts li.unread")).to_have_count(0)
    expect(page.locator("main")).to_contain_text("0 unread")
    expect(page.get_by_role("button", name="Mark all as read")).to_have_count(0)
    assert not Alert.objects.filter(person=trader, read_at__isnull=True).exists()


def test_the_profile_is_saved_and_the_clock_follows_its_zone(page, site, trader):
    enter(page, site, trader)
    page.goto(site + "/settings/")
    page.fill("#s-email", "tess@example.org")
    page.select_option("#s-zone", "Africa/Johannesburg")
    page.fill("#s-goal", "250000")
    page.get_by_role("button", name="Save").click()

    expect(page.locator("#messages")).to_contain_text("Your profile is saved.")
    expect(page.locator("header .clock")).to_contain_text("Africa/Johannesburg")
    expect(page.locator("#s-goal")).to_have_value("250000")
    saved = User.objects.get(id=trader.id)
    assert (saved.email, saved.time_zone, saved.goal) == ("tess@example.org", "Africa/Johannesburg", Decimal(250_000))


def test_a_second_factor_is_switched_on_with_the_key_that_is_shown_once(page, site, transactional_db):
    nora = person("nora")
    enter(page, site, nora)
    page.goto(site + "/settings/")
    expect(page.locator("main")).to_contain_text("Off")
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_alt_text("QR code of the second factor")).to_be_visible()
    key = page.locator("p", has_text="Key:").locator(".mono").inner_text().replace(" ", "")
    page.fill("#s-code", code_at(clock.now(), seed=seed_of(key)))
    page.get_by_role("button", name="Switch on").click()

    expect(page.locator("#messages")).to_contain_text("The second factor is on.")
    expect(page.locator("main")).not_to_contain_text(key)
    assert factors.status(user=nora, credential="", now=clock.now()).enrolled


def test_a_tripped_bot_is_found_behind_the_tab_of_quarantine(page, site, trader):
    bot = Bot.objects.get(owner=trader)
    trip(bot)
    enter(page, site, trader)
    page.goto(site + "/stages/")
    expect(page.locator("#stages")).to_contain_text("No bot is in training.")
    page.get_by_role("link", name="Quarantine 1").click()

    expect(page).to_have_url(re.compile("stage=QUARANTINE"))
    expect(page.locator("#stages li .name")).to_have_text(bot.name)
    page.locator("#stages li .name").click()
    expect(page.locator("h1")).to_contain_text(bot.name)
    assert Bot.objects.get(id=bot.id).stage == "QUARANTINE"


def test_the_length_of_a_period_is_chosen_and_outlives_a_reload(page, site, trader, monkeypatch):
    """9.6 won on 2 March, 5.4 lost on the 10th: two days and two weeks of one month. It is the 11th."""
    bot = Bot.objects.get(owner=trader)
    round_trip(bot, bought="20000", sold="21000")
    round_trip(bot, bought="20000", sold="19500", at=builders.utc(2026, 3, 10, 12))
    monkeypatch.setattr(clock, "now", lambda: builders.utc(2026, 3, 11, 12))
    enter(page, site, trader)
    page.goto(site + "/profits/")
    expect(page.locator("#periods tbody tr")).to_have_count(10)
    for period, label, net in (("weekly", "Week", ["-5.4", "9.6"]), ("monthly", "Month", ["4.2"])):
        page.get_by_role("navigation", name="Length of a period").get_by_role("link", name=label).click()

        expect(page).to_have_url(re.compile(f"period={period}"))
        expect(page.locator("#periods tbody tr")).to_have_count(len(net))
        page.reload()
        rows = page.locator("#periods tbody tr")
        expect(rows).to_have_count(len(net))
        told = {one["net"] for one in bearer(trader).get(f"/api/profits?period={period}").json()}
        assert [numbers(cell(rows.nth(at), "After fees")) for at in range(len(net))] == [[Decimal(one)] for one in net]
        assert set(net) <= told


def test_bots_orders_and_balances_show_the_figures_of_the_api(page, site, trader):
    """One bot won 9.6 and holds 0.01 BTC that are 5 USDT up, one is new; an order waits, one was refused, one is half filled."""
    bot = Bot.objects.get(owner=trader)
    builders.bot(trader, name="Fresh", capital="500.25", running=False)
    round_trip(bot, bought="20000", sold="21000")
    holding(bot, at=builders.utc(2026, 3, 2, 13))
    refused(bot, at=builders.utc(2026, 3, 2, 14))
    resting(bot, price="18000")
    builders.booked(builders.fill(resting(bot), price="19000", quantity="0.005", fee="0.095"))
    builders.mark("20500")
    api = bearer(trader)
    enter(page, site, trader)

    page.goto(site + "/bots/")
    told = api.get("/api/bots").json()["results"]
    assert len(told) == page.locator("#list tbody tr").count() == 2
    for one in told:
        row = page.locator("#list tbody tr", has=page.locator(f'a[href="/bots/{one["id"]}/"]').first)
        gained = Decimal(one["realised_profit"]) + Decimal(one["unrealised_profit"] or 0)
        assert numbers(cell(row, "Capital")) == [Decimal(one["allocated_capital"])]
        assert cell(row, "Profit").locator(".fig").get_attribute("title") == f"{gained.normalize():f} USDT"
        assert numbers(cell(row, "Trades, won"))[:1] == [one["trades"]]
        assert one["status"].capitalize() in cell(row, "Status").inner_text()

    page.goto(site + "/orders/")
    told = api.get("/api/orders").json()["results"]
    assert len(told) == page.locator("main tbody tr").count() == 6
    for one in told:
        row = page.locator("main tbody tr", has=page.locator(f'a[href="/orders/{one["id"]}/"]'))
        assert numbers(cell(row, "Filled of")) == [Decimal(one["filled"]), Decimal(one["quantity"])]
        assert numbers(cell(row, "Price")) == [Decimal(one["average_price"] or one["price"])]
        assert numbers(cell(row, "Fee, slippage"))[:1] == [Decimal(one["fees"])] * bool(Decimal(one["filled"]))
        assert one["state"].replace("_", " ").capitalize() in cell(row, "State").inner_text()

    page.goto(site + "/money/")
    [wallet] = api.get("/api/wallets").json()
    rows = page.locator("#wallets tbody tr")
    assert len(wallet["balances"]) == rows.count() == 2
    shown = ("Total", "balance"), ("Free", "free"), ("In use", "allocated_balance"), ("Reserved", "reserved_balance")
    for one in wallet["balances"]:
        row = page.locator("#wallets tbody tr", has=page.locator("b").filter(has_text=re.compile(f"^{one['asset']}$")))
        places = 2 if one["asset"] == "USDT" else 8  # money is shown to the cent
        assert [numbers(cell(row, label)) for label, _ in shown] == [[round(Decimal(one[name]), places)] for _, name in shown]


def test_a_limit_through_the_market_says_so_as_it_is_typed_and_nothing_typed_is_lost(page, site, trader):
    """100 USDT at a limit of 25,000 are 0.004 BTC, worth 80 at the last price."""
    builders.mark("20000")
    enter(page, site, trader)
    page.goto(site + "/orders/new?venue=recorded&symbol=BTC/USDT&type=LIMIT")
    connected(page)
    page.fill("#f-size", "100")
    page.fill("#f-price", "25000")
    page.press("#f-price", "Tab")

    expect(page.locator("#o-crossing")).to_contain_text("trades at once, at the market's price")
    expect(page.locator("#o-crossing")).to_contain_text("buys at most 0.004 BTC, worth about 80.00 USDT")
    assert (page.input_value("#f-size"), page.input_value("#f-price")) == ("100", "25000")
    page.fill("#f-price", "19000")
    page.press("#f-price", "Tab")
    expect(page.locator("#o-crossing")).to_be_empty()


def test_another_market_begins_with_its_own_settings_and_keeps_the_name(page, site, trader):
    """Settings that nobody touched are those of the market that is shown; a number that was typed stays."""
    enter(page, site, trader)
    page.goto(site + "/bots/new")
    connected(page)
    page.fill("#f-name", "Mine")
    page.select_option("#f-timeframe", "5m")
    expect(page.locator("#bot-form [name=place]")).to_have_value(re.compile(" 5m donchian_breakout$"))
    page.fill("#f-entry", "333")
    page.select_option("#f-timeframe", "1m")
    expect(page.locator("#bot-form [name=place]")).to_have_value(re.compile(" 1m donchian_breakout$"))

    assert (page.input_value("#f-name"), page.input_value("#f-entry")) == ("Mine", "333")
