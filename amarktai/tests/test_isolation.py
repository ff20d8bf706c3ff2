"""Nobody sees, moves or can tell the existence of what is another's: every address of the platform, API, pages and console, asked by
bob with alice's ids, and by nobody at all. The addresses are read off the URL map, so that a new one cannot be forgotten: whoever
adds one that names an object says here whose it is, and whoever adds one that all may open says so too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import Alert, StepUp, TotpDevice, User
from accounts.models.token import Scope
from accounts.operations import alerts, tokens
from accounts.web import clock
from amarktai.dashboard.tests import builders as pages
from amarktai.tests import owned
from ledger.models import JournalEntry, Uncovered, Wallet
from trading.models import BreakerState, RejectedTrade, ReplayRun
from trading.tests import builders as trading_builders
from trading.tests.doors import builders

BACKEND = "django.contrib.auth.backends.ModelBackend"
METHODS = ("get", "post", "put", "patch", "delete")
PUBLIC = {
    "/health", "/health/live", "/api/system/status", "/api/schema/", "/api/docs/", "/api/auth/register", "/api/auth/login", "/login",
    "/register", "/admin/login/", "/admin/logout/",
}  # fmt: skip
NAMED = {
    "/api/tokens/<uuid:id>": "token", "/api/wallets/<uuid:id>": "wallet", "/api/bots/<uuid:id>": "bot", "/api/orders/<uuid:id>": "order",
    "/api/trades/<uuid:id>": "trade", "/bots/<uuid:bot_id>": "bot", "/orders/<uuid:order_id>": "order", "/charts/bots/<uuid:bot_id>": "bot",
}  # fmt: skip
"""What an address names, by its beginning."""
NO_OBJECT = {"/resume/<str:whose>"}
"""Addresses with a word in them that is no object's."""
MONEY = {"asset": "USDT", "amount": "1"}
BODIES = {"allocation": {"amount": "10"}, "stop": {"position": "close"}, "deposit": MONEY, "withdraw": MONEY}
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

    def of(self, id: object) -> str:
        return re.sub(r"<[^>]+>", str(id), self.path)


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
    belongs_to_all(alice)
    ids = {"bot": bot.id, "order": builders.order(bot, state="OPEN").id, "trade": builders.trade(bot).id, "wallet": alice_wallet.id}
    return {**ids, "token": row.public_id, "user": alice.id, "alert": Alert.objects.get(person=alice, code="HELLO").id}


def belongs_to_all(alice: User) -> None:
    """A row of hers in every model that knows people: what was traded, halted and replayed, and what came from her codes."""
    StepUp.objects.create(person=alice, credential="session:canary", until=clock.now())
    TotpDevice.objects.create(user=alice, name="phone", confirmed=True, created_at=clock.now())
    trading_builders.fund(alice)
    trend = trading_builders.bot(alice, name="Traded")
    pages.round_trip(trend, bought="20000", sold="20500")
    held = pages.holding(trend, at=trading_builders.NOON + timedelta(hours=1))
    entry = JournalEntry.objects.filter(wallet__owner=alice)[0]
    Uncovered.objects.create(entry=entry, book=trend.book, asset_id="BTC", currency_id="USDT", quantity=1, proceeds=1)
    RejectedTrade.objects.create(order=held, owner=alice, bot=trend, reason="a canary", at=clock.now())
    BreakerState.objects.create(owner=alice, mode="PAPER", updated_at=clock.now())
    ReplayRun.objects.create(name="canary", owner=alice, settings={}, started_at=clock.now())


def window(user: User | None) -> Client:
    """A browser, logged in as this person; the API takes its session too."""
    found = Client(raise_request_exception=False)
    if user is not None:
        found.force_login(user, backend=BACKEND)
    return found


@contextmanager
def undone() -> Iterator[None]:
    point = transaction.savepoint()
    yield
    transaction.savepoint_rollback(point)


def ask(client: Client, method: str, path: str, body: dict[str, Any] | None = None, *, api: bool) -> Any:
    given: dict[str, Any] = {"data": json.dumps(body or {}), "content_type": "application/json"} if api and method != "get" else {}
    if not api and method == "post":
        given = {"data": body or {}}
    return getattr(client, method)(path, **given, headers={"Idempotency-Key": uuid4().hex})


def content(answer: Any) -> str:
    raw = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(raw.decode())


def belongings(user: User) -> dict[str, list[dict[str, Any]]]:
    """Every row of a person's that an address could move."""
    return owned.rows(user) | {"accounts.User": [dict(row) for row in User.objects.filter(id=user.id).values()]}


