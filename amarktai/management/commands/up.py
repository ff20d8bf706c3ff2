"""Everything at once, in the foreground: what `deploy/up` calls. Holds the order of a start; each step lives elsewhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from functools import partial
from http.client import HTTPException
from typing import Any

from django.conf import settings
from django.core.management import get_commands
from django.core.management.base import BaseCommand

from amarktai.health import proof
from amarktai.launcher import client
from amarktai.launcher.crew import Crew
from amarktai.launcher.locks import Lock
from amarktai.launcher.trouble import Trouble
from amarktai.management.commands.serve import listen
from amarktai.smoke import asking

HOST = "127.0.0.1"
LOG_BYTES = 100_000_000
WELL_SECONDS = 2.0  # for the platform's answer to whether it is well


class Command(BaseCommand):
    help = "Start everything in the foreground: database, broker, web, worker and beat. Ctrl-C stops it all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="where the pages are served")
        parser.add_argument("--data", help="the data folder, instead of AMARKTAI_DATA or .data")
        parser.add_argument("--no-demo", action="store_true", help="start without the demo users, bots and history")

    def handle(self, *args: Any, **options: Any) -> None:
        url = f"http://{HOST}:{options['port']}/"
        only_one(url)
        listen(host=HOST, port=options["port"]).close()
        proof.database_answers(settings.SERVICES.owner_url, named="DATABASE_OWNER_URL or DATABASE_URL")
        proof.broker_answers(settings.REDIS_URL)
        manage("migrate", "--noinput", "--verbosity=0")
        greeting = [f"Amarktai Network is running: {url}"]
        if not options["no_demo"] and "seed_demo" in get_commands():
            manage("seed_demo")
            greeting.append(f"Log in as demo or operator; password and one-time-code secret: {demo_secrets()}")
            self.say(greeting[-1])
        set_log_aside()
        self.say(f"Amarktai Network is starting; the pages will be at {url}")
        code = supervise(port=options["port"], say=self.say, well=partial(well, url), greeting=greeting)
        if code:
            words = f"Its words are above and in {settings.LOG_FILE}."
            self.stderr.write(f"One of its processes could not be kept running, so all were stopped. {words}")
        sys.exit(code)

    def say(self, words: str) -> None:
        self.stdout.write(words)
        self.stdout.flush()


def only_one(url: str) -> None:
    """Hold the instance lock until this process ends, or say who has it."""
    lock = Lock(settings.PLACES.instance_lock)
    if not lock.try_exclusive():
        holder = settings.PLACES.instance_lock.read_text()
        known = json.loads(holder) if holder else {"pid": "unknown", "url": "not known yet"}
        raise Trouble(
            f"ANOTHER INSTANCE IS ALREADY RUNNING on {settings.DATA_DIR} (process {known['pid']}, {known['url']}). "
            "Use it, end it, or choose another folder with --data."
        )
    settings.PLACES.instance_lock.write_text(json.dumps({"pid": os.getpid(), "url": url}))
    HELD.append(lock)


HELD: list[Lock] = []


def demo_secrets() -> str:
    """Where the credentials of the demo users are: given by the environment, else kept in the data folder."""
    if settings.DEMO_PASSWORD and settings.DEMO_OTP_SECRET:
        return "as given in AMARKTAI_DEMO_PASSWORD and AMARKTAI_DEMO_OTP_SECRET."
    return f"{settings.PLACES.secrets}/demo_password and demo_otp_secret."


def set_log_aside() -> None:
    """Begin a new log file when the old one has grown large; one old file is kept."""
    log = settings.LOG_FILE
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.rename(log.with_name(log.name + ".1"))


def manage(*arguments: str) -> None:
    """Run a command of manage.py as a process of its own: as another role, and leaving no threads or connections here."""
    done = subprocess.run([sys.executable, "manage.py", *arguments], cwd=settings.BASE_DIR, check=False)
    if done.returncode != 0:
        raise Trouble(f"manage.py {' '.join(arguments)} failed; its words are above.")


def well(url: str) -> bool:
    """Whether the platform answers that all of it works."""
    try:
        with asking.STRAIGHT.open(f"{url}health", timeout=WELL_SECONDS) as answer:
            return bool(json.load(answer)["status"] == "ok")
    except (OSError, HTTPException, ValueError):
        return False


def supervise(*, port: int, say: Callable[[str], None], well: Callable[[], bool], greeting: Sequence[str]) -> int:
    """Run web, worker, beat and the guardian of the servers until a signal comes or one of them is given up; 0 after a signal."""
    start = [sys.executable, "manage.py", "serve"]
    commands = {"web": [*start, "web", f"--port={port}"], "worker": [*start, "worker"], "beat": [*start, "beat"]}
    if client.needed():
        commands["servers"] = [sys.executable, "-m", "amarktai.launcher.guardian"]
    return Crew(commands, folder=settings.BASE_DIR, say=say, well=well, greeting=greeting).run()
