"""The browser and the site for the browser tests: Debian's Chromium, and the real ASGI application on the test database.

Where there is no Chromium the tests are skipped with a loud line; in CI they fail instead.
"""

from __future__ import annotations

import os
import re
import shutil
import threading
import time
import warnings
from collections.abc import Iterator

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from accounts.models import User
from accounts.tests.builders import person
from amarktai.asgi import application
from amarktai.dashboard.tests.browsing import WIDE
from trading.tests import builders

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PATIENCE_S = 60
EXPECTED = re.compile("Failed to load|Response Status Error|htmx:")  # refusals, and requests of a page that was left


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        words = "NO CHROMIUM: the browser tests are skipped. Install Debian's package chromium, or name one in CHROMIUM."
        if os.environ.get("CI") == "true":
            pytest.fail(words)
        warnings.warn(words, stacklevel=1)
        pytest.skip(words)
    # The browser's loop runs in this thread, where the tests also use the database: no query of theirs is inside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield started
        started.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def site(transactional_db: None) -> Iterator[str]:
    """Where the whole application answers, sockets and static files included."""
    server = uvicorn.Server(uvicorn.Config(application, port=0, lifespan="off", log_level="warning", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + PATIENCE_S
    while not server.started:
        assert time.monotonic() < deadline, "the site did not start"
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(PATIENCE_S)


@pytest.fixture
def page(browser: Browser, site: str) -> Iterator[Page]:
    """A page that fails the test when it says an error or asks another host. It is closed before the site goes."""
    opened = browser.new_context(viewport=WIDE, reduced_motion="reduce").new_page()
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda said: wrong.append(said.text) if said.type == "error" and not EXPECTED.search(said.text) else None)
    opened.on("request", lambda asked: wrong.append(asked.url) if "127.0.0.1" not in asked.url and not asked.url.startswith("data:") else None)
    yield opened
    opened.context.close()
    assert wrong == []


@pytest.fixture
def trader(transactional_db: None) -> User:
    """Tess has money at `recorded`, a running bot, and a phone with a second factor."""
    tess = person("tess", phone=True)
    builders.fund(tess)
    builders.bot(tess)
    return tess
