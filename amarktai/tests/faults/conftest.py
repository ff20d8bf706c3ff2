"""One platform and its traders for all files of faults: what the first kill leaves behind is what the next one meets."""

from __future__ import annotations

import json
import os
import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from amarktai.launcher import places as where
from amarktai.launcher.locks import is_free
from amarktai.launcher.places import PROJECT
from amarktai.tests.faults.stage import Stage
from amarktai.tests.faults.traders import Trader
from amarktai.tests.launcher.conftest import wait_until

PEOPLE = 3
KEPT = {"PATH", "HOME", "LANG", "PYTHONDONTWRITEBYTECODE"}


@contextmanager
def servers() -> Iterator[Stage]:
    """On the disk of the project: a folder for temporary files may lie in memory, and then nothing would be durable."""
    above = PROJECT / "build" / "faults"
    above.mkdir(mode=0o711, parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=above))
    folder.chmod(0o711)
    places = where.of_folder(folder / "data")
    kept = {name: value for name, value in os.environ.items() if name in KEPT}
    found = Stage(places, {**kept, "AMARKTAI_DATA": str(places.data)}, folder)
    try:
        yield found
    finally:
        found.close()
        wait_until(lambda: is_free(places.servers_lock))
        shutil.rmtree(folder)


@pytest.fixture(scope="package")
def stage() -> Iterator[Stage]:
    """Servers, and web, worker and beat on them."""
    with servers() as found:
        found.open()
        yield found


@pytest.fixture
def ledger() -> Iterator[Stage]:
    """Servers with tables, and nobody else on them."""
    with servers() as found:
        found.make_tables()
        yield found


@pytest.fixture(scope="package")
def people(stage: Stage) -> list[dict[str, Any]]:
    """Who they are: id, token, session, bots."""
    found: list[dict[str, Any]] = json.loads(stage.run(f"from amarktai.tests.faults import seeding; seeding.main({PEOPLE})"))
    return found


@pytest.fixture(scope="package")
def traders(stage: Stage, people: list[dict[str, Any]]) -> Iterator[list[Trader]]:
    """People who trade without a pause, each over a line of its own."""
    crowd = [Trader(port=stage.port, person=person, seed=random.randrange(10**9)) for person in people]
    for trader in crowd:
        trader.start()
    yield crowd
    for trader in crowd:
        trader.over.set()
    for trader in crowd:
        trader.join()
