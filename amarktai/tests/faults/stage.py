"""A platform of real processes on servers of their own, durable ones, whose parts can be killed and started again."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import redis

from amarktai.launcher.places import PROJECT, Places
from amarktai.tests.faults.traders import Door
from amarktai.tests.launcher.conftest import Client, pids, wait_until

PROCESSES = ("web", "worker", "beat")
SETTINGS = {
    "SIM_CANDLE_SECONDS": "2",
    # Nothing but a fault shall stop a bot here: many small orders, every edge good enough, every loss bearable.
    "MIN_EDGE_BPS": "0", "SAFETY_MARGIN_BPS": "0", "SLIPPAGE_BUFFER_BPS": "0", "MAX_TRADES_PER_BOT_DAILY": "1000000",
    "MAX_TRADES_PER_USER_DAILY": "1000000", "BURST_LIMIT_ORDERS_PER_EXCHANGE": "1000000", "MAX_CONSECUTIVE_LOSSES": "1000000",
    "MAX_DRAWDOWN_PERCENT": "1", "MAX_DAILY_LOSS_PERCENT": "1", "MAX_ERRORS_PER_HOUR": "1000000",
}  # fmt: skip


class Stage:
    """The servers of one data folder, and web, worker and beat on them."""

    def __init__(self, places: Places, environment: dict[str, str], folder: Path) -> None:
        self.places, self.folder = places, folder
        self.environment = {**environment, **SETTINGS}
        self.keeping = Client(self.environment)
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.port = free_port()

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command of manage.py, to its end."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=PROJECT, env=self.environment, capture_output=True, text=True, check=False
        )

    def begin(self, code: str) -> subprocess.Popen[str]:
        """Code inside the platform, in a process of its own with the role that its processes have."""
        environment = {**self.environment, "DJANGO_SETTINGS_MODULE": "amarktai.settings"}
        whole = "import django; django.setup()\n" + code
        return subprocess.Popen(
            [sys.executable, "-c", whole], cwd=PROJECT, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def run(self, code: str) -> str:
        """The same to its end; what it prints."""
        process = self.begin(code)
        said, complained = process.communicate()
        assert process.returncode == 0, complained
        return said

    def open(self) -> None:
        """Tables and processes; returns once pages are served."""
        self.make_tables()
        for name in PROCESSES:
            self.start(name)
        self.until(self.serves)

    def make_tables(self) -> None:
        done = self.manage("migrate", "--verbosity=0")
        assert done.returncode == 0, done.stderr

    def start(self, name: str) -> None:
        extra = [f"--port={self.port}"] if name == "web" else []
        with (self.folder / f"{name}.log").open("ab") as words:
            self.running[name] = subprocess.Popen(
                [sys.executable, "manage.py", "serve", name, *extra], cwd=PROJECT, env=self.environment, stdout=words, stderr=words
            )

    def kill(self, name: str) -> None:
        """SIGKILL: to a process of ours, whose place stays empty, or to a server, which its keeper starts again."""
        if name in self.running:
            process = self.running.pop(name)
            process.kill()
            process.wait()
        else:
            os.kill(pids(self.places)[name], signal.SIGKILL)

    def stop_database_at_once(self) -> None:
        """PostgreSQL's immediate stop: every session is cut off where it stands and nothing is written back. Its keeper starts it again,
        from its log."""
        os.kill(pids(self.places)["postgres"], signal.SIGQUIT)

    def kill_child_of_worker(self) -> None:
        """SIGKILL to one of the processes that run the worker's tasks; the worker replaces it."""
        os.kill(children_of(self.running["worker"].pid)[-1], signal.SIGKILL)

    @contextmanager
    def without(self, name: str) -> Iterator[None]:
        """A server is away for as long as this lasts: killed, its keeper asleep, and its own children gone too. Those of PostgreSQL
        see a moment later that they are orphans, and would still commit what comes until then."""
        known = pids(self.places)
        children = children_of(known[name])
        os.kill(known["keeper"], signal.SIGSTOP)
        os.kill(known[name], signal.SIGKILL)
        try:
            wait_until(lambda: not any(map(lives, children)))
            yield
        finally:
            os.kill(known["keeper"], signal.SIGCONT)

    def empty_broker(self) -> None:
        """FLUSHALL: messages, numbers, throttles and caches are gone at once."""
        self.broker().flushall()

    def words(self) -> str:
        """What the processes have said."""
        return "\n".join(f"== {log.name}\n{log.read_text()[-4000:]}" for log in sorted(self.folder.glob("*.log")))

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait for it while every process that was started lives."""

        def looked() -> bool:
            for name, process in self.running.items():
                assert process.poll() is None, f"{name} ended by itself with {process.returncode}\n{self.words()}"
            return condition()

        wait_until(looked)

    def serves(self) -> bool:
        return Door(self.port).ask("GET", "/health/live").status == 200

    def healthy(self) -> bool:
        """The database and the broker answer to the pages."""
        answer = Door(self.port).ask("GET", "/health")
        return answer.status == 200 and all(answer.json()["checks"][name]["ok"] for name in ("database", "redis"))

    def broker(self) -> redis.Redis:
        return redis.Redis.from_url(self.keeping.addresses["redis_url"])

    def ask(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Rows, as the application role sees them; waits while the database is away."""
        while True:
            try:
                with psycopg.connect(self.keeping.addresses["database_url"], autocommit=True) as connection:
                    return connection.execute(query, parameters).fetchall()
            except psycopg.OperationalError:
                wait_until(self.database_answers)

    def database_answers(self) -> bool:
        try:
            psycopg.connect(self.keeping.addresses["database_url"], connect_timeout=3).close()
        except psycopg.OperationalError:
            return False
        return True

    def number(self, query: str, *parameters: Any) -> int:
        return int(self.ask(query, *parameters)[0][0])

    def proof(self) -> dict[str, Any]:
        """What `verify_ledger` says."""
        done = self.manage("verify_ledger", "--json")
        assert done.stdout, done.stderr
        verdict: dict[str, Any] = json.loads(done.stdout)
        return verdict

    def close(self) -> None:
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            process.wait()
        self.keeping.go()


def free_port() -> int:
    with socket.socket() as wire:
        wire.bind(("127.0.0.1", 0))
        return int(wire.getsockname()[1])


def children_of(process: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def lives(process: int) -> bool:
    """Whether it runs; one that has ended and that nobody has asked after does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
