"""Pages, schema, health and status: the real application passes, and each lie is found."""

import json
import re
import socket

import pytest
from django.conf import settings

from accounts.tests.builders import person, token_of
from amarktai.tests.smoke.conftest import Blunt, Lie, fails, passes, target

pytestmark = pytest.mark.enable_socket
PAGE = "<title>Log in · Amarktai Network</title>"
FORM = '<input name="csrfmiddlewaretoken"><input name="username"><input name="password">'
NAMED = {"version": settings.VERSION, "mode": "PAPER", "halted": False}


@pytest.mark.parametrize("name", ["home page", "login page", "static files", "schema", "status"])
def test_the_real_application_passes(site: str, name: str) -> None:
    assert passes(name, target(site))


@pytest.mark.parametrize("name", ["home page", "login page", "static files", "schema", "health", "status"])
def test_nobody_listens(name: str) -> None:
    assert "does not answer: Connection refused" in fails(name, target())


@pytest.mark.parametrize(("words", "status"), [("welcome to nginx", 200), (PAGE, 500), (PAGE, 404), ("", 200)])
def test_a_home_page_that_is_not_ours_or_broken(lie: Lie, words: str, status: int) -> None:
    fails("home page", lie(words, status=status))


@pytest.mark.parametrize("field", ["csrfmiddlewaretoken", "username", "password"])
def test_a_login_page_without_a_field(lie: Lie, field: str) -> None:
    assert field in fails("login page", lie(PAGE + FORM.replace(field, "other")))


LINKS = '<link href="/static/a.css"><script src="/static/b.js"></script>'
CSS, JS = (200, "text/css", "a {}"), (200, "text/javascript", "1")


def test_static_files_that_are_all_there(lie: Lie) -> None:
    assert passes("static files", lie(LINKS, **{"/static/a.css": CSS, "/static/b.js": JS})) == "2 files"


@pytest.mark.parametrize(
    ("links", "css", "js", "hint"),
    [
        (LINKS, (404, "text/html", "not found"), JS, "/static/a.css answered 404"),
        (LINKS, CSS, (500, "text/html", ""), "/static/b.js answered 500"),
        (LINKS, (200, "text/html", "a page instead"), JS, "/static/a.css is empty or no css file"),
        (LINKS, CSS, (200, "text/javascript", " "), "/static/b.js is empty"),
        ("no links", CSS, JS, "names no style sheet"),
    ],
)
def test_a_static_file_that_is_missing_empty_or_something_else(lie: Lie, links: str, css: object, js: object, hint: str) -> None:
    assert hint in fails("static files", lie(links, **{"/static/a.css": css, "/static/b.js": js}))


@pytest.mark.parametrize(
    ("words", "status"),
    [("openapi: 3.0.3\npaths:\n  /api/bots:\n", 200), ("openapi: 3.0.3", 500), ("/api/bots: /api/orders/submit:", 200), ("<html>", 200)],
)
def test_a_schema_that_lacks_doors_or_is_none(lie: Lie, words: str, status: int) -> None:
    fails("schema", lie(words, status=status))


def test_health_that_is_ok(lie: Lie) -> None:
    assert passes("health", lie('{"status": "ok", "checks": {}}')) == "ok"


@pytest.mark.parametrize(
    ("words", "status", "hint"),
    [
        ('{"status": "degraded", "checks": {"worker": {"ok": false, "detail": "silent"}, "redis": {"ok": true}}}', 200, "degraded: worker silent."),
        ('{"status": "down", "checks": {"database": {"ok": false, "detail": "does not answer"}}}', 503, "down: database does not answer."),
        ('{"status": "down"}', 503, "and not why"),
        ("Bad Gateway", 502, "answered 502 without the JSON object"),
        ('["ok"]', 200, "without the JSON object"),
        ("[" * 100_000, 200, "without the JSON object"),
    ],
)
def test_health_that_is_not_ok(lie: Lie, words: str, status: int, hint: str) -> None:
    assert hint in fails("health", lie(words, status=status))


def test_a_status_for_the_bearer_of_a_token(site: str) -> None:
    assert passes("status", target(site, token=token_of(person("alice"))))
    assert "AMARKTAI_SMOKE_TOKEN is not accepted" in fails("status", target(site, token="nonsense"))


@pytest.mark.parametrize(
    ("told", "bearer", "hint"),
    [
        ({**NAMED, "version": "0.0.9"}, "", "0.0.9 is running"),
        ({"version": settings.VERSION, "mode": "PAPER"}, "", "lacks halted"),
        (NAMED, "a token", "lacks heartbeats, queues, ticks"),
        ([], "", "without the JSON object"),
    ],
)
def test_a_status_that_is_another_versions_or_lacks_something(lie: Lie, told: object, bearer: str, hint: str) -> None:
    assert hint in fails("status", lie(json.dumps(told), token=bearer))


def test_a_platform_that_takes_the_call_and_says_nothing_is_given_three_seconds() -> None:
    with socket.socket() as wire:
        wire.bind(("127.0.0.1", 0))
        wire.listen()
        assert re.search("within 3 s", fails("home page", target(f"http://127.0.0.1:{wire.getsockname()[1]}")))


@pytest.mark.parametrize(
    "words",
    [b"", b"nonsense\r\n\r\n", *(b"HTTP/1.1 %d Word\r\nContent-Length: 9\r\n\r\nhalf" % status for status in (200, 302, 500))],
)
def test_a_platform_that_breaks_off(blunt: Blunt, words: bytes) -> None:
    fails("home page", blunt(words))
