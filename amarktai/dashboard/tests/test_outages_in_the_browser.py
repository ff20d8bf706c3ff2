"""What a person sees while something fails: error pages of the house and figures that stay; and whether the doors in front are clean."""

from __future__ import annotations

import re

import pytest
from django.db import OperationalError
from django.urls import reverse
from playwright.sync_api import expect

from accounts.queries import alerts, audit, factors
from accounts.tests.builders import PASSWORD
from accounts.web import clock
from amarktai.dashboard.pages.shell import DOORS
from amarktai.dashboard.tests.browsing import PHONE, REGIONS, WIDE, connected, enter, flaws, words
from amarktai.dashboard.tests.builders import round_trip
from bots.models import Bot
from ledger.queries import pages, portfolio, profits
from trading.queries import bots, limits, orders, stages, trade_sums
from trading.tests.doors import builders as door_builders

pytestmark = pytest.mark.browser

# What each page of the menu cannot be without.
NEEDED = {
    "overview": (portfolio, "summary"), "bots": (bots, "views"), "trades": (trade_sums, "totals"), "orders": (orders, "pending"),
    "money": (pages, "of_wallet"), "profits": (profits, "of"), "risk": (limits, "status"), "stages": (stages, "views"),
    "alerts": (alerts, "visible_to"), "audit": (audit, "visible_to"), "settings": (factors, "status"),
}  # fmt: skip
SECRET = "the secret of the engine room"


def failing(error):
    def query(*_, **__):
        raise error(SECRET)

    return query


@pytest.mark.parametrize("name", [name for name, _ in DOORS])
def test_a_page_whose_data_fails_says_so_in_the_style_of_the_house_and_loses_nothing(page, site, trader, monkeypatch, name):
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)  # what a page says of the present does not change by itself
    round_trip(Bot.objects.get(owner=trader), bought="20000", sold="21000")
    address = site + reverse(f"dashboard:{name}")
    enter(page, site, trader)
    page.goto(address)
    connected(page)
    shown, rows = words(page, REGIONS), door_builders.rows()

    for error, status, said in ((RuntimeError, 500, "Something went wrong on our side"), (OperationalError, 503, "does not answer")):
        with monkeypatch.context() as patch:
            patch.setattr(*NEEDED[name], failing(error))
            if page.locator("#live").count():
                with page.expect_response(lambda answer, status=status: answer.status == status):
                    page.evaluate("document.dispatchEvent(new Event('acted'))")
                assert words(page, REGIONS) == shown
            answer = page.reload()
            assert (answer.status, page.url) == (status, address)
            expect(page.locator("h1")).to_contain_text(said)
            expect(page.locator("main .mono")).to_have_text(answer.headers["x-request-id"])
            assert not re.search(f"{SECRET}|Traceback|{error.__name__}", page.content())
        page.locator("main a.button").click() if status == 503 else page.goto(address)
        expect(page).to_have_url(address)
        connected(page)
        assert words(page, REGIONS) == shown
    assert door_builders.rows() == rows


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["desktop", "phone"])
def test_the_log_in_the_registration_and_every_error_page_are_clean_for_axe_and_fit(page, site, trader, monkeypatch, size, scheme):
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme)
    seen = {}

    def look(name, status):
        expect(page.locator("h1")).to_be_visible()
        assert last[-1] == status
        seen[name] = flaws(page)

    last: list[int] = []
    page.on("response", lambda answer: last.append(answer.status) if answer.request.is_navigation_request() else None)
    for door in ("/login", "/register"):
        page.goto(site + door)
        look(door, 200)
        page.fill("#username", "tess")  # who is known: her name is taken, and this is not her password
        page.fill("#password", "wrong wrong wrong")
        page.click("button[type=submit]")
        expect(page.locator("[role=alert]")).to_be_visible()
        seen[f"{door} refused"] = flaws(page)
    page.goto(site + "/login")
    page.context.clear_cookies()
    page.fill("#username", "tess")
    page.fill("#password", PASSWORD)
    with page.expect_navigation():
        page.click("button[type=submit]")
    look("403", 403)
    page.goto(site + "/nowhere")
    look("404", 404)
    enter(page, site, trader)
    for error, status in ((RuntimeError, 500), (OperationalError, 503)):
        with monkeypatch.context() as patch:
            patch.setattr(portfolio, "summary", failing(error))
            page.goto(site + "/")
            look(str(status), status)
    assert {name: found for name, found in seen.items() if found} == {}
    assert len(seen) == 8
