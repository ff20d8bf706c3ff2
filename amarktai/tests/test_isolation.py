"""Nobody sees what is another's in any list, page, file or chart of the platform. The addresses are read off the URL map, so that a new one cannot be forgotten: whoever
adds one that names an object says here whose it is, and whoever adds one that all may open says so too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import Alert, User
from accounts.models.token import Scope
from accounts.operations import alerts, tokens
from accounts.web import clock
from ledger.models import Wallet
from trading.tests.doors import builders

BACKEND = "django.contrib.auth.backends.ModelBackend"
PUBLIC = {
    "/health", "/health/live", "/api/system/status", "/api/schema/", "/api/docs/", "/api/auth/register", "/api/auth/login", "/login",
    "/register",
}  # fmt: skip
NAMED = {
    "/api/tokens/<uuid:id>": "token", "/api/wallets/<uuid:id>": "wallet", "/api/bots/<uuid:id>": "bot", "/api/orders/<uuid:id>": "order",
    "/api/trades/<uuid:id>": "trade", "/bots/<uuid:bot_id>": "bot", "/orders/<uuid:order_id>": "order", "/charts/bots/<uuid:bot_id>": "bot",
}  # fmt: skip
"""What an address names, by its beginning."""
NO_OBJECT = {"/resume/<str:whose>"}
"""Addresses with a word in them that is no object's."""
NAME, LABEL, SENTENCE = "CANARY-BOT-77", "CANARY-TOKEN-77", "CANARY-ALERT-77"


@dataclass(frozen=True)
class Route:
    path: str

    @property
    def api(self) -> bool:
        return self.path.startswith("/api/")

    @property
    def operators(self) -> bool:
        return self.path.startswith(("/admin/", "/api/admin/"))

    @property
    def owned(self) -> bool:
        return "<" in self.path and not self.operators and self.path not in NO_OBJECT

    @property
    def kind(self) -> str:
        """What it names; a KeyError here asks whoever made the route to say whose objects it shows."""
        return NAMED[next((begin for begin in NAMED if self.path.startswith(begin)), self.path)]


def routes(patterns: list[Any], prefix: str = "/") -> Iterator[Route]:
    for one in patterns:
        path = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from routes(one.url_patterns, path)
        elif isinstance(one, URLPattern) and "^" not in path and "(?P" not in path:
            yield Route(path)


ROUTES = sorted(set(routes(get_resolver().url_patterns)), key=lambda route: route.path)
MINE = [route for route in ROUTES if route.path not in PUBLIC and not route.operators]


@pytest.fixture
def things(alice: User, alice_wallet: Wallet, bob: User) -> dict[str, Any]:
    """What alice has, by what addresses call it."""
    builders.funded(bob)
    bot = builders.bot(alice, name=NAME)
    builders.trip(bot)
    row, _ = tokens.issue(user=alice, scopes={Scope.READ}, label=LABEL, verified=False, request_id="", now=clock.now())
    alerts.raise_alert(person=alice.id, severity="INFO", code="HELLO", sentence=SENTENCE, data={}, dedup_key="", now=clock.now())
    ids = {"bot": bot.id, "order": builders.order(bot, state="OPEN").id, "trade": builders.trade(bot).id, "wallet": alice_wallet.id}
    return {**ids, "token": row.public_id, "user": alice.id, "alert": Alert.objects.get(person=alice, code="HELLO").id}


def window(user: User | None) -> Client:
    """A browser, logged in as this person; the API takes its session too."""
    found = Client(raise_request_exception=False)
    if user is not None:
        found.force_login(user, backend=BACKEND)
    return found


def content(answer: Any) -> str:
    raw = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(raw.decode())


def test_every_address_that_names_an_object_says_whose_it_is_and_every_open_one_is_known() -> None:
    paths = {route.path for route in ROUTES}
    assert len([route.kind for route in ROUTES if route.owned]) >= 20
    assert paths >= PUBLIC | NO_OBJECT
    assert [begin for begin in NAMED if not any(path.startswith(begin) for path in paths)] == []
    assert len([route for route in ROUTES if route.operators]) > 10


def test_no_list_page_file_or_chart_of_bobs_holds_a_byte_of_alices(things: dict[str, Any], alice: User, bob: User) -> None:
    """However it is filtered and ordered; and alice sees each of these marks somewhere, so that they would be seen."""
    hers, theirs, wrong = window(alice), window(bob), []
    marks = {NAME, LABEL, SENTENCE, alice.username, *(str(thing) for thing in things.values() if thing)}
    seen: set[str] = set()
    for route in MINE:
        if route.owned or "<" in route.path:
            continue
        seen |= {mark for mark in marks if mark in content(hers.get(route.path))}
        for query in ("", f"?bot={things['bot']}", "?owner={user}&user={user}&wallet={wallet}&id={bot}&ordering=owner".format(**things)):
            answer = theirs.get(route.path + query)
            text = content(answer)
            leaked = {mark for mark in marks if mark in text and mark not in query}
            if leaked or answer.status_code >= 500:
                wrong.append((route.path + query, answer.status_code, leaked))
    assert wrong == []
    assert {NAME, LABEL, SENTENCE, str(things["bot"]), str(things["order"]), str(things["trade"]), str(things["wallet"])} <= seen
