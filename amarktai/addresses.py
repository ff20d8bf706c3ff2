"""What the addresses of database and broker mean to Django and to Celery. It must not read the environment."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from amarktai.launcher.trouble import unquoted


def database(url: str, *, pool_size: int) -> dict[str, Any]:
    """A Django database from a libpq address; what Django has no name for goes to the driver."""
    try:
        parts: dict[str, Any] = dict(conninfo_to_dict(url))
    except ProgrammingError as error:
        raise ImproperlyConfigured(f"DATABASE_URL is not an address that PostgreSQL understands: {unquoted(error)}") from None
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", ""),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "CONN_MAX_AGE": 0,  # the pool keeps connections; under ASGI an age would exhaust the server
        "CONN_HEALTH_CHECKS": True,  # the pool looks before it hands one out: a revived server costs nobody an error
        "OPTIONS": {
            "connect_timeout": 10,
            **parts,
            "prepare_threshold": 2,  # of `accounts.queries.sql`; a pooler in between must keep prepared statements (PgBouncer 1.21)
            "pool": {"min_size": 0, "max_size": pool_size, "timeout": 10},
        },
    }


def celery_broker(url: str) -> str:
    """Celery's spelling of a Redis address: its sockets are `redis+socket://` with a `virtual_host`."""
    parts = urlsplit(url)
    if parts.scheme != "unix":
        return url
    number = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair).get("db", "0")
    return f"redis+socket://{unquote(parts.path)}?virtual_host={number}"
