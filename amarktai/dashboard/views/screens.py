"""The screens that only show: overview, money, profits, risk, stages, more."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from accounts.web import clock
from amarktai.dashboard import answers
from amarktai.dashboard.pages import money as money_page
from amarktai.dashboard.pages import overview as overview_page
from amarktai.dashboard.pages import profits as profits_page
from amarktai.dashboard.pages import risk as risk_page
from amarktai.dashboard.pages import stages as stages_page


@require_GET
@answers.member
def overview(request: HttpRequest) -> HttpResponse:
    page = overview_page.build(user=answers.person(request), range_name=request.GET.get("range", ""), now=clock.now())
    return answers.show(request, "pages/overview.html", current="overview", page=page)


@require_GET
@answers.member
def money(request: HttpRequest) -> HttpResponse:
    page = money_page.build(user=answers.person(request), query=request.GET.dict(), now=clock.now())
    return answers.show(request, "pages/money.html", current="money", page=page)


@require_GET
@answers.member
def profits(request: HttpRequest) -> HttpResponse:
    page = profits_page.build(user=answers.person(request), query=request.GET.dict(), now=clock.now())
    return answers.show(request, "pages/profits.html", current="profits", page=page)


@require_GET
@answers.member
def risk(request: HttpRequest) -> HttpResponse:
    page = risk_page.build(user=answers.person(request), query=request.GET.dict(), now=clock.now())
    return answers.show(request, "pages/risk.html", current="risk", page=page)


@require_GET
@answers.member
def stages(request: HttpRequest) -> HttpResponse:
    page = stages_page.build(user=answers.person(request), query=request.GET.dict(), now=clock.now())
    return answers.show(request, "pages/stages.html", current="stages", page=page)


@require_GET
@answers.member
def more(request: HttpRequest) -> HttpResponse:
    """The phone's fifth door: what does not fit into the bottom bar."""
    return answers.show(request, "pages/more.html", current="more", page=None)
