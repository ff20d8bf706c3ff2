"""What wraps every request: an id for logs and audit, refusal of texts no door can use, headers that protect the browser."""

import re
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from accounts.domain.identity import new_id
from accounts.domain.refusals import Malformed
from accounts.web.errors import answer

Handler = Callable[[HttpRequest], HttpResponse]

_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_LONGEST_QUERY = 4096
_COMMON = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
)
STRICT = _COMMON + "script-src 'self'"
# The admin theme evaluates expressions in attributes; only the console's pages get this.
CONSOLE = _COMMON + "script-src 'self' 'unsafe-inline' 'unsafe-eval'"


def request_ids(get_response: Handler) -> Handler:
    """Takes a well-formed X-Request-ID over, else makes one; logs and audit rows carry it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _ID.fullmatch(given) else new_id().hex
        request.request_id = request_id  # type: ignore[attr-defined]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        response = get_response(request)
        response["X-Request-ID"] = request_id
        return response

    return middleware


def limits(get_response: Handler) -> Handler:
    """A NUL in an address reaches no query, and an address is not a book."""

    def middleware(request: HttpRequest) -> HttpResponse:
        query = request.META.get("QUERY_STRING", "")
        if "%00" in query or "\x00" in query or "\x00" in request.path:
            return answer(Malformed("ADDRESS_REFUSED", "The address holds a character that cannot be used."))
        if len(query) > _LONGEST_QUERY:
            return answer(Malformed("ADDRESS_REFUSED", f"The query has more than {_LONGEST_QUERY} characters."))
        return get_response(request)

    return middleware


def security_headers(get_response: Handler) -> Handler:
    """Strict content policy without inline script, no sniffing, no frames, nothing private in caches."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        match = request.resolver_match
        in_console = match is not None and "admin" in match.app_names
        response.headers.setdefault("Content-Security-Policy", CONSOLE if in_console else STRICT)
        response.headers.setdefault("Cache-Control", "no-store, private")
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("X-Frame-Options", "DENY")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        return response

    return middleware
