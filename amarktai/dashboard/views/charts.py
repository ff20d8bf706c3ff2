"""The data behind the drawings, as JSON for the page's own scripts. The API has the same figures for everybody else."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from accounts.web import clock
from amarktai.dashboard import answers
from amarktai.dashboard.pages import bot as bot_page
from amarktai.dashboard.pages import curves, profits
from bots.queries import bots as bot_queries


@require_GET
@answers.member
def equity(request: HttpRequest) -> HttpResponse:
    found = curves.equity_answer(user=answers.person(request), range_name=request.GET.get("range", ""), now=clock.now())
    return JsonResponse(found)


@require_GET
@answers.member
def profit(request: HttpRequest) -> HttpResponse:
    return JsonResponse(curves.profit_answer(user=answers.person(request), now=clock.now()))


@require_GET
@answers.member
def periods(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"points": profits.points(user=answers.person(request), query=request.GET.dict(), now=clock.now())})


@require_GET
@answers.member
def bot(request: HttpRequest, bot_id: UUID) -> HttpResponse:
    found = bot_queries.one(owner=answers.person(request).id, bot_id=bot_id)
    return JsonResponse(curves.candles_answer(bot=found, candles=bot_page.span_of(request.GET.dict())))
