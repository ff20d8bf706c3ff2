"""Orders: the list, its file, one order, and an order by hand."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from accounts.domain.refusals import Refusal
from accounts.web import actor, clock
from amarktai.dashboard import answers, csv_files
from amarktai.dashboard.pages import new_order
from amarktai.dashboard.pages import orders as pages
from trading.models.order import Order, State
from trading.operations import kill_switch, submit
from trading.queries import orders

MOST_STATUS = 422  # a page that says why a venue cannot answer now is no failure of ours, and scripts would not show it


@require_GET
@answers.member
def index(request: HttpRequest) -> HttpResponse:
    page = pages.build(user=answers.person(request), query=request.GET.dict(), now=clock.now())
    return answers.show(request, "pages/orders.html", current="orders", page=page)


@require_GET
@answers.member
def download(request: HttpRequest) -> HttpResponseBase:
    now = clock.now()
    rows = pages.table(user=answers.person(request), query=request.GET.dict())
    return csv_files.answer(request, name=f"orders-{now:%Y-%m-%d}", head=pages.HEAD, rows=rows)


@require_GET
@answers.member
def one(request: HttpRequest, order_id: UUID) -> HttpResponse:
    user = answers.person(request)
    page = pages.one(order=orders.one(owner=user.id, order_id=order_id), user=user, now=clock.now())
    return answers.show(request, "pages/order.html", current="orders", page=page)


@require_http_methods(["GET", "POST"])
@answers.member
def new(request: HttpRequest) -> HttpResponse:
    """The form; a refusal, of the form or of a gate, shows it again with what was typed."""
    typed = (request.POST if request.method == "POST" else request.GET).dict()
    refusal, order_url = None, ""
    if request.method == "POST":
        try:
            order = _place(request, typed)
        except Refusal as said:
            refusal = said
        else:
            order_url = reverse("dashboard:order", args=[order.id])
            if order.state != State.REFUSED:
                return _placed(request, order_url)
            refusal = Refusal(order.refusal, pages.refusal(order))
    page = new_order.build(user=answers.person(request), typed=typed, refusal=refusal, order_url=order_url, now=clock.now())
    status = min(refusal.status, MOST_STATUS) if refusal else 200
    return answers.show(request, "pages/order_new.html", current="orders", page=page, status=status)


def _place(request: HttpRequest, typed: dict[str, str]) -> Order:
    """The key of the form makes two arrivals of one click one order, for ever."""
    who = actor.of(request)
    body, key = new_order.read(typed, zone=who.user.time_zone), answers.click_key(request)
    answers.admit(who.user)
    return submit.submit_manual(
        owner=who.user.id, body=body, key=key, actor=who.label, request_id=who.request_id, now=clock.now(),
        policy=settings.POLICY, kill_switch=partial(kill_switch.exists, settings.DATA_DIR),
    )  # fmt: skip


def _placed(request: HttpRequest, order_url: str) -> HttpResponse:
    messages.success(request, "The order has passed the gates. This page shows what the venue says of it.")
    if answers.is_htmx(request):
        return HttpResponse(status=204, headers={"HX-Redirect": order_url})
    return HttpResponseRedirect(order_url)
