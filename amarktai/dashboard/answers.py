"""How a page answers: shown inside the shell, done, refused, or "log in first". The same acts work with htmx and without."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.domain.identity import new_id
from accounts.domain.refusals import Malformed, Refusal, Throttled
from accounts.models import User
from accounts.realtime import wire
from accounts.web import clock, errors, throttle
from amarktai.dashboard.pages import shell

REFUSED_TAG = "refused"
MOST_KEY = 64

View = Callable[..., HttpResponseBase]


def member(view: View) -> View:
    """Only for people who are logged in; a refusal of what the view calls becomes a message or a page."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return log_in_first(request)
        request.wire_seq = wire.head(person=request.user.pk)  # type: ignore[attr-defined]  # before the page reads its figures
        try:
            must_be_text(request)
            return view(request, *args, **kwargs)
        except Refusal as refusal:
            return refused(request, refusal)

    return guarded


def must_be_text(request: HttpRequest) -> None:
    """Malformed for an address or a form with a character that no column holds."""
    if any("\x00" in text for given in (request.GET, request.POST) for _, texts in given.lists() for text in texts):
        raise Malformed("FORM_REFUSED", "The form holds a character that cannot be stored.")


def person(request: HttpRequest) -> User:
    """Behind `member` there is always one."""
    user = request.user
    if not isinstance(user, User):
        raise TypeError("this view is not behind `member`")
    return user


def log_in_first(request: HttpRequest) -> HttpResponse:
    """To the log-in page and afterwards back to where the person is now."""
    here = urlsplit(request.headers.get("HX-Current-URL", "")) if is_htmx(request) else urlsplit(request.get_full_path())
    back = f"{here.path}?{here.query}" if here.query else here.path
    target = f"{reverse('dashboard:login')}?{urlencode({'next': back or '/'})}"
    if is_htmx(request):
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return redirect(target)


def show(request: HttpRequest, template: str, *, current: str, page: Any, status: int = 200) -> HttpResponse:
    """A whole page; `page` is a frozen shape."""
    frame = shell.build(user=person(request), current=current, now=clock.now(), wire_seq=getattr(request, "wire_seq", 0))
    context = {"shell": frame, "page": page, "page_key": new_id().hex}
    return render(request, template, context, status=status)


def ask(request: HttpRequest, template: str, *, current: str, page: Any) -> HttpResponse:
    """A question before an act: the fragment for the dialog, or a page of its own: without htmx, and when such a page is asked for
    what has changed on it."""
    if is_htmx(request) and request.headers.get("HX-Target") != "live":
        return render(request, f"fragments/{template}", {"page": page})
    return show(request, f"pages/{template}", current=current, page=page)


def done(request: HttpRequest, sentence: str, *, to: str = "") -> HttpResponse:
    """The act is done and said so; the page asks for fresh figures, or goes to `to`. A question that was a page of its own has been
    answered and says itself where to go on."""
    messages.success(request, sentence)
    then = request.POST.get("then", "")
    to = to or (safe_next(request, then) if then else "")
    if not is_htmx(request):
        return redirect(to or _back(request))
    if to:
        return HttpResponse(status=204, headers={"HX-Redirect": to})
    answer = render(request, "parts/messages.html")
    answer.headers["HX-Trigger"] = "acted"
    return answer


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The rule's own sentence, with the status of the refusal."""
    if is_htmx(request):
        messages.add_message(request, messages.ERROR, refusal.sentence, extra_tags=REFUSED_TAG)
        return errors.with_headers(render(request, "parts/messages.html", status=refusal.status), refusal)
    if request.method == "POST":
        messages.add_message(request, messages.ERROR, refusal.sentence, extra_tags=REFUSED_TAG)
        return redirect(_back(request))
    context = {"message": refusal.sentence, "code": refusal.code, "request_id": getattr(request, "request_id", "")}
    return errors.with_headers(render(request, "404.html", context, status=refusal.status), refusal)


def admit(user: User) -> None:
    """Throttled when a person asks for acts on money faster than the API would let them."""
    wait = throttle.admit(rate=throttle.MONEY, who=str(user.id))
    if wait:
        raise Throttled("THROTTLED", f"Too many requests; wait {int(wait) + 1} seconds.", retry_after=int(wait) + 1)


def click_key(request: HttpRequest) -> str:
    """What the form carries, a new one each time it is opened. The row that the act makes (order, journal entry, bot) keeps it, so that
    the act happens once, however often its form arrives; a refused act, of which nothing stays, may be tried again."""
    key = request.POST.get("key", "")
    if not 0 < len(key) <= MOST_KEY:
        raise Malformed("NO_KEY", "Open the form again: it has lost the mark that makes a click count once.")
    return f"page:{key}"


def is_htmx(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def safe_next(request: HttpRequest, given: str) -> str:
    """A path of this site, else the overview."""
    ours = url_has_allowed_host_and_scheme(given, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return given if given and ours else reverse("dashboard:overview")


def _back(request: HttpRequest) -> str:
    came = urlsplit(request.headers.get("Referer", ""))
    return safe_next(request, f"{came.path}?{came.query}" if came.query else came.path)
