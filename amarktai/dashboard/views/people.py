"""Alerts, audit trail and settings."""

from __future__ import annotations

from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.domain.refusals import Refusal
from accounts.operations import alerts as alert_operations
from accounts.operations import people as people_operations
from accounts.operations import second_factor
from accounts.web import actor, clock
from amarktai.dashboard import answers
from amarktai.dashboard.pages import asked
from amarktai.dashboard.pages import people as pages


@require_GET
@answers.member
def alerts(request: HttpRequest) -> HttpResponse:
    page = pages.alerts(user=answers.person(request), query=request.GET.dict(), now=clock.now())
    return answers.show(request, "pages/alerts.html", current="alerts", page=page)


@require_POST
@answers.member
def read(request: HttpRequest) -> HttpResponse:
    count = alert_operations.mark_read(user=answers.person(request), ids=None, now=clock.now())
    return answers.done(request, "1 alert is marked as read." if count == 1 else f"{count} alerts are marked as read.")


@require_GET
@answers.member
def audit(request: HttpRequest) -> HttpResponse:
    page = pages.audit(user=answers.person(request), query=request.GET.dict(), now=clock.now())
    return answers.show(request, "pages/audit.html", current="audit", page=page)


@require_GET
@answers.member
def settings(request: HttpRequest) -> HttpResponse:
    page = pages.settings(user=answers.person(request), credential=actor.of(request).credential, now=clock.now())
    return answers.show(request, "pages/settings.html", current="settings", page=page)


@require_POST
@answers.member
def profile(request: HttpRequest) -> HttpResponse:
    who, now = actor.of(request), clock.now()
    typed = {name: request.POST.get(name, "").strip() for name in ("email", "time_zone", "goal")}
    try:
        changes = {**typed, "goal": _goal(typed["goal"])}
        people_operations.change_profile(
            user_id=who.user.id, changes=changes, actor=who.label, request_id=who.request_id, now=now
        )
    except Refusal as refusal:
        page = pages.settings(user=who.user, credential=who.credential, now=now, error=refusal.sentence, typed=typed)
        return answers.show(request, "pages/settings.html", current="settings", page=page, status=refusal.status)
    return answers.done(request, "Your profile is saved.", to=reverse("dashboard:settings"))


@require_POST
@answers.member
def enroll(request: HttpRequest) -> HttpResponse:
    """Shows the seed once; it is not stored in the page's session."""
    who, now = actor.of(request), clock.now()
    enrolled = second_factor.enroll(user=who.user, now=now)
    page = pages.settings(user=who.user, credential=who.credential, now=now, enrolled=enrolled)
    return answers.show(request, "pages/settings.html", current="settings", page=page)


@require_POST
@answers.member
def confirm(request: HttpRequest) -> HttpResponse:
    """A wrong code asks again: the key is in the app already and is not shown twice."""
    who, now = actor.of(request), clock.now()
    try:
        second_factor.confirm(
            user=who.user, otp=request.POST.get("otp", "").strip(), actor=who.label, request_id=who.request_id, now=now
        )
    except Refusal as refusal:
        page = pages.settings(user=who.user, credential=who.credential, now=now, code_error=refusal.sentence)
        return answers.show(request, "pages/settings.html", current="settings", page=page, status=refusal.status)
    return answers.done(request, "The second factor is on.", to=reverse("dashboard:settings"))


def _goal(text: str) -> Decimal | None:
    return asked.amount(text, label="Goal", name="goal") if text else None
