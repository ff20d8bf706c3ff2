"""What a person does in a browser: log in, watch a fill arrive, press the stop button; and what every screen keeps to."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import ViewportSize, expect

from accounts.realtime import wire
from accounts.tests.builders import PASSWORD, fresh_code, person
from amarktai.dashboard.tests.browsing import PHONE, WIDE, connected, enter, flaws
from amarktai.dashboard.tests.builders import holding, refused, round_trip, trip
from bots.models import Bot
from trading.market import store
from trading.models import Order
from trading.tests import builders
from trading.tests.doors import builders as door_builders

pytestmark = pytest.mark.browser

SCREENS = (
    "/", "/bots/", "/bots/new", "/orders/", "/money/", "/money/?tab=fills", "/alerts/", "/audit/", "/settings/", "/more", "/stop",
    "/money/deposit", "/trades/?range=all", "/trades/?range=custom", "/profits/", "/risk/", "/stages/", "/orders/new?type=LIMIT&venue=recorded",
    "/bots/stop-all", "/bots/pause-all", "/stages/?stage=QUARANTINE", "/bots/new?venue=recorded&profile=conservative",
)  # fmt: skip


def test_log_in_and_watch_a_fill_arrive_without_reload(page, site, trader):
    page.goto(site + "/")
    page.fill("#username", "tess")
    page.fill("#password", PASSWORD)
    page.click("button[type=submit]")
    connected(page)
    expect(page.locator("#positions")).to_contain_text("No open position")
    page.evaluate("document.body.dataset.stayed = 'yes'")

    builders.holding(Bot.objects.get(owner=trader))

    expect(page.locator("#positions tbody tr")).to_have_count(1)
    expect(page.locator("#positions")).to_contain_text("0.01 BTC")
    expect(page.locator("body")).to_have_attribute("data-stayed", "yes")


def test_the_stop_button_stops_and_a_code_with_a_reason_lifts_it(page, site, trader):
    enter(page, site, trader)
    page.goto(site + "/")
    connected(page)

    page.click("header .stop")
    expect(page.locator("dialog")).to_contain_text("running bot is paused")
    page.click("dialog button[type=submit]")

    expect(page.locator("#halts")).to_contain_text("Emergency stop for your bots")
    expect(page.locator("#messages")).to_contain_text("1 bot is paused, 0 orders are cancelled")
    assert Bot.objects.get(owner=trader).pause_reason == "EMERGENCY_STOP"

    page.click("#halts a")
    page.fill("#ask-reason", "drill")
    page.fill("#ask-code", "000000")
    page.click("dialog button[type=submit]")
    expect(page.locator("dialog [role=alert]")).to_contain_text("The code is wrong")
    expect(page.locator("dialog [role=alert]")).to_be_focused()  # and in view: a click before that is one on a form that still scrolls
    page.fill("#ask-code", fresh_code())
    page.click("dialog button[type=submit]")

    expect(page.locator("#halts .halt")).to_have_count(0)
    assert Bot.objects.get(owner=trader).status == "PAUSED"


def test_a_stop_that_was_opened_as_a_page_leads_to_what_it_did_and_so_does_its_lifting(page, site, trader):
    enter(page, site, trader)
    page.goto(site + "/stop")
    page.click("main button[type=submit]")

    expect(page).to_have_url(site + "/")
    expect(page.locator("#halts .halted")).to_contain_text("Emergency stop for your bots")
    expect(page.locator("#messages")).to_contain_text("Stopped. 1 bot is paused, 0 orders are cancelled")
    expect(page.locator("#halts").get_by_role("link", name="Resume")).to_have_attribute("href", "/resume/mine")
    expect(page.get_by_role("button", name="Stop now")).to_have_count(0)

    page.goto(site + "/resume/mine")
    page.fill("#ask-reason", "drill")
    page.fill("#ask-code", fresh_code())
    page.click("main button[type=submit]")

    expect(page).to_have_url(site + "/")
    expect(page.locator("#messages")).to_contain_text("The stop is lifted.")
    expect(page.locator("#halts .halt")).to_have_count(0)
    expect(page.locator("#ask-reason")).to_have_count(0)


@pytest.mark.parametrize("path", ["/settings/", "/bots/new", "/orders/new", "/more", "/money/deposit"])
def test_a_stop_and_its_lifting_show_at_once_on_pages_without_figures_too(page, site, trader, path):
    enter(page, site, trader)
    page.goto(site + path)
    page.click("header .stop")
    page.click("dialog button[type=submit]")
    expect(page.locator("#halts .halted")).to_contain_text("Emergency stop for your bots")

    page.click("#halts a")
    page.fill("#ask-reason", "drill")
    page.fill("#ask-code", fresh_code())
    page.click("dialog button[type=submit]")

    expect(page.locator("dialog")).to_be_hidden()
    expect(page.locator("#messages")).to_contain_text("The stop is lifted.")
    expect(page.locator("#halts .halt")).to_have_count(0)


def test_the_stop_works_even_when_its_explanation_cannot_be_loaded(page, site, trader):
    enter(page, site, trader)
    page.goto(site + "/")
    page.route("**/stop", lambda route: route.fulfill(status=500) if route.request.method == "GET" else route.continue_())

    page.click("header .stop")
    expect(page.locator("dialog")).to_contain_text(re.compile("stop-loss and take-profit wait until the stop is lifted"))
    page.click("dialog button[type=submit]")

    expect(page.locator("#halts .halted")).to_be_visible()
    assert Bot.objects.get(owner=trader).status == "PAUSED"


def test_the_light_tells_live_only_while_heartbeats_come(page, site, trader):
    enter(page, site, trader)
    page.goto(site + "/")
    connected(page)
    expect(page.locator("#wire")).to_have_text("checking")

    wire.broadcast(type="heartbeat", data={})

    expect(page.locator("#wire")).to_contain_text("live")


def test_escape_closes_a_dialog_and_gives_the_focus_back(page, site, trader):
    enter(page, site, trader)
    page.goto(site + "/")
    page.focus("header .stop")
    page.keyboard.press("Enter")
    expect(page.locator("dialog")).to_be_visible()

    page.keyboard.press("Escape")

    expect(page.locator("dialog")).to_be_hidden()
    expect(page.locator("header .stop")).to_be_focused()


def test_the_chosen_theme_outlives_the_page(page, site, trader):
    enter(page, site, trader)
    page.goto(site + "/settings/")
    page.click("#menu-person summary")
    page.click("#menu-person [data-theme-choice=dark]")

    page.goto(site + "/bots/")

    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_bot_page_draws_its_candles_with_the_attribution(page, site, trader):
    bot = Bot.objects.get(owner=trader)
    enter(page, site, trader)
    page.goto(f"{site}/bots/{bot.id}/")
    expect(page.locator("#chart-candles")).to_contain_text("No data for this range.")

    rows = [*builders.flat(20_000, 30), *builders.flat(20_400, 30)]
    store.append(market_id=bot.market_id, timeframe="1m", window=builders.window(rows))
    page.reload()

    expect(page.locator("#chart-candles[data-drawn] canvas").first).to_be_visible()
    expect(page.locator("#legend")).to_contain_text("EMA 2")
    expect(page.locator("main")).to_contain_text("TradingView Lightweight Charts")
    page.click("#table-candles summary")
    expect(page.locator("#table-candles tbody tr")).to_have_count(60)


SEEN = """place => { const box = place.getBoundingClientRect(), head = document.querySelector("header.topbar").getBoundingClientRect();
    return box.top >= head.bottom && box.bottom <= innerHeight; }"""


@pytest.mark.parametrize(
    ("path", "form", "typed", "said"),
    [
        ("/bots/new?venue=recorded", "#bot-form", {"#f-name": "Big", "#f-capital": "999999999"}, ".note.bad[role=alert]"),
        ("/orders/new?venue=recorded&type=LIMIT", "#order-form", {"#f-size": "5", "#f-price": "0"}, ".note.bad[role=alert]"),
        ("/resume/mine", "form.ask", {"#ask-reason": "drill", "#ask-code": "000000"}, "[data-refusal] [role=alert]"),
        ("/money/withdraw?venue=recorded", "form.ask", {"#tr-amount": "999999999"}, "[data-refusal] [role=alert]"),
    ],
)  # fmt: skip
def test_what_a_refused_form_says_is_in_view_and_has_the_focus_on_a_phone(page, site, trader, path, form, typed, said):
    enter(page, site, trader)
    page.set_viewport_size(ViewportSize(width=390, height=760))
    page.goto(site + path)
    for field, value in typed.items():
        page.fill(f"{form} {field}", value)
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.click(f"{form} button[type=submit]")

    words = page.locator(f"{form} {said}")
    expect(words).to_be_focused()
    assert words.evaluate(SEEN)
    assert page.locator(f"{form} {next(iter(typed))}").input_value() == next(iter(typed.values()))


def test_what_a_page_that_is_loaded_anew_refuses_is_in_view_too(page, site, transactional_db):
    enter(page, site, person("nora"))
    page.set_viewport_size(ViewportSize(width=390, height=760))
    page.goto(site + "/settings/")
    page.get_by_role("button", name="Set up").click()
    page.fill("#s-code", "000000")
    page.get_by_role("button", name="Switch on").click()

    words = page.locator("main .note.bad[role=alert]")
    expect(words).to_be_focused()
    assert words.evaluate(SEEN)


def test_a_refusal_in_a_dialog_has_the_focus_inside_it(page, site, trader):
    enter(page, site, trader)
    page.set_viewport_size(ViewportSize(width=390, height=760))
    page.goto(site + "/money/")
    page.get_by_role("link", name="Withdraw").click()
    page.fill("dialog #tr-amount", "999999999")
    page.click("dialog button[type=submit]")

    words = page.locator("dialog [data-refusal] [role=alert]")
    expect(words).to_be_focused()
    expect(words).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("full", [True, False], ids=["with data", "empty"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["desktop", "phone"])
def test_every_screen_is_clean_for_axe_and_never_scrolls_sideways(page, site, trader, size, scheme, full):
    user = trader if full else person("nora")
    paths = list(SCREENS)
    if full:
        bot = Bot.objects.get(owner=trader)
        refused(bot, at=builders.NOON - timedelta(minutes=55))
        round_trip(bot, bought="20000", sold="20400", at=builders.NOON - timedelta(minutes=50))
        holding(bot)
        paths += [f"/bots/{bot.id}/close-position", f"/bots/selected/stop?bot={bot.id}"]
        paths += [f"/bots/{bot.id}/", f"/orders/{Order.objects.filter(bot=bot).latest('created_at').id}/"]
    enter(page, site, user)
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme)
    found = []
    for path in paths:
        page.goto(site + path)
        page.locator("[data-chart], [data-candles]").first.or_(page.locator("main")).first.wait_for()
        found += [(path, *flaw) for flaw in flaws(page)]
    assert found == []


@pytest.mark.parametrize("width", [1280, 1024, 768])
def test_lists_with_long_words_fit_their_page_and_at_1280_every_column_is_seen(page, site, trader, width):
    """A bot of which every column has something to say: a loss of thousands, a second line under each word, a refused order."""
    bot = builders.bot(
        trader, name="Avalanche seconds A", capital="20000", born=1, strategy="donchian_breakout",
        parameters={"entry": 120, "exit": 360, "volatility": 60},
    )  # fmt: skip
    round_trip(bot, bought="20000", sold="18400", quantity="0.9", at=builders.NOON - timedelta(minutes=50))
    refused(bot, at=builders.NOON + timedelta(minutes=5))
    Bot.objects.filter(owner=trader, name="Trend").update(status="PAUSED", pause_reason="EMERGENCY_STOP")
    enter(page, site, trader)
    page.set_viewport_size(ViewportSize(width=width, height=860))
    cut = []
    for path in ("/bots/", "/orders/", "/trades/?range=all", "/money/", "/money/?tab=fills", f"/bots/{bot.id}/"):
        page.goto(site + path)
        page.locator("main table.cards").first.wait_for()
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            cut.append((path, "the page"))
        if width == 1280 and page.evaluate("[...document.querySelectorAll('main > * .scroll')].some(e => e.offsetParent && e.scrollWidth > e.clientWidth)"):
            cut.append((path, "a table"))
    assert cut == []


def test_ticking_a_bot_shows_what_can_be_done_with_it_and_stopping_asks_with_what_it_holds(page, site, trader):
    builders.mark("20500")
    holding(Bot.objects.get(owner=trader))
    enter(page, site, trader)
    page.goto(site + "/bots/")
    connected(page)
    expect(page.locator(".picked")).to_be_hidden()

    page.check("#list tbody input[name=bot]")
    expect(page.locator(".picked")).to_contain_text("1 selected")
    page.click(".picked a.button")
    expect(page.locator("dialog")).to_contain_text("open position: 0.01 BTC")
    page.check("dialog input[value=keep]")
    page.click("dialog button[type=submit]")

    expect(page.locator("#list tbody")).to_contain_text("Stopped")
    assert Bot.objects.get(owner=trader).status == "STOPPED"


def test_the_form_of_a_new_bot_says_anew_what_the_money_is_enough_for_when_it_changes(page, site, trader):
    builders.mark("20000")
    enter(page, site, trader)
    page.goto(site + "/bots/new?venue=recorded")
    expect(page.locator("#f-capital")).to_have_value("4100")
    expect(page.locator("#h-capital")).to_contain_text("At least 4,024.02")

    for capital, said in (("5000", "is enough"), ("100", "is too little")):
        page.fill("#f-capital", capital)
        page.press("#f-capital", "Tab")
        expect(page.locator("#outlook")).to_contain_text(said)

    page.select_option("#f-order-type", "LIMIT")
    expect(page.locator("#h-capital")).to_contain_text("At least 4,004.00")
    page.select_option("#f-strategy", "donchian_breakout")
    expect(page.locator("#f-entry")).to_have_value("240")
    expect(page.locator("#f-capital")).to_have_value("100")


def test_create_bot_is_heard_right_after_typing_although_the_outlook_is_then_asked_for_anew(page, site, trader):
    builders.mark("20000")
    enter(page, site, trader)
    page.goto(site + "/bots/new?venue=recorded")
    page.fill("#f-name", "Typed last")
    page.fill("#f-capital", "100")

    page.click("#bot-form [type=submit]")

    expect(page.locator("h1")).to_contain_text("Typed last")
    assert Bot.objects.filter(owner=trader, name="Typed last").count() == 1


def test_the_first_deposit_brings_the_figures_and_the_withdrawal_without_reload(page, site, transactional_db):
    enter(page, site, person("newcomer"))
    page.goto(site + "/money/")
    expect(page.locator("#worth")).to_have_text("")
    page.click(".page-head .button.main")
    page.fill("#tr-amount", "250")

    page.click("form.ask [type=submit]")

    expect(page.locator("#worth")).to_contain_text("250.00")
    expect(page.locator("#money-head")).to_contain_text("Withdraw")
    expect(page.locator("#proof")).to_contain_text("They agree")


def test_money_at_a_second_venue_brings_the_table_by_venue_without_reload(page, site, trader):
    enter(page, site, trader)
    page.goto(site + "/money/")
    connected(page)
    expect(page.locator("#parts")).to_have_text("")

    door_builders.funded(trader)
    page.evaluate("document.dispatchEvent(new Event('acted'))")

    expect(page.locator("#parts tbody tr")).to_have_count(2)
    expect(page.locator("#parts")).to_contain_text("1,000.00")


def test_a_position_is_closed_from_the_page_of_its_bot(page, site, trader):
    bot = Bot.objects.get(owner=trader)
    builders.mark("20500")
    holding(bot)
    enter(page, site, trader)
    page.goto(f"{site}/bots/{bot.id}/")
    connected(page)
    page.click("#held a.button")
    expect(page.locator("dialog")).to_contain_text("0.01 BTC")
    page.click("dialog button[type=submit]")

    expect(page.locator("#messages")).to_contain_text("Being sold at the market")
    expect(page.locator("#held")).to_contain_text("Being sold")
    expect(page.locator("#held a.button")).to_have_count(0)
    assert Order.objects.filter(bot=bot, reason="FLATTEN").count() == 1


def test_a_filter_outlives_the_refetch_that_an_event_asks_for(page, site, trader):
    bot = Bot.objects.get(owner=trader)
    round_trip(bot, bought="20000", sold="20400")
    enter(page, site, trader)
    page.goto(site + "/trades/?range=all")
    connected(page)
    expect(page.locator("#lines tbody tr")).to_have_count(1)
    with page.expect_response(lambda answer: "range=24h" in answer.url):
        page.select_option("#range", "24h")
    expect(page.locator("#lines")).to_contain_text("No trade matches these filters.")

    with page.expect_response(lambda answer: "range=24h" in answer.url):
        round_trip(bot, bought="20000", sold="20500", at=builders.NOON + timedelta(hours=1))

    expect(page.locator("#lines")).to_contain_text("No trade matches these filters.")


def test_an_order_by_hand_is_refused_in_words_and_keeps_what_was_typed(page, site, trader):
    door_builders.funded(trader)
    door_builders.bot(trader, capital="500")
    enter(page, site, trader)
    page.goto(site + "/orders/new?type=LIMIT")
    page.fill("#f-size", "500000")
    page.fill("#f-price", "20000")
    page.click("#order-form button[type=submit]")

    expect(page.locator("#order-form [role=alert]")).to_be_visible()
    expect(page.locator("#f-size")).to_have_value("500000")
    expect(page.locator("#f-price")).to_have_value("20000")


def test_figures_turn_grey_when_the_wire_is_lost(page, site, trader):
    enter(page, site, trader)
    page.goto(site + "/")
    connected(page)

    page.evaluate("const now = Date.now; Date.now = function () { return now() + 60000; }")

    expect(page.locator("#wire")).to_have_attribute("data-state", "lost")
    expect(page.locator("body")).to_have_class(re.compile("unheard"))


def test_a_tripped_breaker_is_reset_from_the_risk_screen_with_a_reason(page, site, trader):
    bot = Bot.objects.get(owner=trader)
    trip(bot)
    enter(page, site, trader)
    page.goto(site + "/risk/")
    page.locator("#trips a.button").click()
    page.fill("#ask-reason", "looked into it")
    page.click("dialog button[type=submit]")

    expect(page.locator("#trips")).to_contain_text("by you: looked into it")
    expect(page.locator("#in-force")).to_contain_text("Nothing is stopped.")
