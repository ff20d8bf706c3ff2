"""The emergency stop, its resume, and breaker resets. Stopping asks for nothing but the tap."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from accounts.models.token import Scope
from accounts.queries import factors
from accounts.web import actor, clock
from accounts.web.credentials import session_scopes
from amarktai.dashboard import answers
from amarktai.dashboard.pages import questions
from bots.queries import bots as bot_queries
from trading.operations import breaker, kill_switch
from trading.operations import stop as stopping


@require_http_methods(["GET", "POST"])
@answers.member
def stop(request: HttpRequest) -> HttpResponse:
    """An operator who logged in with a code stops everybody, anybody else their own bots."""
    everybody = Scope.ADMIN in session_scopes(request)
    if request.method == "GET":
        asks, now = actor.of(request), clock.now()
        enrolled = factors.status(user=asks.user, credential=asks.credential, now=now).enrolled
        page = questions.stop(user=asks.user, everybody=everybody, enrolled=enrolled, now=now)
        return answers.ask(request, "ask.html", current="risk", page=page)
    who = actor.operator_of(request) if everybody else actor.of(request)
    report = stopping.emergency_stop(
        scope="GLOBAL" if everybody else "USER", user=None if everybody else who.user.id, reason="",
        flatten=request.POST.get("flatten") == "yes", actor=who.label, request_id=who.request_id, now=clock.now(),
        policy=settings.POLICY,
    )  # fmt: skip
    return answers.done(request, questions.stopped(report))

@require_http_methods(["GET", "POST"])
@answers.member
def resume(request: HttpRequest, whose: str) -> HttpResponse:
    everybody = whose == "everybody"
    if request.method == "GET":
        asks = actor.of(request)
        factor = factors.status(user=asks.user, credential=asks.credential, now=clock.now())
        page = questions.resume(enrolled=factor.enrolled, everybody=everybody)
        return answers.ask(request, "ask.html", current="risk", page=page)
    who = actor.operator_of(request) if everybody else actor.of(request)
    stopping.emergency_resume(
        scope="GLOBAL" if everybody else "USER", user=None if everybody else who.user.id,
        reason=request.POST.get("reason", ""), otp=request.POST.get("otp", "").strip(), actor_user=who.user,
        request_id=who.request_id, now=clock.now(), kill_switch=kill_switch.exists(settings.DATA_DIR),
    )  # fmt: skip
    return answers.done(request, "The stop is lifted. Bots that it paused stay paused: filter them under Bots, tick and resume.")

@require_http_methods(["GET", "POST"])
@answers.member
def reset_bot(request: HttpRequest, bot_id: UUID) -> HttpResponse:
    user = answers.person(request)
    bot = bot_queries.one(owner=user.id, bot_id=bot_id)
    if request.method == "GET":
        return answers.ask(request, "ask.html", current="bots", page=questions.reset(bot=bot))
    return _reset(request, bot.id, f"The breaker of {bot.name} is reset. It waits for a resume.")

@require_http_methods(["GET", "POST"])
@answers.member
def reset_own(request: HttpRequest) -> HttpResponse:
    if request.method == "GET":
        return answers.ask(request, "ask.html", current="risk", page=questions.reset(bot=None))
    return _reset(request, None, "Your circuit breaker is reset. Bots wait for a resume.")

def _reset(request: HttpRequest, bot_id: UUID | None, sentence: str) -> HttpResponse:
    who = actor.of(request)
    breaker.reset(
        owner=who.user.id, bot_id=bot_id, reason=request.POST.get("reason", ""), actor=who.label, request_id=who.request_id,
        now=clock.now(),
    )  # fmt: skip
    return answers.done(request, sentence)
