"""Acts on money and orders: deposit, withdraw, cancel. Each asks first and says what it will do."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from accounts.web import actor, clock
from amarktai.dashboard import answers
from amarktai.dashboard.pages import asked, questions
from amarktai.dashboard.pages import money as money_page
from ledger.domain import spoken
from ledger.operations import funding
from trading.operations import cancel as cancelling
from trading.queries import orders

MODE = "PAPER"


@require_http_methods(["GET", "POST"])
@answers.member
def deposit(request: HttpRequest) -> HttpResponse:
    """Paper money into the wallet at the asked venue; the wallet is opened with its first deposit."""
    user = answers.person(request)
    venue = _venue(request)
    if request.method == "GET":
        return answers.ask(request, "transfer.html", current="money", page=money_page.deposit(user=user, venue=venue))
    answers.admit(user)
    amount, asset, now = _amount(request), request.POST.get("asset", ""), clock.now()
    who = actor.of(request)
    funding.deposit_at(
        owner=user, venue=venue, mode=MODE, asset=asset, amount=amount, actor=who.label,
        request_id=who.request_id, now=now, external_id=answers.click_key(request),
    )  # fmt: skip
    return answers.done(request, f"{spoken.amount(amount, asset)} is deposited.")


@require_http_methods(["GET", "POST"])
@answers.member
def withdraw(request: HttpRequest) -> HttpResponse:
    user = answers.person(request)
    venue = _venue(request)
    if request.method == "GET":
        return answers.ask(request, "transfer.html", current="money", page=money_page.withdraw(user=user, venue=venue))
    answers.admit(user)
    amount, asset = _amount(request), request.POST.get("asset", "")
    wallet = money_page.wallet_at(user=user, venue=venue)
    who = actor.of(request)
    funding.withdraw(
        wallet=wallet, asset=asset, amount=amount, actor=who.label, request_id=who.request_id, now=clock.now(),
        external_id=answers.click_key(request),
    )  # fmt: skip
    return answers.done(request, f"{spoken.amount(amount, asset)} is withdrawn.")


def _amount(request: HttpRequest) -> Decimal:
    return asked.amount(request.POST.get("amount", ""), label="Amount", name="amount")


def _venue(request: HttpRequest) -> str:
    """What the form or the address names; without a name the one that everybody begins with."""
    return money_page.known_venue((request.POST.get("venue") or request.GET.get("venue") or "")[:20])


@require_http_methods(["GET", "POST"])
@answers.member
def cancel(request: HttpRequest, order_id: UUID) -> HttpResponse:
    user, who = answers.person(request), actor.of(request)
    order = orders.one(owner=user.id, order_id=order_id)
    if request.method == "GET":
        return answers.ask(request, "ask.html", current="orders", page=questions.cancel(order=order))
    cancelling.cancel(owner=user.id, order_id=order.id, actor=who.label, request_id=who.request_id, now=clock.now())
    return answers.done(request, "The cancellation is asked for; the order shows when the venue has confirmed it.")


@require_http_methods(["GET", "POST"])
@answers.member
def cancel_all(request: HttpRequest) -> HttpResponse:
    user, who = answers.person(request), actor.of(request)
    if request.method == "GET":
        return answers.ask(request, "ask.html", current="orders", page=questions.cancel_all(user=user))
    report = cancelling.cancel_all(owner=user.id, actor=who.label, request_id=who.request_id, now=clock.now())
    left = f" {report.open} may still be working at a venue." if report.open else ""
    return answers.done(request, f"{report.cancelled} orders are cancelled.{left}")
