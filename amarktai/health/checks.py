"""The checks behind /health: what is measured, what is too old, what it means for the whole. Reads only."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import redis
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection

from amarktai import scheduler
from bots.domain.candles import timeframe_seconds
from trading.queries import system

PATIENCE_SECONDS = 3
SIGN_OF_LIFE_SECONDS = 20.0  # two missed heartbeats of 10 s
TICK_GRACE_SECONDS = 30.0  # beyond two candles: fetching, queueing, deciding


class Status(StrEnum):
    OK = "ok"
    DEGRADED = "degraded"
    DOWN = "down"


@dataclass(frozen=True, kw_only=True)
class Check:
    """One measurement. Without a vital one nothing works at all."""

    name: str
    ok: bool
    detail: str
    age_s: float | None = None
    vital: bool = False


@dataclass(frozen=True, kw_only=True)
class Report:
    status: Status
    checks: tuple[Check, ...]


def report(*, now: datetime) -> Report:
    """All checks, and the verdict over them: down when a vital one fails, degraded when any other does."""
    checks = tuple(measured(now=now))
    failed = [check for check in checks if not check.ok]
    if any(check.vital for check in failed):
        status = Status.DOWN
    else:
        status = Status.DEGRADED if failed else Status.OK
    return Report(status=status, checks=checks)


def measured(*, now: datetime) -> Iterator[Check]:
    """Each check in turn; those that need the database are left out when it does not answer."""
    database = answers_database()
    broker = answers_broker()
    yield database
    yield broker
    if broker.ok:
        yield sign_of_beat()
    if not database.ok:
        return
    try:
        state = system.status(now=now)
    except DatabaseError:
        yield Check(name="tables", ok=False, detail="cannot be read; run manage.py migrate", vital=True)
        return
    yield sign_of_worker(state)
    yield from ticks(state)


def answers_database() -> Check:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return Check(name="database", ok=False, detail="does not answer", vital=True)
    return Check(name="database", ok=True, detail="answers", vital=True)


def answers_broker() -> Check:
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=PATIENCE_SECONDS, socket_connect_timeout=PATIENCE_SECONDS) as wire:
            wire.ping()
    except redis.RedisError:
        return Check(name="redis", ok=False, detail="does not answer", vital=True)
    return Check(name="redis", ok=True, detail="answers", vital=True)


def sign_of_beat() -> Check:
    """Beat leaves its time in the cache by the machine's clock, so its age is taken by that clock too."""
    signed = cache.get(scheduler.KEY)
    return alive("beat", None if signed is None else time.time() - signed)


def sign_of_worker(state: system.SystemStatus) -> Check:
    """A worker writes its heartbeat to the database, which proves both."""
    return alive("worker", min((beat.age_s for beat in state.heartbeats), default=None))


def alive(name: str, age_s: float | None) -> Check:
    """A sign of life that is young enough."""
    if age_s is None:
        return Check(name=name, ok=False, detail="has given no sign of life yet")
    ok = age_s <= SIGN_OF_LIFE_SECONDS
    return Check(name=name, ok=ok, detail="alive" if ok else "silent", age_s=round(age_s, 1))


def ticks(state: system.SystemStatus) -> Iterator[Check]:
    """Per venue and timeframe: the slowest market's last tick is not older than two candles and a little."""
    if not state.ticks:
        yield Check(name="ticks", ok=True, detail="no market has been ticked yet")
    for tick in state.ticks:
        allowed = 2 * timeframe_seconds(tick.timeframe) + TICK_GRACE_SECONDS
        ok = tick.oldest_s is not None and tick.oldest_s <= allowed
        yield Check(
            name=f"tick {tick.venue} {tick.timeframe}",
            ok=ok,
            detail=f"{tick.markets} markets" if ok else f"{tick.markets} markets, the slowest is late",
            age_s=tick.oldest_s,
        )
