"""The keeper: one process per data folder that owns the embedded servers, revives them, and stops them after the last client.

Run as `python -m amarktai.launcher.keeper FOLDER --servers postgres,valkey [--disposable]`; it answers one line of JSON on
standard output when the servers are ready, then works in the background. Clients never talk to it: they hold a lock.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType, ModuleType

from amarktai.launcher import places as where
from amarktai.launcher import postgres, process, valkey
from amarktai.launcher.locks import Lock
from amarktai.launcher.places import Places
from amarktai.launcher.trouble import Trouble

KINDS: dict[str, ModuleType] = {"postgres": postgres, "valkey": valkey}
LINGER_SECONDS = 2.0  # how long the servers outlive their last client
BEAT_SECONDS = 0.2
PREDECESSOR_SECONDS = 60.0  # how long servers of a killed keeper may take to end
REVIVAL_SECONDS = 60.0  # how long a revival may take: processes of the dead server can hold its memory for a moment


class Keeper:
    """The servers of one data folder."""

    def __init__(self, places: Places, kinds: list[str], *, disposable: bool) -> None:
        self.places = places
        self.kinds = kinds
        self.disposable = disposable
        self.alive = Lock(places.keeper_lock)
        self.inherited = Lock(places.servers_lock)
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.stopping = False

    def open(self) -> None:
        """Take the locks and start the servers."""
        if not self.alive.try_exclusive():
            raise Trouble(f"Another keeper looks after {self.places.servers}.")
        if not self.inherited.exclusive_within(PREDECESSOR_SECONDS):
            raise Trouble(f"Servers of an earlier run still use {self.places.servers}; end them and start again.")
        for kind in self.kinds:
            self.start(kind)
        self.write_state()

    def start(self, kind: str) -> None:
        self.running[kind] = KINDS[kind].start(
            self.places, disposable=self.disposable, keep_open=self.inherited.descriptor
        )

    def revive(self, kind: str) -> None:
        """Start a server that died, trying again for a while; Trouble when it stays dead."""
        end = time.monotonic() + REVIVAL_SECONDS
        while True:
            try:
                self.start(kind)
            except Trouble as trouble:
                say(str(trouble))
                if time.monotonic() > end or self.stopping:
                    raise
                time.sleep(1.0)
            else:
                break
        self.write_state()

    def write_state(self) -> None:
        """Tell clients what runs."""
        state = {"pid": os.getpid(), "servers": {kind: server.pid for kind, server in self.running.items()}}
        write_whole(self.places.state, json.dumps(state))

    def keep(self) -> None:
        """Watch servers and clients until nobody is left or somebody says stop."""
        clients = Lock(self.places.clients_lock)
        alone_since: float | None = None
        while not self.stopping:
            time.sleep(BEAT_SECONDS)
            for kind, server in list(self.running.items()):
                if server.poll() is not None:
                    say(f"{kind} ended with {server.returncode}; starting it again")
                    self.revive(kind)
            if not clients.try_exclusive():
                alone_since = None
                continue
            now = time.monotonic()
            alone_since = now if alone_since is None else alone_since
            if now - alone_since >= LINGER_SECONDS:
                return  # still holding the clients' lock: newcomers wait until the servers are down
            clients.release()

    def close(self) -> None:
        """Stop the servers; safe to call twice."""
        self.places.state.unlink(missing_ok=True)
        for kind, server in reversed(self.running.items()):
            process.stop(server, KINDS[kind].STOP_STEPS)
        if self.places.servers not in self.places.sockets.parents:
            shutil.rmtree(self.places.sockets, ignore_errors=True)

    def ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True


def write_whole(path: Path, text: str) -> None:
    """Write a file so that readers see the old or the new one, never half."""
    half = path.with_name(path.name + ".new")
    half.write_text(text)
    half.rename(path)


def say(words: str) -> None:
    print(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {words}", file=sys.stderr, flush=True)


def answer(**words: str | bool) -> None:
    """The one line that the starting client waits for; standard output is closed with it."""
    print(json.dumps(words), flush=True)
    with open(os.devnull, "wb") as nothing:
        os.dup2(nothing.fileno(), sys.stdout.fileno())


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--servers", required=True)
    parser.add_argument("--disposable", action="store_true")
    asked = parser.parse_args()
    keeper = Keeper(where.of_folder(asked.folder), asked.servers.split(","), disposable=asked.disposable)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, keeper.ask_to_stop)
    answered = False
    try:
        keeper.open()
        answer(ok=True)
        answered = True
        keeper.keep()
    except Trouble as trouble:
        say(str(trouble))
        if not answered:
            answer(ok=False, trouble=str(trouble))
        return 2
    finally:
        keeper.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
