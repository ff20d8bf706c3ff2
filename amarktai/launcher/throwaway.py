"""Servers for one command: in a folder of their own, as durable as the real ones, gone with everything in it afterwards."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from amarktai.launcher import client
from amarktai.launcher.locks import Lock
from amarktai.launcher.places import PROJECT, Places, of_folder
from amarktai.launcher.trouble import Trouble

ADDRESSES = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")
STOP_SECONDS = 60.0


@contextmanager
def servers() -> Iterator[Places]:
    """Make this process work in such a folder: the environment names it, and no longer the user's servers. The folder is on the
    disk of the project, because a folder for temporary files may lie in memory and then nothing would be durable."""
    above = PROJECT / "build" / "throwaway"
    above.mkdir(mode=0o711, parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=above))
    folder.chmod(0o711)
    places = of_folder(folder)
    for name in ADDRESSES:
        os.environ.pop(name, None)
    os.environ["AMARKTAI_DATA"] = str(folder)
    try:
        client.ensure(places)
        yield places
    finally:
        client.let_go(places)
        wait_for_end(places)
        shutil.rmtree(folder, ignore_errors=True)


def wait_for_end(places: Places) -> None:
    """Until the keeper has stopped the servers, which it does soon after its last client."""
    if not places.servers.exists():
        return
    for path in (places.keeper_lock, places.servers_lock):
        lock = Lock(path)
        try:
            if not lock.exclusive_within(STOP_SECONDS):
                raise Trouble(f"The servers in {places.servers} did not stop within {STOP_SECONDS:.0f} s.")
        finally:
            lock.close()
