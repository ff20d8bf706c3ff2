"""What every browser test does: sizes of screens, a session without the form, the wire that must be there, text to compare."""

from __future__ import annotations

import re

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, ViewportSize, expect

from accounts.models import User
from amarktai.dashboard.tests.builders import window

WIDE, PHONE = ViewportSize(width=1280, height=860), ViewportSize(width=360, height=740)
expect.set_options(timeout=60_000)

# Health tells how old the signs of life of the platform are, which no event is about.
REGIONS = "main > :not(.grid), main .panel:not(#health), #halts, #bell, #bell-phone"
# Times are read as what they are the time of: their ages count on by themselves. What is only drawn has no text.
WORDS = """selector => [...document.querySelectorAll(selector)].map(place => {
    const copy = place.cloneNode(true);
    for (const time of copy.querySelectorAll("time")) time.replaceWith(" " + time.dateTime + " ");
    for (const drawn of copy.querySelectorAll("[data-chart], [data-candles]")) drawn.remove();
    for (const exact of copy.querySelectorAll("[title]")) exact.append(" " + exact.title);
    for (const row of copy.querySelectorAll("*")) row.append(" ");
    return copy.textContent.replace(/\\s+/g, " ").trim();
})"""


def enter(page: Page, site: str, user: User) -> None:
    """A session without the form, for tests that are not about it."""
    page.context.add_cookies([{"name": "sessionid", "value": window(user).cookies["sessionid"].value, "url": site}])


def connected(page: Page) -> None:
    """The wire is open, whether or not a worker has been heard on it."""
    expect(page.locator("#wire")).to_have_attribute("data-state", re.compile("^(checking|live)$"))


def words(page: Page, selector: str) -> list[str]:
    """What can be read in each of these places."""
    said: list[str] = page.evaluate(WORDS, selector)
    return said


def flaws(page: Page) -> list[tuple[str, str]]:
    """What axe finds on the page as it stands, and whether it scrolls sideways."""
    found = [(broken["id"], broken["nodes"][0]["html"][:120]) for broken in Axe().run(page).response["violations"]]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append(("sideways", ""))
    return found
