"""Closing positions by hand: a bot's, or coins that no bot holds. Each asks first; a code is wanted under a full halt only."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from accounts.domain.refusals import Refusal
from accounts.web import actor, clock
from amarktai.dashboard import answers
from amarktai.dashboard.pages import coins, filling, orders, questions
from bots.queries import bots as bot_queries
from ledger.models import Mode
from trading.models.order import State
from trading.operations import closing, kill_switch


@require_http_methods(["GET", "POST"])
@answers.member
def bot(request: HttpRequest, bot_id: UUID) -> HttpResponse:
    who, now = actor.of(request), clock.now()
    found = bot_queries.one(owner=who.user.id, bot_id=bot_id)
    if request.method == "GET":
        page = questions.close_bot(bot=found, user=who.user, credential=who.credential, now=now)
        return answers.ask(request, "ask.html", current="bots", page=page)
    return _close(request, closing.Wanted(bot=found.id))


@require_http_methods(["GET", "POST"])
@answers.member
def manual(request: HttpRequest) -> HttpResponse:
    who, now = actor.of(request), clock.now()
    given = request.POST if request.method == "POST" else request.GET
    mode = given.get("mode", Mode.PAPER)
    place = closing.Wanted(venue=given.get("venue", "")[:20], symbol=given.get("symbol", "")[:41], mode=mode[:5])
    if request.method == "GET":
        page = questions.close_coins(
            place=place, coins=coins.of(user=who.user), user=who.user, credential=who.credential, now=now
        )
        return answers.ask(request, "ask.html", current="money", page=page)
    return _close(request, place)


def _close(request: HttpRequest, wanted: closing.Wanted) -> HttpResponse:
    """Asked again while the closing order works it answers with that one, so a second click changes nothing."""
    who = actor.of(request)
    answers.admit(who.user)
    sent = closing.close(
        user=who.user, wanted=wanted, otp=request.POST.get("otp", "").strip(), **who.signs(), policy=settings.POLICY,
        kill_switch=partial(kill_switch.exists, settings.DATA_DIR),
    )  # fmt: skip
    if all(order.state == State.REFUSED for order in sent):
        raise Refusal(sent[0].refusal, orders.refusal(sent[0]))
    return answers.done(request, f"Being sold at the market. {filling.of(sent[0], zone=who.user.time_zone)} The order shows under Orders.")