def test_every_model_is_somebodys_or_known_as_nobodys_and_alice_has_a_row_in_each_that_is_attacked(
    things: dict[str, Any], alice: User
) -> None:
    """Whoever adds a model that leads to a person gives her a row of it in `belongs_to_all`."""
    found = owned.paths()
    assert {model._meta.label for model in owned.models() if model not in found} == owned.NOBODYS
    assert {label for label, rows in owned.rows(alice).items() if not rows} == set()


def test_every_address_that_names_an_object_says_whose_it_is_and_every_open_one_is_known() -> None:
    paths = {route.path for route in ROUTES}
    assert len([route.kind for route in ROUTES if route.owned]) >= 20
    assert paths >= PUBLIC | NO_OBJECT
    assert [begin for begin in NAMED if not any(path.startswith(begin) for path in paths)] == []
    assert len([route for route in ROUTES if route.operators]) > 10


def test_nobody_is_asked_to_log_in_everywhere_but_at_the_open_doors(things: dict[str, Any]) -> None:
    nobody, wrong = window(None), []
    for route in ROUTES:
        if route.path in PUBLIC:
            continue
        for method in METHODS:
            answer = ask(nobody, method, route.of(uuid4() if route.owned else "1"), api=route.api)
            closed = answer.status_code in (401, 405) if route.api else answer.status_code in (302, 405)
            if not closed or (answer.status_code == 302 and "login" not in answer["Location"]):
                wrong.append((method, route.path, answer.status_code))
    assert not wrong, "\n".join(map(str, wrong))


def test_what_is_alices_does_not_exist_for_bob_and_is_told_apart_from_nothing_by_nothing(
    things: dict[str, Any], alice: User, bob: User
) -> None:
    theirs, wrong = window(bob), []
    before = belongings(alice)
    for route in ROUTES:
        if not route.owned:
            continue
        body = BODIES.get(route.path.rstrip("/").rsplit("/", 1)[-1], {})
        for method in METHODS:
            said = []
            for id in (things[route.kind], uuid4()):
                with undone():
                    answer = ask(theirs, method, route.of(id), body, api=route.api)
                    text = re.sub(r"[0-9a-f]{32}|csrfmiddlewaretoken.*", "", content(answer).replace(str(id), ""))
                said.append((answer.status_code, text if route.api else ""))
            led_back = not route.api and method == "post" and said[0][0] == 302  # a page's act ends where one sees that there is no such thing
            if said[0] != said[1] or not (led_back or said[0][0] in (404, 405)):
                wrong.append((method, route.path, said))
    assert not wrong, "\n".join(map(str, wrong))
    assert belongings(alice) == before


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
    assert not wrong, "\n".join(map(str, wrong))
    assert {NAME, LABEL, SENTENCE, str(things["bot"]), str(things["order"]), str(things["trade"]), str(things["wallet"])} <= seen


def test_no_act_of_bobs_moves_anything_of_alices_whichever_ids_he_puts_into_it(things: dict[str, Any], alice: User, bob: User) -> None:
    before, wrong = belongings(alice), []
    ids = {"bot_id": str(things["bot"]), "bot": str(things["bot"]), "wallet": str(things["wallet"]), "order": str(things["order"])}
    bodies: list[dict[str, Any]] = [
        {}, {"ids": [str(things["alert"])]}, {"bot_id": ids["bot_id"], "reason": "mine"}, ids,
        {"venue": "sim", "symbol": "BTC/USDT", "side": "BUY", "quote_amount": "50", "bot_id": ids["bot_id"]},
        {"bots": ids["bot"], "act": "pause", "selected": ids["bot"]}, {"owner": str(alice.id), "user": str(alice.id), "username": "alice"},
    ]  # fmt: skip
    for route in MINE:
        if route.owned or "<" in route.path:
            continue
        for body in bodies:
            with undone():
                answer = ask(window(bob), "post", route.path, body, api=route.api)
                if answer.status_code >= 500:
                    wrong.append((route.path, body, answer.status_code))
                elif answer.status_code < 400 and belongings(alice) != before:
                    wrong.append((route.path, body, "moved"))
    assert not wrong, "\n".join(map(str, wrong))


def test_the_operators_doors_are_closed_to_members(things: dict[str, Any], alice: User) -> None:
    member, wrong = window(alice), []
    for route in ROUTES:
        if route.operators and route.path not in PUBLIC:
            for method in METHODS:
                answer = ask(member, method, route.of("1"), api=route.api)
                away = answer.status_code == 302 and "login" in answer["Location"]
                if not (away or answer.status_code in (403, 405)):
                    wrong.append((method, route.path, answer.status_code))
    assert not wrong, "\n".join(map(str, wrong))
