"""Trades: the list and its file."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_GET

from accounts.web import clock
from amarktai.dashboard import answers, csv_files
from amarktai.dashboard.pages import trades


@require_GET
@answers.member
def index(request: HttpRequest) -> HttpResponseBase:
    page = trades.build(user=answers.person(request), query=request.GET.dict(), now=clock.now())
    return answers.show(request, "pages/trades.html", current="trades", page=page)


@require_GET
@answers.member
def download(request: HttpRequest) -> HttpResponseBase:
    now = clock.now()
    rows = trades.table(user=answers.person(request), query=request.GET.dict(), now=now)
    return csv_files.answer(request, name=f"trades-{now:%Y-%m-%d}", head=trades.HEAD, rows=rows)
