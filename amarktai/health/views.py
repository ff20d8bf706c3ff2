"""The doors of this room: /health for machines, /api/system/status for people."""

from __future__ import annotations

import dataclasses
from typing import Any, cast

import redis
from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.web import clock
from accounts.web.views import PersonalView
from amarktai.health import checks
from trading.queries import system


@never_cache
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """200 for ok and degraded, 503 for down."""
    found = checks.report(now=clock.now())
    body = {
        "status": found.status,
        "checks": {check.name: {"ok": check.ok, "detail": check.detail, "age_s": check.age_s} for check in found.checks},
    }
    down = found.status is checks.Status.DOWN
    return JsonResponse(body, status=503 if down else 200, headers={"Retry-After": "5"} if down else None)


@never_cache
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """This process answers; nothing else is asked."""
    return JsonResponse({"status": "ok"})


class SystemStatus(PersonalView):
    """Anonymous: version, mode and whether all is halted. Members: their part. Operators: everything."""

    permission_classes = (AllowAny,)

    @extend_schema(responses={200: {"type": "object"}}, operation_id="system_status")
    def get(self, request: Request) -> Response:
        user = request.user if isinstance(request.user, User) else None
        state = system.status(now=clock.now(), viewer=user)
        answer: dict[str, Any] = {
            "version": settings.VERSION,
            "mode": "PAPER",  # no live venue exists yet
            "halted": state.halted,
        }
        if user:
            answer |= dataclasses.asdict(state)
        if user and user.is_staff:
            answer |= {"flags": flags(), "queue_depths": queue_depths()}
        return Response(answer)


def flags() -> dict[str, bool]:
    """The switches of the policy."""
    return {name: value for name, value in dataclasses.asdict(settings.POLICY).items() if isinstance(value, bool)}


def queue_depths() -> dict[str, int] | None:
    """Messages that wait in the broker, and those that a worker has taken and not yet acknowledged; None without a broker."""
    patience = checks.PATIENCE_SECONDS
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=patience, socket_connect_timeout=patience) as wire:
            return {"celery": int(cast(int, wire.llen("celery"))), "unacknowledged": int(cast(int, wire.hlen("unacked")))}
    except redis.RedisError:
        return None
