"""What an open page does by itself: it follows events until it reads like a fresh one, asks again by the clock, and its light tells
whether a worker lives."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.realtime import wire
from accounts.tests.builders import person
from accounts.web import clock
from amarktai.dashboard.tests.browsing import REGIONS, connected, enter, words
from amarktai.dashboard.tests.builders import refused, round_trip
from bots.models import Bot
from bots.operations import lifecycle
from ledger.tests import builders as money
from trading.models import Order
from trading.operations import heartbeat, stop
from trading.tests import builders

pytestmark = pytest.mark.browser
PATIENCE_S = 60


def reads_like(page: Page, fresh: Page, *, after: str) -> None:
    """The open page comes to say what a page that is asked for now says."""
    fresh.goto(page.url)
    wanted, deadline = words(fresh, REGIONS), time.monotonic() + PATIENCE_S
    while words(page, REGIONS) != wanted and time.monotonic() < deadline:
        page.wait_for_timeout(200)
    said = words(page, REGIONS)
    assert [pair for pair in zip(said, wanted, strict=True) if pair[0] != pair[1]] == [], after


@pytest.mark.parametrize("path", ["/", "/bots/", "/orders/", "/money/"])
def test_an_open_page_and_its_events_read_like_the_page_asked_for_anew(page, site, trader, monkeypatch, path):
    """The clock of the doors stands still, so that nothing but the events makes a difference. The first order is there already."""
    bot, now = Bot.objects.get(owner=trader), clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    signs: dict[str, Any] = {"actor": f"user:{trader.id}", "request_id": "test", "now": now}
    refused(bot, at=builders.NOON - timedelta(hours=1))
    enter(page, site, trader)
    page.goto(site + path)
    connected(page)
    page.evaluate("document.body.dataset.stayed = 'yes'")
    fresh = page.context.new_page()
    series = {
        "order": lambda: builders.sent(builders.manual(bot, time_in_force="GTC", price=Decimal(19_000))),
        "part of it filled": lambda: builders.booked(builders.fill(Order.objects.get(state="OPEN"), price="19000", quantity="0.004", fee="0.076")),
        "order refused": lambda: builders.claimed(builders.manual(bot, expected_edge_bps=Decimal(1))),
        "trade": lambda: round_trip(bot, bought="20000", sold="21000"),
        "bot paused": lambda: lifecycle.pause(bot_id=bot.id, **signs),
        "deposit": lambda: money.fund(trader, "250", venue=builders.VENUE, now=now),
        "halt": lambda: stop.emergency_stop(scope="USER", user=trader.id, reason="", flatten=False, policy=builders.policy(), **signs),
    }
    for name, happens in series.items():
        happens()
        reads_like(page, fresh, after=name)
    expect(page.locator("body")).to_have_attribute("data-stayed", "yes")


def test_the_page_of_stages_is_asked_for_again_every_ten_seconds_without_an_event(page, site, trader):
    """The page's clock stands still and is moved by hand; 0.4 s are those in which events are gathered."""
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url) if "hx-request" in one.headers else None)
    start = datetime.now(UTC)
    page.clock.install(time=start)
    page.clock.pause_at(start + timedelta(minutes=5))
    enter(page, site, trader)
    page.goto(site + "/stages/")
    connected(page)
    expect(page.locator("#stages")).to_contain_text("Training 1")
    Bot.objects.filter(owner=trader).update(stage="QUARANTINE")

    page.clock.run_for(9_900)
    assert asked == []
    page.clock.run_for(500)

    expect(page.locator("#stages")).to_contain_text("Training 0")
    expect(page.locator("#stages")).to_contain_text("Quarantine 1")
    Bot.objects.filter(owner=trader).update(stage="TRAINING")
    page.clock.run_for(10_000)
    expect(page.locator("#stages")).to_contain_text("Training 1")


def test_the_light_is_judged_by_heartbeats_whatever_else_arrives(page, site, trader):
    word, start = page.locator("#wire [data-word]"), datetime.now(UTC)
    page.clock.set_fixed_time(start)
    enter(page, site, trader)
    page.goto(site + "/")
    connected(page)
    wire.broadcast(type="heartbeat", data={})
    expect(word).to_have_text("live")

    for gone, state, said in ((14, "live", "live"), (16, "late", "late 16 s"), (29, "late", "late 29 s"), (31, "lost", "lost 31 s"), (90, "lost", "lost 1 min")):
        page.clock.set_fixed_time(start + timedelta(seconds=gone))
        with page.expect_response(lambda answer: "hx-request" in answer.request.headers):
            wire.publish_on_commit(person=trader.id, type="bot", data={})
        expect(word).to_have_text(said)
        expect(page.locator("#wire")).to_have_attribute("data-state", state)

    wire.broadcast(type="heartbeat", data={})
    expect(word).to_have_text("live")


def test_a_page_that_has_never_heard_a_heartbeat_says_that_it_is_checking_and_is_late_after_fifteen_seconds(page, site, trader):
    word, start = page.locator("#wire [data-word]"), datetime.now(UTC)
    page.clock.set_fixed_time(start)
    enter(page, site, trader)
    page.goto(site + "/")
    connected(page)
    for gone, state, said in ((0, "checking", "checking"), (14, "checking", "checking"), (16, "late", "late 16 s"), (31, "lost", "lost 31 s")):
        page.clock.set_fixed_time(start + timedelta(seconds=gone))
        with page.expect_response(lambda answer: "hx-request" in answer.request.headers):
            wire.publish_on_commit(person=trader.id, type="bot", data={})
        expect(word).to_have_text(said)
        expect(page.locator("#wire")).to_have_attribute("data-state", state)


def test_the_first_order_and_the_first_bot_bring_what_an_empty_page_has_no_place_for(page, site, transactional_db):
    nora = person("nora")
    builders.fund(nora)
    enter(page, site, nora)
    page.goto(site + "/bots/")
    connected(page)
    expect(page.locator("#list")).to_have_count(0)
    bot = builders.bot(nora)
    expect(page.locator("#list tbody tr")).to_contain_text(bot.name)

    page.goto(site + "/orders/")
    connected(page)
    expect(page.locator("#filters")).to_have_count(0)
    builders.sent(builders.manual(bot, time_in_force="GTC"))
    expect(page.locator("#working tbody tr")).to_have_count(1)
    expect(page.locator("#filters")).to_be_visible()
    expect(page.get_by_role("link", name="Cancel all open")).to_be_visible()


def test_a_page_is_live_as_soon_as_its_wire_is_open_when_a_worker_was_heard_before_it(page, site, trader):
    """No heartbeat comes while the page is open: that it is live it knows from the server's newest."""
    heartbeat.beat(processes=("worker",), now=clock.now() + timedelta(minutes=1))
    enter(page, site, trader)
    page.goto(site + "/alerts/")

    expect(page.locator("#wire")).to_have_attribute("data-state", "live")
    expect(page.locator("#wire")).to_have_text("live")
