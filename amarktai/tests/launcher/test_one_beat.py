"""Worker and beats as real processes: one beat sends, another stands by, and a heartbeat is heard only while all that it proves lives."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from accounts.realtime import wire
from amarktai.launcher.places import PROJECT
from amarktai.tests.launcher.conftest import wait_until

SILENCE_SECONDS = 20  # after this no heartbeat may come any more, says the specification
HEARTBEAT_SECONDS = 10


class Process:
    """One process of the platform, and what it has said so far."""

    def __init__(self, environment: dict[str, str], log: Path, *arguments: str) -> None:
        self.log = log
        with log.open("wb") as words:
            self.popen = subprocess.Popen(
                [sys.executable, "manage.py", *arguments], cwd=PROJECT, env=environment, stdout=words, stderr=words
            )

    def said(self, words: str) -> bool:
        assert self.popen.poll() is None, self.log.read_text()
        return words in self.log.read_text()

    def kill(self) -> None:
        self.popen.kill()
        self.popen.wait()


Start = Callable[..., Process]


@pytest.fixture
def serve(environment: dict[str, str], tmp_path: Path) -> Iterator[Start]:
    """Start `serve worker` or `serve beat`; what is left of them ends with the test."""
    done = subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity=0"], cwd=PROJECT, env=environment, check=False)
    assert done.returncode == 0
    started: list[Process] = []

    def start(*arguments: str) -> Process:
        started.append(Process(environment, tmp_path / f"{len(started)}.log", "serve", *arguments))
        return started[-1]

    yield start
    for process in started:
        process.popen.terminate()
    for process in started:
        process.popen.wait()


class Wire:
    """Everybody's channel, as a page hears it."""

    def __init__(self, url: str) -> None:
        self.hearing = redis.Redis.from_url(url).pubsub(ignore_subscribe_messages=True)
        self.hearing.subscribe(wire.EVERYBODY)

    def heartbeat_within(self, seconds: float) -> dict[str, Any] | None:
        """The next heartbeat; None when none came in that time."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            message = self.hearing.get_message(timeout=left)
            if message and b"heartbeat" in message["data"]:
                told: dict[str, Any] = json.loads(message["data"])
                return told
        return None

    def silent(self) -> bool:
        """Whether nothing comes once the time has passed in which it may still come."""
        end = time.monotonic() + SILENCE_SECONDS
        while time.monotonic() < end:
            self.heartbeat_within(end - time.monotonic())
        return self.heartbeat_within(1.5 * HEARTBEAT_SECONDS) is None


def test_one_beat_sends_and_a_heartbeat_is_heard_only_while_beat_and_worker_live(serve: Start, client: Any) -> None:
    with client() as services:
        wire = Wire(services.addresses["redis_url"])
        worker, first = serve("worker"), serve("beat")
        wait_until(lambda: first.said("beat.leads"))
        second = serve("beat")
        wait_until(lambda: second.said("beat.stands_by"))

        heard = wire.heartbeat_within(600)
        assert heard is not None
        assert heard["type"] == "heartbeat"
        assert set(heard["data"]) == {"at", "last_tick"}
        wait_until(lambda: worker.said("heartbeat"))  # the log has it too
        with psycopg.connect(services.addresses["database_url"]) as connection:
            (rows,) = connection.execute("SELECT count(*) FROM trading_heartbeat WHERE process IN ('worker', 'beat')").fetchone() or (0,)
            assert rows == 2, "the row was written before anybody heard of it"

        assert not second.said("beat.leads")
        first.kill()
        wait_until(lambda: second.said("beat.leads"))
        assert wire.heartbeat_within(600) is not None, "the second beat has taken over"

        second.kill()
        assert wire.silent()

        third = serve("beat")
        wait_until(lambda: third.said("beat.leads"))
        assert wire.heartbeat_within(600) is not None
        worker.kill()
        assert wire.silent()


def test_a_beat_that_ends_in_peace_gives_its_turn_away_at_once(serve: Start) -> None:
    first = serve("beat")
    wait_until(lambda: first.said("beat.leads"))
    second = serve("beat")
    wait_until(lambda: second.said("beat.stands_by"))
    first.popen.send_signal(signal.SIGTERM)
    assert first.popen.wait() == 0
    wait_until(lambda: second.said("beat.leads"))


@pytest.mark.parametrize(("order", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 1)], ids=["asked to end", "interrupted"])
def test_how_a_worker_ended_is_told_to_who_started_it(serve: Start, order: signal.Signals, code: int) -> None:
    worker = serve("worker")
    wait_until(lambda: worker.said("ready."))
    worker.popen.send_signal(order)
    assert worker.popen.wait() == code, worker.log.read_text()
