"""The checks behind /health: what is measured, what is too old, what it means for the whole. Reads only."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import cast

import psycopg
import redis
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.backends.postgresql.base import DatabaseWrapper

from amarktai import scheduler
from bots.domain.candles import timeframe_seconds
from trading.queries import system

PATIENCE_SECONDS = 2  # with the database and with the broker each: whoever asks wants to know now
STARTED = time.monotonic()
SIGN_OF_LIFE_SECONDS = 20.0  # two missed heartbeats of 10 s
TICK_GRACE_SECONDS = 30.0  # beyond two candles: fetching, queueing, deciding
MARKET_DATA_SECONDS = 150.0  # every market of a live venue is looked at each minute: two of those and the same grace
LEDGER_SECONDS = 3_600.0  # a pass over all wallets ends, a quarter of an hour goes by, and the next one ends


class Status(StrEnum):
    OK = "ok"
    DEGRADED = "degraded"
    DOWN = "down"


@dataclass(frozen=True, kw_only=True)
class Check:
    """One measurement. Without a vital one nothing works at all; of an `absent` one there is nothing to measure, and need not be."""

    name: str
    ok: bool
    detail: str
    age_s: float | None = None
    vital: bool = False
    absent: bool = False


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
    yield Check(name="web", ok=True, detail="answers, since its start", age_s=round(time.monotonic() - STARTED, 1))
    database = answers_database()
    broker = answers_broker()
    yield database
    yield broker
    if broker.ok:
        yield sign_of_beat()
    if not database.ok:
        return
    try:
        found = state(now=now)
    except OperationalError as error:
        slow = isinstance(error.__cause__, psycopg.errors.QueryCanceled)  # it answers, but late: no reason to end anything
        yield Check(name="tables", ok=False, detail="cannot be read in time: the database is too busy", vital=not slow)
        return
    except DatabaseError:
        yield Check(name="tables", ok=False, detail="cannot be read; run manage.py migrate", vital=True)
        return
    yield sign_of_worker(found)
    yield sign_of_watch(found)
    yield from ticks(found)
    yield from market_data(found)
    yield proof_of_ledger(found.ledger)


def state(*, now: datetime) -> system.SystemStatus:
    """What the platform knows of itself, or OperationalError soon: neither a lock nor an exhausted pool is waited for long."""
    with at_once():
        return system.status(now=now)


@contextmanager
def at_once() -> Iterator[None]:
    """Reading with little patience, in a transaction that leaves nothing behind."""
    database = cast(DatabaseWrapper, connection)
    if database.connection is None and database.pool is not None:
        try:
            database.pool.open()  # whoever is first in a process does; once it is open this does nothing
            database.pool.putconn(database.pool.getconn(timeout=PATIENCE_SECONDS))
        except psycopg.OperationalError as error:
            raise OperationalError(str(error)) from error
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = '{PATIENCE_SECONDS}s'")
        try:
            yield
        finally:
            transaction.set_rollback(True)


def answers_database() -> Check:
    """Over a connection of its own: the pool's would be waited for much longer when the server is gone."""
    try:
        psycopg.connect(settings.DATABASE_URL, connect_timeout=PATIENCE_SECONDS).close()
    except psycopg.OperationalError:
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
    return alive("worker", age_of("worker", state))


def sign_of_watch(state: system.SystemStatus) -> Check:
    """The watch cancels orders when all else is silent. Where there is none that is said, and nothing is late."""
    age = age_of("watch", state)
    if age is None:
        return Check(name="watch", ok=True, detail="no watch process on this server", absent=True)
    return alive("watch", age)


def age_of(process: str, state: system.SystemStatus) -> float | None:
    return next((beat.age_s for beat in state.heartbeats if beat.process == process), None)


def alive(name: str, age_s: float | None) -> Check:
    """A sign of life that is young enough."""
    if age_s is None:
        return Check(name=name, ok=False, detail="has given no sign of life yet")
    ok = age_s <= SIGN_OF_LIFE_SECONDS
    return Check(name=name, ok=ok, detail="alive" if ok else "silent", age_s=round(age_s, 1))


def ticks(state: system.SystemStatus) -> Iterator[Check]:
    """Per venue and timeframe: the slowest market's last tick is not older than two candles and a little."""
    if not state.ticks:
        yield Check(name="ticks", ok=True, detail="no market has been ticked yet", absent=True)
    for tick in state.ticks:
        allowed = 2 * timeframe_seconds(tick.timeframe) + TICK_GRACE_SECONDS
        ok = tick.oldest_s is not None and tick.oldest_s <= allowed
        yield Check(
            name=f"tick {tick.venue} {tick.timeframe}",
            ok=ok,
            detail=f"{tick.markets} markets" if ok else f"{tick.markets} markets, the slowest is late",
            age_s=tick.oldest_s,
        )


def market_data(state: system.SystemStatus) -> Iterator[Check]:
    """Per live venue: the market of which the least is known has a quote or a candle that is young enough."""
    if not state.market_data:
        yield Check(name="market data", ok=True, detail="no live venue has been asked yet", absent=True)
    for data in state.market_data:
        ok = data.oldest_s <= MARKET_DATA_SECONDS
        yield Check(
            name=f"market data {data.venue}",
            ok=ok,
            detail=f"{data.markets} markets" if ok else f"{data.markets} markets, the stalest is old",
            age_s=data.oldest_s,
        )


def proof_of_ledger(last: system.Proof | None) -> Check:
    """The last time that every wallet was proven held, and is not long ago."""
    if last is None:
        return Check(name="ledger", ok=False, detail="has not been verified yet")
    if not last.ok:
        return Check(name="ledger", ok=False, detail="does not hold: run manage.py verify_ledger", age_s=last.age_s)
    young = last.age_s <= LEDGER_SECONDS
    detail = "holds" if young else "held when it was last proven, but that is long ago"
    return Check(name="ledger", ok=young, detail=detail, age_s=last.age_s)
