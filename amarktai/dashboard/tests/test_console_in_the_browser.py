"""The operators' console at the widths that operators have: a list shows all of its columns on a small laptop, and a row fits a phone."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from playwright.sync_api import Page

from accounts.models import User
from accounts.operations import alerts
from accounts.tests.builders import person
from amarktai.dashboard.tests.browsing import PHONE, WIDE, enter
from amarktai.dashboard.tests.builders import refused, round_trip
from bots.models import Bot
from trading.tests import builders
from trading.tests.doors.builders import trip

pytestmark = pytest.mark.browser
CUT = """() => [...document.querySelectorAll("#main *")].filter(place => place.offsetParent
    && ["auto", "scroll"].includes(getComputedStyle(place).overflowX) && place.scrollWidth > place.clientWidth + 1)
    .map(place => place.className + " hides " + (place.scrollWidth - place.clientWidth))"""
BROKEN = """() => [...document.querySelectorAll("#result_list th, #result_list td")]
    .filter(cell => /^\\d{4}-\\d{2}-\\d{2} /.test(cell.innerText.trim()) && cell.querySelector("span").getClientRects().length > 1)
    .map(cell => cell.innerText)"""


@pytest.fixture
def console(page: Page, site: str, trader: User, settings: Any) -> Page:
    """Olga looks at what a trader left: a trade, a refusal, a trip, an alert with a long word, all with names and words as they come."""
    settings.ADMIN_REQUIRE_2FA = False
    bot = Bot.objects.get(owner=trader)
    Bot.objects.filter(id=bot.id).update(name="Avax seconds breakout", strategy="donchian_breakout")
    round_trip(bot, bought="20123", sold="19876", quantity="0.123", fee="2.46123456")
    with builders.past_the_triggers() as cursor:
        cursor.execute("UPDATE trading_trade SET reason = 'TAKE_PROFIT'")
    refused(bot)
    trip(bot)
    alerts.raise_alert(person=trader.id, severity="CRITICAL", code="TEST", sentence="Look.", data={"hash": "f" * 64}, now=builders.NOON)
    enter(page, site, person("olga", staff=True))
    return page


def test_every_list_shows_all_its_columns_at_1280_and_each_time_on_one_line(console, site):
    console.set_viewport_size(WIDE)
    found = {}
    for model in admin.site._registry:
        console.goto(f"{site}/admin/{model._meta.app_label}/{model._meta.model_name}/")
        found[model.__name__] = [*console.evaluate(CUT), *console.evaluate(BROKEN)]
    console.goto(f"{site}/admin/")
    found["home"] = console.evaluate(CUT)

    assert {name: flaws for name, flaws in found.items() if flaws} == {}


def test_the_page_of_every_row_and_every_act_fits_a_phone(console, site):
    console.set_viewport_size(PHONE)
    wide, seen = [], 0
    for model in admin.site._registry:
        row = model._default_manager.first()
        if row is None:
            continue
        console.goto(f"{site}/admin/{model._meta.app_label}/{model._meta.model_name}/{row.pk}/change/")
        seen += 1
        if console.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(model.__name__)

    for path in ("", "trading/order/stops/", "trading/order/stops/stop/", "trading/order/stops/resume/", "trading/order/stops/one/"):
        console.goto(f"{site}/admin/{path}")
        wide += [f"{path}: {hidden}" for hidden in console.evaluate(CUT)]

    assert wide == []
    assert seen >= 14
