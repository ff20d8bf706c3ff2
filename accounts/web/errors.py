"""Every error leaves in one shape: {"code", "message", "details"} with the request id; no stack, no internals."""

import json
import logging
import sys
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from rest_framework import exceptions
from rest_framework.response import Response

from accounts.domain.chain import facts
from accounts.domain.refusals import Forbidden, Malformed, Missing, Refusal, Throttled, Unauthenticated, Unavailable

log = logging.getLogger(__name__)
RETRY_AFTER_S = 5


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """The exception handler of the API; None lets an unforeseen error become a plain 500."""
    refusal = as_refusal(error)
    if refusal is None:
        return None
    return Response(body(refusal), status=refusal.status, headers=headers(refusal))


def headers(refusal: Refusal) -> dict[str, str]:
    """What an answer says beside its body: when to come back, or how to come in."""
    if refusal.status == 401:
        return {"WWW-Authenticate": "Bearer"}
    if refusal.status in (429, 503):
        return {"Retry-After": str(refusal.numbers.get("retry_after", RETRY_AFTER_S))}
    return {}


def with_headers(answer: HttpResponse, refusal: Refusal) -> HttpResponse:
    """A page that says no, with what it says beside its body."""
    for name, value in headers(refusal).items():
        answer.headers[name] = value
    return answer


def body(refusal: Refusal) -> dict[str, Any]:
    return {"code": refusal.code, "message": refusal.sentence, "details": facts(refusal.numbers)}


def as_refusal(error: Exception) -> Refusal | None:
    """The refusal that an anticipated exception stands for."""
    match error:
        case Refusal():
            return error
        case exceptions.ValidationError():
            return _invalid(error)
        case exceptions.NotAuthenticated():
            return Unauthenticated("NOT_AUTHENTICATED", "Log in first.")
        case exceptions.AuthenticationFailed():
            return Unauthenticated("TOKEN_INVALID", "This token is not valid or has expired.")
        case Http404() | exceptions.NotFound():
            return Missing("NOT_FOUND", "There is no such thing here.")
        case PermissionDenied() | exceptions.PermissionDenied():
            return Forbidden(*_forbidden(error))
        case exceptions.Throttled():
            wait = int(getattr(error, "wait", None) or RETRY_AFTER_S)
            return Throttled("THROTTLED", f"Too many requests; wait {wait} seconds.", retry_after=wait)
        case exceptions.APIException():
            refusal = Malformed(str(error.default_code).upper(), str(error.detail))
            refusal.status = error.status_code
            return refusal
        case RequestDataTooBig():
            return too_big()
        case OperationalError() | RedisConnectionError() | RedisTimeoutError():
            log.error("dependency.unavailable", extra={"error": type(error).__name__})
            return Unavailable("UNAVAILABLE", "A part of the system does not answer; try again soon.")
    return None


def too_big() -> Refusal:
    refusal = Malformed("BODY_TOO_BIG", "The request is too big.")
    refusal.status = 413
    return refusal


def answer(refusal: Refusal) -> JsonResponse:
    """For middleware and plain views."""
    return JsonResponse(body(refusal), status=refusal.status, headers=headers(refusal))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, Missing("NOT_FOUND", "There is no such page."), "404.html")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, Forbidden("FORBIDDEN", "You may not do this."), "403.html")


def server_error(request: HttpRequest) -> HttpResponse:
    """Django calls this while it handles the error: what does not answer for now is 503 on pages too, all else is ours to mend."""
    error = sys.exception()
    refusal = as_refusal(error) if isinstance(error, Exception) else None
    if isinstance(refusal, Unavailable):
        return _page(request, refusal, "503.html")
    failed = Refusal("INTERNAL_ERROR", "Something went wrong on our side; name the request id when you ask.")
    failed.status = 500
    failed.numbers = {"request_id": getattr(request, "request_id", "")}
    return _page(request, failed, "500.html")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _page(request, Forbidden("CSRF_FAILED", "The page is too old; reload it and try again."), "403.html")


def _page(request: HttpRequest, refusal: Refusal, template: str) -> HttpResponse:
    if request.path.startswith("/api/") or "text/html" not in request.headers.get("Accept", ""):
        return answer(refusal)
    context = {"code": refusal.code, "message": refusal.sentence, "request_id": getattr(request, "request_id", "")}
    return TemplateResponse(request, template, context, status=refusal.status, headers=headers(refusal)).render()


def _forbidden(error: Exception) -> tuple[str, str]:
    detail = str(getattr(error, "detail", "") or "You may not do this.")
    return ("CSRF_FAILED", detail) if detail.startswith("CSRF") else ("FORBIDDEN", detail)


def _invalid(error: exceptions.ValidationError) -> Refusal:
    details = json.loads(json.dumps(error.detail))
    fields = details if isinstance(details, dict) else {"non_field_errors": details}
    return Malformed("INVALID", _first_sentence(fields), fields=fields)


def _first_sentence(fields: dict[str, Any]) -> str:
    for name, found in fields.items():
        while isinstance(found, (list, dict)) and found:
            found = next(iter(found.values())) if isinstance(found, dict) else found[0]
        if found:
            return str(found) if name == "non_field_errors" else f"{name}: {found}"
    return "The input is not valid."
