"""Real folders and real processes for the launcher's tests. No mocks, and no limit of time but the suite's own."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from amarktai.launcher import places
from amarktai.launcher.locks import is_free
from amarktai.launcher.places import PROJECT, Places

CLIENT = """
import json, sys
from amarktai.launcher import client, places
found = client.ensure(places.of_environment())
print(json.dumps(found.__dict__), flush=True)
sys.stdin.read()
"""


def wait_until(condition: Callable[[], bool]) -> None:
    """Look again and again; how long it takes is the machine's business, the suite's time-out ends a hopeless wait."""
    while not condition():
        time.sleep(0.05)


@pytest.fixture
def data() -> Iterator[Places]:
    """An empty data folder that the server user can enter (pytest's own are closed to others); its servers end with it."""
    folder = Path(tempfile.mkdtemp(prefix="amk-"))
    folder.chmod(0o711)
    found = places.of_folder(folder / "data")
    yield found
    if found.servers.exists():
        wait_until(lambda: is_free(found.servers_lock))
    shutil.rmtree(folder)


@pytest.fixture
def environment(data: Places) -> dict[str, str]:
    """What a process of a stranger's shell would see: this data folder and nothing of the test run."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "PYTHONDONTWRITEBYTECODE"}}
    return {**kept, "AMARKTAI_DATA": str(data.data)}


class Client:
    """A process that uses the servers of a data folder until it is told to go."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", CLIENT],
            cwd=PROJECT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, self.process.communicate()[1].decode()
        self.addresses: dict[str, str] = json.loads(line)

    def go(self) -> None:
        self.process.communicate(b"")

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()


@pytest.fixture
def client(environment: dict[str, str]) -> Callable[[], AbstractContextManager[Client]]:
    """Start a client: `with client() as found:`."""

    @contextmanager
    def start() -> Iterator[Client]:
        found = Client(environment)
        try:
            yield found
        finally:
            found.kill()

    return start


def pids(data: Places) -> dict[str, int]:
    """The keeper's and its servers' process ids."""
    state = json.loads(data.state.read_text())
    return {"keeper": state["pid"], **state["servers"]}
