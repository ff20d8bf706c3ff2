"""P6: from the commit to a thousand browsers, one message of its own to each person; beside bare fan-out under the same server."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from statistics import median, quantiles
from typing import IO
from uuid import UUID

from django.conf import settings
from django.db import transaction
from knox.models import get_digest_token
from knox.settings import CONSTANTS
from psycopg.conninfo import make_conninfo

from accounts.domain.identity import new_id
from accounts.models import ApiToken, User
from accounts.queries import broker
from accounts.realtime import wire
from trading.bench import fanout
from trading.bench.rounds import Row, Size, say
from trading.domain.policy import Policy

PATIENCE_S = 60.0
BUDGET_S = 0.1


def sockets(size: Size, policy: Policy) -> list[Row]:
    """Rounds of both take turns. A server of each, all browsers in a third process; the publisher is this one, as a worker is."""
    people = _people(size.sockets)
    ours, bare = _free_port(), _free_port()
    asked = [(ours, "/ws/", token) for token in people.values()] + [(bare, f"/{person.hex}", "") for person in people]
    with ExitStack() as stack:
        stack.enter_context(_process("manage.py", "serve", "web", "--port", str(ours)))
        server = ("-m", "uvicorn", "fanout:application", "--app-dir", "trading/bench", "--port", str(bare), "--lifespan", "off")
        stack.enter_context(_process(*server, "--log-level", "warning", "--ws-per-message-deflate", "false"))
        _wait_for(ours, bare)
        browsers = stack.enter_context(_process("trading/bench/browsers.py"))
        to, back = _pipes(browsers)
        to.write(json.dumps(asked) + "\n")
        to.flush()
        assert json.loads(back.readline()) == "ready"
        acts = {"bare fan-out": lambda: _publish_bare(people), "ours": lambda: _publish(people)}
        found: dict[str, list[float]] = {name: [] for name in acts}
        for _ in range(2 * size.rounds + 1):
            for name, act in acts.items():
                found[name].append(_p99(act, back))
    for name, each in found.items():
        say(f"{name}, p99 of a round: {' '.join(f'{one * 1000:.0f}' for one in each[1:])} ms")
    mine, reference = median(found["ours"][1:]), median(found["bare fan-out"][1:])
    told = {"unit": "s", "ours": mine, "n": len(people), "rounds": 2 * size.rounds}
    return [
        Row(name=f"P6 commit to {len(people):,} sockets, p99 / bare fan-out", reference=reference, **told),  # type: ignore[arg-type]
        Row(name=f"P6 commit to {len(people):,} sockets, p99 / budget", reference=BUDGET_S, **told),  # type: ignore[arg-type]
    ]


def _p99(act: Callable[[], None], back: IO[str]) -> float:
    act()
    under_way = json.loads(back.readline())
    return quantiles(under_way, n=100)[-1] if len(under_way) > 1 else under_way[0]


def _publish(people: dict[UUID, str]) -> None:
    with transaction.atomic():
        sent = str(time.monotonic())
        wire.publish_many_on_commit([wire.Message(person=person, type="order", data={"sent": sent}) for person in people])


def _publish_bare(people: dict[UUID, str]) -> None:
    text = json.dumps({"seq": 1, "type": "order", "at": "2026-03-02T00:00:00.000000Z", "data": {"sent": str(time.monotonic())}})
    with broker.connection().pipeline(transaction=False) as pipe:
        for person in people:
            pipe.publish(fanout.PREFIX + person.hex, text)
        pipe.execute()


def _people(number: int) -> dict[UUID, str]:
    """New people, each with a token that may read."""
    users = User.objects.bulk_create([User(id=(one := new_id()), username=one.hex, password="!") for _ in range(number)])  # noqa: S106
    until = datetime.now(UTC) + timedelta(hours=1)
    pairs = [get_digest_token("") for _ in users]
    ApiToken.objects.bulk_create(
        [
            ApiToken(digest=digest, token_key=token[: CONSTANTS.TOKEN_KEY_LENGTH], user=user, expiry=until, scopes=["read"], label="bench")
            for user, (digest, token) in zip(users, pairs, strict=True)
        ]
    )
    return {user.pk: token for user, (_, token) in zip(users, pairs, strict=True)}


@contextmanager
def _process(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Python with these arguments, on this process's database and broker, until the end of the block."""
    name = str(settings.DATABASES["default"]["NAME"])
    database, owner = (make_conninfo(url, dbname=name) for url in (settings.SERVICES.database_url, settings.SERVICES.owner_url))
    named = {"DATABASE_URL": database, "DATABASE_OWNER_URL": owner, "REDIS_URL": settings.REDIS_URL, "LOG_LEVEL": "WARNING"}
    process = subprocess.Popen(
        [sys.executable, *arguments], cwd=settings.BASE_DIR, env=os.environ | named, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        process.communicate()


def _pipes(process: subprocess.Popen[str]) -> tuple[IO[str], IO[str]]:
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _wait_for(*ports: int) -> None:
    until = time.monotonic() + PATIENCE_S
    for port in ports:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)
            else:
                break
