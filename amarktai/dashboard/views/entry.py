"""Register, log in, log out."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.domain.refusals import Refusal, Throttled
from accounts.operations import people
from accounts.web import actor, clock, throttle
from amarktai.dashboard import answers
from amarktai.dashboard.shapes.people import Gate


@require_http_methods(["GET", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """With a code the session counts as verified. A wrong code says so; whether a name exists is never told."""
    if request.method == "GET":
        return _gate(request, "login")
    try:
        answers.must_be_text(request)
        _throttle(request)
        people.login(
            request=request, username=request.POST.get("username", ""), password=request.POST.get("password", ""),
            otp=request.POST.get("otp", "").strip(), now=clock.now(),
        )  # fmt: skip
    except Refusal as refusal:
        return _gate(request, "login", refusal)
    return redirect(answers.safe_next(request, request.POST.get("next", "")))


@require_http_methods(["GET", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    if request.method == "GET":
        return _gate(request, "register")
    given = {name: request.POST.get(name, "") for name in ("username", "password")}
    now = clock.now()
    try:
        answers.must_be_text(request)
        _throttle(request)
        people.register(**given, email=request.POST.get("email", ""), request_id=getattr(request, "request_id", ""), now=now)
        people.login(request=request, **given, otp="", now=now)
    except Refusal as refusal:
        return _gate(request, "register", refusal)
    return redirect("dashboard:overview")


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        people.logout(request=request, credential=actor.of(request).credential)
    return redirect("dashboard:login")


def _gate(request: HttpRequest, which: str, refusal: Refusal | None = None) -> HttpResponse:
    """The form, with what was typed (never the password) and the sentence of the refusal."""
    if request.user.is_authenticated and refusal is None:
        return redirect("dashboard:overview")
    page = Gate(
        username=request.POST.get("username", ""),
        email=request.POST.get("email", ""),
        error=refusal.sentence if refusal else "",
        next=request.POST.get("next", request.GET.get("next", "")),
        code=refusal is not None and refusal.code.startswith("OTP_"),
    )
    return render(request, f"pages/{which}.html", {"page": page}, status=refusal.status if refusal else 200)


def _throttle(request: HttpRequest) -> None:
    wait = throttle.admit(rate=throttle.AUTH, who=request.META.get("REMOTE_ADDR") or "local")
    if wait:
        raise Throttled("THROTTLED", f"Too many tries; wait {int(wait) + 1} seconds.", retry_after=int(wait) + 1)
