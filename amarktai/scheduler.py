"""The beat process: the static table, sent by one beat at a time, and a sign of life. It must not decide anything: losing it costs
time, not money, and two at once would cost nothing either, because every task may be sent twice.
"""

from __future__ import annotations

import time
from typing import Any

import psycopg
import redis
import structlog
from celery.beat import Scheduler as Plain
from django.conf import settings
from django.core.cache import cache

KEY = "amarktai:beat"
SIGN_SECONDS = 5
FORGOTTEN_SECONDS = 3600
TURN = 0x414D_4245_4154  # "AMBEAT": the key of the advisory lock that the one beat holds which sends
STANDBY_SECONDS = 1.0
# A server notices within about 20 s that a beat's machine has gone; that a process has ended it notices at once.
LINE: dict[str, Any] = {"connect_timeout": 5, "keepalives_idle": 5, "keepalives_interval": 5, "keepalives_count": 3}
SERVER_SIDE = "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"

log = structlog.get_logger()


class Turn:
    """Whose turn it is to send: a lock of the database's, which ends with its holder's connection, however that ends."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.connection: psycopg.Connection | None = None
        self.held = False

    def mine(self) -> bool:
        """Whether this process holds the lock at this moment, taking it when it is free. False while the database is away."""
        try:
            if self.connection is None:
                self.connection = psycopg.connect(self.url, autocommit=True, options=SERVER_SIDE, **LINE)
            ask = "SELECT true" if self.held else f"SELECT pg_try_advisory_lock({TURN})"
            row = self.connection.execute(ask).fetchone()
        except psycopg.OperationalError:
            self.let_go()
            return False
        self.held = row is not None and bool(row[0])
        return self.held

    def let_go(self) -> None:
        """End the connection, and the lock with it."""
        self.held = False
        if self.connection is not None:
            self.connection.close()
            self.connection = None


class Scheduler(Plain):
    """Celery's in-memory scheduler that sends only in its turn and leaves its time in the cache."""

    def __init__(self, *arguments: Any, lazy: bool = False, **named: Any) -> None:
        self.signed = 0.0
        self.led: bool | None = None
        self.turn = Turn(settings.DATABASE_URL)
        super().__init__(*arguments, lazy=lazy, **named)

    def tick(self, *arguments: Any, **named: Any) -> float:
        """Send what is due; the answer is how long to sleep. A beat that stands by sends nothing and asks again soon."""
        leads = self.turn.mine()
        if leads != self.led:
            self.led = leads
            log.warning("beat.leads" if leads else "beat.stands_by", lock=TURN)
        if not leads:
            return STANDBY_SECONDS
        wait = super().tick(*arguments, **named)
        self.sign(time.time())
        return min(wait, SIGN_SECONDS)

    def sign(self, now: float) -> None:
        """Leave the time for /health to read. Without a broker there is nowhere to leave it, and /health says so itself."""
        if now - self.signed < SIGN_SECONDS:
            return
        self.signed = now
        try:
            cache.set(KEY, now, FORGOTTEN_SECONDS)
        except redis.RedisError as error:
            log.warning("beat.sign_not_left", error=type(error).__name__)

    def close(self) -> None:
        """At the end of the process: the next one need not wait."""
        super().close()
        self.turn.let_go()
