"""What each process proves before it works: the strategies load, the database answers, its schema is current, the broker answers."""

from __future__ import annotations

from typing import cast

import psycopg
import redis
from django.conf import settings
from django.db import connection, connections
from django.db.backends.postgresql.base import DatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from psycopg.conninfo import conninfo_to_dict

from accounts.domain.refusals import Refusal
from amarktai.launcher.trouble import Trouble, unquoted
from bots import strategies

PATIENCE_SECONDS = 10


def prove(*, schema: bool = True) -> None:
    """Raise Trouble with one sentence at the first thing that is missing."""
    strategies_load()
    database_answers(settings.DATABASE_URL, named="DATABASE_URL")
    if schema:
        schema_is_current()
    broker_answers(settings.REDIS_URL)


def strategies_load() -> None:
    """Every plug-in is a strategy with a name of its own."""
    try:
        strategies.families()
    except Refusal as refusal:
        raise Trouble(refusal.sentence) from None


def database_answers(url: str, *, named: str) -> None:
    """Connect once, outside the pool."""
    try:
        parts = conninfo_to_dict(url)
        psycopg.connect(url, connect_timeout=PATIENCE_SECONDS).close()
    except psycopg.ProgrammingError as error:
        raise Trouble(f"{named} is not an address that PostgreSQL understands: {unquoted(error)}") from None
    except psycopg.OperationalError as error:
        host = str(parts.get("host") or "localhost")
        shown = host.rpartition("@")[2]  # an @ in a password that is not written %40 makes its end look like the host
        whom = f"{parts.get('user', '')}@{shown}/{parts.get('dbname', '')}"
        raise Trouble(f"The database {whom} does not answer, check {named}: {one_line(error).replace(host, shown)}") from None


def schema_is_current() -> None:
    """Every migration of the code is applied."""
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    finally:
        connection.close()
        postgres = cast(DatabaseWrapper, connections["default"])
        postgres.close_pool()  # processes that fork after this must not inherit the pool's threads
    if missing:
        first = missing[0][0]
        raise Trouble(
            f"The database lacks {len(missing)} migrations, the first is {first.app_label}.{first.name}: run manage.py migrate."
        )


def broker_answers(url: str) -> None:
    """Ping once."""
    try:
        with redis.Redis.from_url(url, socket_timeout=PATIENCE_SECONDS, socket_connect_timeout=PATIENCE_SECONDS) as wire:
            wire.ping()
    except ValueError as error:
        raise Trouble(f"REDIS_URL is not an address that Redis understands: {unquoted(error)}") from None
    except redis.RedisError as error:
        raise Trouble(f"The broker does not answer, check REDIS_URL: {one_line(error)}") from None


def one_line(error: Exception) -> str:
    """The error's words without line breaks."""
    return " ".join(str(error).split())
