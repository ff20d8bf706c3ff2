"""In a browser: a message that got lost makes the page ask again, so that it shows the new figure without being loaded anew."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import cast

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from accounts.queries import broker
from accounts.realtime import wire
from accounts.tests.builders import person
from accounts.web import clock
from amarktai.dashboard.tests.conftest import browser, site
from ledger.models import Wallet
from ledger.operations import funding, wallets

__all__ = ["browser", "site"]
pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]
PATIENCE_MS = 120_000


@pytest.fixture
def wallet(transactional_db: None) -> Wallet:
    """Tess has 1,000 USDT."""
    found = wallets.open_wallet(owner=person("tess"), venue="sim", mode="PAPER", now=clock.now())
    deposit(found, "1000")
    return found


@pytest.fixture
def page(browser: Browser, site: str, wallet: Wallet) -> Iterator[Page]:
    """Her money, open and connected; it is marked, and a page that is loaded anew has no mark."""
    client = Client()
    client.force_login(User.objects.get(id=wallet.owner_id), backend="django.contrib.auth.backends.ModelBackend")
    context = browser.new_context(reduced_motion="reduce")
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}])
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE_MS)
    opened.goto(site + "/money/")
    shows(opened, "1,000")
    expect(opened.locator("#wire")).to_have_attribute("data-state", re.compile("checking|live"), timeout=PATIENCE_MS)
    opened.evaluate("document.body.dataset.stayed = 'yes'")
    yield opened
    context.close()


def deposit(wallet: Wallet, amount: str) -> None:
    funding.deposit(wallet=wallet.id, asset="USDT", amount=Decimal(amount), actor="user:test", request_id="", now=clock.now())


def shows(page: Page, figure: str) -> None:
    expect(page.locator("#worth")).to_contain_text(figure, timeout=PATIENCE_MS)


def lose(wallet: Wallet, amount: str) -> None:
    """A deposit of which nobody is told: the broker has just failed this process."""
    wire._line.quiet_until = time.monotonic() + 3_600
    deposit(wallet, amount)
    wire._line.quiet_until = 0.0


def test_a_lost_message_shows_with_the_next_heartbeat(page: Page, wallet: Wallet) -> None:
    lose(wallet, "234")
    wire.broadcast(type="heartbeat", data={})
    shows(page, "1,234")
    assert page.evaluate("document.body.dataset.stayed") == "yes"


def test_a_broker_that_was_emptied_shows_with_the_next_heartbeat(page: Page, wallet: Wallet) -> None:
    lose(wallet, "234")
    wire._line.owed.clear()  # nor does anybody remember that something is owed
    broker.connection().flushall()
    wire.broadcast(type="heartbeat", data={})
    shows(page, "1,234")
    assert page.evaluate("document.body.dataset.stayed") == "yes"


def test_a_line_that_was_cut_is_mended_with_a_greeting_that_makes_the_page_ask(page: Page, wallet: Wallet) -> None:
    """No heartbeat is sent: the web process itself says that it was away."""
    lose(wallet, "234")
    wire._line.owed.clear()
    for one in cast(list[dict[str, str]], broker.connection().client_list()):
        if int(one["sub"]) == len(wire.CHANNELS):
            broker.connection().client_kill_filter(_id=one["id"])
    shows(page, "1,234")
    assert page.evaluate("document.body.dataset.stayed") == "yes"
