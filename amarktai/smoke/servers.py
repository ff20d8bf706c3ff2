"""The servers and processes behind the pages, as this installation's settings name them."""

from __future__ import annotations

import uuid
from time import monotonic, sleep
from typing import Any, LiteralString

import psycopg
import redis
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError
from kombu.exceptions import OperationalError as BrokerError

from amarktai import tasks
from amarktai.health import checks, proof
from amarktai.launcher.trouble import Trouble
from amarktai.smoke.check import PATIENCE_SECONDS, Check, Failed, Late, Target
from trading.queries import system

PAUSE_SECONDS = 0.02


def database(target: Target) -> str:
    """It answers and takes writes."""
    read_only, version, whom = told(
        "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::bool, current_setting('server_version'), current_user"
    )
    if read_only:
        raise Failed("The database takes no writes.")
    return f"PostgreSQL {version} as {whom}"


def told(sql: LiteralString) -> tuple[Any, ...]:
    """One row over a connection of its own: waiting for the pool of a dead server takes much longer."""
    try:
        with psycopg.connect(settings.DATABASE_URL, connect_timeout=PATIENCE_SECONDS, autocommit=True) as connection:
            return connection.execute(sql).fetchone() or ()
    except psycopg.Error as error:
        raise Failed(f"The database does not answer: {proof.one_line(error)}") from None


def state(target: Target) -> system.SystemStatus:
    """What the platform knows of itself, as its operators see it."""
    told("SELECT 1")
    try:
        return checks.state(now=target.now)
    except DatabaseError as error:
        raise Failed(f"The database has no state to read: {proof.one_line(error)}") from None


def broker(target: Target) -> str:
    try:
        proof.broker_answers(settings.REDIS_URL)
    except Trouble as trouble:
        raise Failed(str(trouble)) from None
    return "answers"


def worker_round_trip(target: Target) -> str:
    """A message of no weight goes to a worker, and its answer comes back. It expires when nobody takes it."""
    broker(target)
    nonce, began = uuid.uuid4().hex, monotonic()
    try:
        tasks.ping.apply_async(args=[nonce], expires=PATIENCE_SECONDS, retry=False)
        while not cache.get(tasks.ping_key(nonce)):
            if monotonic() - began > PATIENCE_SECONDS:
                raise Late(f"No worker answered within {PATIENCE_SECONDS} s.")
            sleep(PAUSE_SECONDS)
    except (BrokerError, redis.RedisError) as error:
        raise Failed(f"The broker broke off: {proof.one_line(error)}") from None
    return f"{1000 * (monotonic() - began):.0f} ms"


def beat_age(target: Target) -> str:
    broker(target)
    return young(checks.sign_of_beat())


def heartbeat_age(target: Target) -> str:
    """A worker wrote to the database not long ago."""
    return young(checks.sign_of_worker(state(target)))


def young(*found: checks.Check) -> str:
    """The measurements of /health in words, or Late with those that are not well."""
    lines = [f"{one.name}: {one.detail}" + ("" if one.age_s is None else f", {max(one.age_s, 0):.0f} s ago") for one in found]
    bad = [line for one, line in zip(found, lines, strict=True) if not one.ok]
    if bad:
        raise Late("; ".join(bad) + ".")
    return "; ".join(lines)


CHECKS = (
    Check("database", database),
    Check("broker", broker),
    Check("worker round trip", worker_round_trip),
    Check("beat age", beat_age),
    Check("heartbeat age", heartbeat_age),
)
