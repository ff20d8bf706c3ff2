"""What every process does first: make sure that the database and the broker of its data folder are there, and hold on to them."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from amarktai.launcher import places as where
from amarktai.launcher import process
from amarktai.launcher.locks import Lock, is_free
from amarktai.launcher.places import APP, OWNER, PROJECT, Places
from amarktai.launcher.trouble import Trouble

KEEPER_SECONDS = 300.0
STOPPING_SECONDS = 120.0  # a keeper is patient with its servers for one minute, and so are its clients with the machine
AT_ONCE_SECONDS = 1.0  # for a command that does what it can without servers
SAID_AFTER_SECONDS = 1.0  # no word about what is over at once
PAUSE_SECONDS = 0.05
HELD: dict[Path, Lock] = {}  # the client locks of this process, freed by the kernel at its end


@dataclass(frozen=True)
class Services:
    """The addresses that a process works with."""

    database_url: str
    owner_url: str
    redis_url: str


def addresses(places: Places) -> Services:
    """From the environment, else those of the embedded servers; whether anything listens there is another question."""
    database = said("DATABASE_URL")
    owner = said("DATABASE_OWNER_URL")
    return Services(
        database_url=database or places.database_url(APP),
        owner_url=owner or database or places.database_url(OWNER),
        redis_url=said("REDIS_URL") or places.redis_url,
    )


def said(name: str) -> str:
    """An address from the environment: NAME itself, or the content of the file that NAME_FILE names; else nothing."""
    file = os.environ.get(f"{name}_FILE")
    if not file:
        return os.environ.get(name, "")
    try:
        return Path(file).read_text().strip()
    except OSError as error:
        raise Trouble(f"{name}_FILE names {file}, which cannot be read: {error.strerror}.") from None


def ensure(places: Places, *, disposable: bool = False, patience_s: float = STOPPING_SECONDS) -> Services:
    """Start what is missing, wait until it answers, and stay a client of it until this process ends. `patience_s`: how long at most to
    wait for others who stop or start the servers.

    Servers that the environment names by address are left alone: whoever connects finds out whether they answer.
    """
    kinds = needed()
    if kinds and places.servers not in HELD:
        prepare(places)
        lock = Lock(places.clients_lock)
        wait_until(lock.try_shared, places, patience_s)
        HELD[places.servers] = lock
        start_keeper(places, kinds, disposable=disposable, patience_s=patience_s)
    return addresses(places)


def needed() -> list[str]:
    """The servers that the environment does not name, and that are therefore ours to run."""
    return [kind for kind, name in (("postgres", "DATABASE_URL"), ("valkey", "REDIS_URL")) if not said(name)]


def let_go(places: Places) -> None:
    """Stop being a client before this process ends; the servers stop when nobody else is left."""
    lock = HELD.pop(places.servers, None)
    if lock:
        lock.close()


def prepare(places: Places) -> None:
    """Make the folders, and refuse one that the server user could not use."""
    try:
        places.data.mkdir(mode=0o711, parents=True, exist_ok=True)
        places.servers.mkdir(mode=0o711, exist_ok=True)
    except OSError as error:
        raise Trouble(f"The data folder {places.data} cannot be made: {error.strerror}.") from None
    if not os.access(places.servers, os.W_OK | os.X_OK):
        raise Trouble(f"This user cannot write to {places.servers}; choose another folder with AMARKTAI_DATA.")
    if not process.can_enter(places.servers):
        raise Trouble(
            f"The database user {process.SERVER_USER!r} cannot enter {places.servers}: let others pass through the folders "
            "above it (chmod o+x), or choose another folder with AMARKTAI_DATA."
        )
    process.give_to_server_user(places.sockets)


def start_keeper(places: Places, needed: list[str], *, disposable: bool, patience_s: float = STOPPING_SECONDS) -> None:
    """Start the keeper unless one lives; one that is ending is waited for. One client at a time does this; the others wait here."""
    turn = Lock(places.start_lock)
    if not turn.exclusive_within(patience_s + KEEPER_SECONDS if patience_s > AT_ONCE_SECONDS else patience_s):
        raise Trouble(f"Another process has been starting the servers of {places.data} for too long; see {places.keeper_log}.")
    try:
        wait_until(lambda: is_free(places.keeper_lock) or places.state.exists(), places, patience_s)
        if not is_free(places.keeper_lock):
            expect_servers(places, needed)
            return
        command = [sys.executable, "-m", "amarktai.launcher.keeper", str(places.data), "--servers", ",".join(needed)]
        with places.keeper_log.open("ab") as log:
            keeper = subprocess.Popen(
                command + (["--disposable"] if disposable else []),
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        hear(keeper, places)
    finally:
        turn.close()


def wait_until(ready: Callable[[], bool], places: Places, patience_s: float) -> None:
    """Look again and again until the servers of an earlier run are out of the way, and say so when it takes a while."""
    began, said = time.monotonic(), False
    while not ready():
        waited = time.monotonic() - began
        if waited > patience_s:
            raise Trouble(f"The servers of {places.data} have not stopped in {patience_s:.0f} s; see {places.keeper_log}.")
        if waited > SAID_AFTER_SECONDS and not said:
            said = True
            words = f"The servers of {places.data} are stopping and are started again then; this may take {patience_s:.0f} s."
            print(words, file=sys.stderr, flush=True)
        time.sleep(PAUSE_SECONDS)


def hear(keeper: subprocess.Popen[bytes], places: Places) -> None:
    """Wait for the keeper's one line and raise what it says when it failed."""
    assert keeper.stdout is not None
    ready, _, _ = select.select([keeper.stdout], [], [], KEEPER_SECONDS)
    line = keeper.stdout.readline() if ready else b""
    keeper.stdout.close()
    if not line:
        raise Trouble(f"The servers did not start; see {places.keeper_log}.")
    said = json.loads(line)
    if not said["ok"]:
        raise Trouble(said["trouble"])


def expect_servers(places: Places, needed: list[str]) -> None:
    """A living keeper must run what this process needs."""
    try:
        running = json.loads(places.state.read_text())["servers"]
    except FileNotFoundError:
        raise Trouble(f"The servers of {places.data} are stopping; try again in a moment.") from None
    missing = [kind for kind in needed if kind not in running]
    if missing:
        raise Trouble(
            f"The servers of {places.data} run without {' and '.join(missing)}, because an address was given when they "
            "started; end the processes that use them, or choose another folder with AMARKTAI_DATA."
        )


def of_environment() -> Services:
    """Ensure the services of the data folder that the environment names."""
    return ensure(where.of_environment())
