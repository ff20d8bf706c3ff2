"""Widths: on a small laptop no column of a page is cut or hides behind a bar to push; on a phone no figure leaves its line."""

from __future__ import annotations

import pytest

from amarktai.dashboard.tests.browsing import PHONE, WIDE, connected, enter
from amarktai.dashboard.tests.builders import refused, round_trip
from bots.models import Bot
from ledger.tests import builders as ledger_builders
from trading.tests import builders

pytestmark = pytest.mark.browser
CUT = """() => [...document.querySelectorAll(".scroll, #list")].filter(place => place.offsetParent && !place.closest("details:not([open])"))
    .map(place => [place, Math.max(place.scrollWidth, ...[...place.querySelectorAll("table")].map(table => table.offsetWidth))])
    .filter(([place, wide]) => wide > place.clientWidth).map(([place, wide]) => `${place.id || place.className} +${wide - place.clientWidth}`)"""

CUT_OFF = """() => [...document.querySelectorAll(".cell .fig, .pairs .fig")]
    .filter(figure => figure.getBoundingClientRect().right > figure.closest(".cell, .pairs > div").getBoundingClientRect().right + 0.5)
    .map(figure => figure.innerText)"""
OUTSIDE = """() => [...document.querySelectorAll(".pairs > div > dd")]
    .filter(figure => figure.getBoundingClientRect().right > figure.parentElement.getBoundingClientRect().right + 0.5)
    .map(figure => figure.parentElement.innerText)"""


def test_every_column_is_seen_at_1280(page, site, trader):
    """Figures as long as they come: a bot with a long name bought 0.123 BTC, held it for hours, and paid fees with eight digits."""
    bot = builders.bot(trader, name="Link seconds breakout", capital="20000")
    Bot.objects.filter(id=bot.id).update(timeframe="15m")
    bot.refresh_from_db()
    round_trip(bot, bought="20123", sold="19876", quantity="0.123", seconds=11_520, fee="2.46123456")
    with builders.past_the_triggers() as cursor:  # the longest words a trade is told with
        cursor.execute("UPDATE trading_trade SET bootstrap = true, reason = 'MAX_HOLDING' WHERE bot_id = %s", [bot.id])
    refused(bot)
    page.set_viewport_size(WIDE)
    enter(page, site, trader)
    found = {}
    for path in ("/", "/bots/", f"/bots/{bot.id}/", "/orders/", "/trades/?range=all", "/money/", "/money/?tab=fills", "/audit/", "/stages/"):
        page.goto(site + path)
        connected(page)
        found[path] = page.evaluate(CUT)

    assert {path: cut for path, cut in found.items() if cut} == {}


def test_no_figure_leaves_its_line_on_a_phone(page, site, trader):
    bot = Bot.objects.get(owner=trader)
    round_trip(bot, bought="20123", sold="19876", quantity="0.123", fee="2.46123456")
    page.set_viewport_size(PHONE)
    enter(page, site, trader)
    found = {}
    for path in ("/", f"/bots/{bot.id}/", "/money/", "/risk/"):
        page.goto(site + path)
        connected(page)
        found[path] = page.evaluate(OUTSIDE)

    assert {path: out for path, out in found.items() if out} == {}


@pytest.mark.parametrize("size", [WIDE, PHONE])
def test_the_longest_amount_that_a_wallet_may_have_is_seen_whole(page, site, trader, size):
    ledger_builders.fund(trader, "999999999999999")
    page.set_viewport_size(size)
    enter(page, site, trader)
    found = {}
    for path in ("/", "/money/"):
        page.goto(site + path)
        connected(page)
        found[path] = page.evaluate(CUT_OFF), page.evaluate("document.documentElement.scrollWidth - innerWidth")

    assert found == {"/": ([], 0), "/money/": ([], 0)}


def test_a_page_with_little_on_it_does_not_scroll(page, site, trader):
    page.set_viewport_size(WIDE)
    enter(page, site, trader)
    page.goto(site + "/alerts/")
    connected(page)

    assert page.evaluate("document.documentElement.scrollHeight - innerHeight") == 0
