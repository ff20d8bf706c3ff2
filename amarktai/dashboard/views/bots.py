"""Bots: list, one, new, and their moves."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.domain.refusals import Malformed, Refusal
from accounts.web import actor, clock
from amarktai.dashboard import answers
from amarktai.dashboard.pages import bot as bot_page
from amarktai.dashboard.pages import bots as bots_page
from amarktai.dashboard.pages import bulk, questions
from amarktai.dashboard.pages import new_bot as new_bot_page
from bots.models import Bot
from bots.operations import lifecycle
from bots.operations.creation import Wanted
from bots.queries import bots as bot_queries
from trading.operations import demo_bot, new_bot, stopping

MOVES: dict[str, Callable[..., Bot]] = {"start": lifecycle.start, "pause": lifecycle.pause, "resume": lifecycle.resume}
DONE = {"start": "started", "pause": "paused", "resume": "resumed"}
MOST_SELECTED = 200


@require_GET
@answers.member
def index(request: HttpRequest) -> HttpResponse:
    page = bots_page.build(user=answers.person(request), wish=bots_page.Wish.read(request.GET.dict()), now=clock.now())
    return answers.show(request, "pages/bots.html", current="bots", page=page)


@require_GET
@answers.member
def one(request: HttpRequest, bot_id: UUID) -> HttpResponse:
    user = answers.person(request)
    page = bot_page.build(
        bot=bot_queries.one(owner=user.id, bot_id=bot_id), user=user, query=request.GET.dict(), now=clock.now()
    )
    return answers.show(request, "pages/bot.html", current="bots", page=page)


@require_http_methods(["GET", "POST"])
@answers.member
def new(request: HttpRequest) -> HttpResponse:
    """The form; a refusal shows it again with what was typed and the sentence beside the field."""
    typed = (request.POST if request.method == "POST" else request.GET).dict()
    refusal = None
    if request.method == "POST":
        try:
            return _create(request, typed)
        except Refusal as said:
            refusal = said
    page = new_bot_page.build(user=answers.person(request), typed=typed, refusal=refusal, now=clock.now())
    return answers.show(request, "pages/bot_new.html", current="bots", page=page, status=refusal.status if refusal else 200)


def _create(request: HttpRequest, typed: dict[str, str]) -> HttpResponse:
    wanted = new_bot_page.read(typed)
    bot = new_bot.make(
        owner=answers.person(request).id, wanted=Wanted(**wanted.values), **_who(request),
        supported=settings.POLICY.paper_supported_exchanges, key=answers.click_key(request),
    )  # fmt: skip
    return answers.done(request, f"{bot.name} is made. It trades once it is started.", to=reverse("dashboard:bot", args=[bot.id]))


@require_POST
@answers.member
def demo(request: HttpRequest) -> HttpResponse:
    bot = demo_bot.make(owner=answers.person(request), **_who(request), key=answers.click_key(request))
    return answers.done(request, f"{bot.name} is running with paper money.", to=reverse("dashboard:bot", args=[bot.id]))


@require_POST
@answers.member
def start(request: HttpRequest, bot_id: UUID) -> HttpResponse:
    return _move(request, "start", bot_id)


@require_POST
@answers.member
def pause(request: HttpRequest, bot_id: UUID) -> HttpResponse:
    return _move(request, "pause", bot_id)


@require_POST
@answers.member
def resume(request: HttpRequest, bot_id: UUID) -> HttpResponse:
    return _move(request, "resume", bot_id)


@require_http_methods(["GET", "POST"])
@answers.member
def stop(request: HttpRequest, bot_id: UUID) -> HttpResponse:
    user = answers.person(request)
    bot = bot_queries.one(owner=user.id, bot_id=bot_id)
    if request.method == "GET":
        return answers.ask(request, "ask.html", current="bots", page=questions.stop_bot(bot=bot, now=clock.now()))
    stopped = stopping.stop_bot(owner=user.id, bot_id=bot.id, position=_position(request), **_who(request))
    over = stopped.status == "STOPPED"
    return answers.done(request, f"{bot.name} is stopped." if over else f"{bot.name} is stopping: what it holds is closed first.")


@require_http_methods(["GET", "POST"])
@answers.member
def start_all(request: HttpRequest) -> HttpResponse:
    if request.method == "GET":
        return _ask_all(request, "start")
    return answers.done(request, _counted(lifecycle.start_all(owner=answers.person(request).id, **_who(request)), "started"))


@require_http_methods(["GET", "POST"])
@answers.member
def pause_all(request: HttpRequest) -> HttpResponse:
    if request.method == "GET":
        return _ask_all(request, "pause")
    return answers.done(request, _counted(lifecycle.pause_all(owner=answers.person(request).id, **_who(request)), "paused"))


@require_http_methods(["GET", "POST"])
@answers.member
def stop_all(request: HttpRequest) -> HttpResponse:
    if request.method == "GET":
        return _ask_all(request, "stop")
    asked = stopping.stop_all(owner=answers.person(request).id, position=_position(request), **_who(request))
    return answers.done(request, f"{_counted(asked, 'stopping')} What they hold is dealt with first.")


@require_http_methods(["GET", "POST"])
@answers.member
def resume_all(request: HttpRequest) -> HttpResponse:
    if request.method == "GET":
        return _ask_all(request, "resume")
    user = answers.person(request)
    told = _counted(lifecycle.resume_all(owner=user.id, **_who(request)), "resumed")
    left = bot_queries.of(owner=user.id).filter(status="PAUSED", pause_reason="EMERGENCY_STOP").count()
    if left:
        whom = "1 bot that the emergency stop paused waits" if left == 1 else f"{left} bots that the emergency stop paused wait"
        told = f"{told} {whom} for your own decision: tick and resume."
    return answers.done(request, told)


@require_POST
@answers.member
def selected(request: HttpRequest) -> HttpResponse:
    """The ticked bots one by one: each that cannot move says why, the others move."""
    name = request.POST.get("move", "")
    if name not in MOVES:
        raise Malformed("UNKNOWN_MOVE", "There is no such move.")
    return _one_by_one(request, MOVES[name], DONE[name])


@require_http_methods(["GET", "POST"])
@answers.member
def stop_selected(request: HttpRequest) -> HttpResponse:
    """The ticked bots for good: asked once, with what all of them hold."""
    user = answers.person(request)
    if request.method == "GET":
        ids = set(_ids(request))
        found = [bot for bot in bot_queries.of(owner=user.id) if bot.id in ids]
        page = bulk.stop_selected(bots=found, user=user, now=clock.now())
        return answers.ask(request, "ask.html", current="bots", page=page)
    return _one_by_one(request, partial(stopping.stop_bot, position=_position(request)), "stopping")


def _ask_all(request: HttpRequest, name: str) -> HttpResponse:
    page = bulk.question(name=name, user=answers.person(request), now=clock.now())
    return answers.ask(request, "ask.html", current="bots", page=page)


def _one_by_one(request: HttpRequest, move: Callable[..., Bot], done: str) -> HttpResponse:
    who, owner = _who(request), answers.person(request).id
    moved, refusals = 0, []
    for bot_id in _ids(request):
        try:
            move(bot_id=bot_id, owner=owner, **who)
            moved += 1
        except Refusal as refusal:
            refusals.append(refusal.sentence)
    return answers.done(request, " ".join([_counted(moved, done), *dict.fromkeys(refusals)]))


def _position(request: HttpRequest) -> lifecycle.Positions:
    """What becomes of what a bot holds when it is stopped."""
    return "keep" if request.POST.get("position") == "keep" else "close"


def _move(request: HttpRequest, name: str, bot_id: UUID) -> HttpResponse:
    bot = MOVES[name](bot_id=bot_id, owner=answers.person(request).id, **_who(request))
    return answers.done(request, f"{bot.name} is {DONE[name]}.")


def _ids(request: HttpRequest) -> list[UUID]:
    try:
        found = [UUID(text) for text in (request.POST if request.method == "POST" else request.GET).getlist("bot")[:MOST_SELECTED]]
    except ValueError:
        raise Malformed("BAD_ID", "This is no id.") from None
    if not found:
        raise Malformed("NOTHING_SELECTED", "Select at least one bot.")
    return found


def _counted(count: int, what: str) -> str:
    return f"1 bot is {what}." if count == 1 else f"{count} bots are {what}."


def _who(request: HttpRequest) -> dict[str, Any]:
    who = actor.of(request)
    return {"actor": who.label, "request_id": who.request_id, "now": clock.now()}
