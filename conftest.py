"""The servers for the tests: a data folder of their own per test run, so that several runs at a time never meet.

AMARKTAI_TEST_DATA names the folder; without it the first free one under build/ is taken. DATABASE_URL and REDIS_URL replace
the embedded servers, as everywhere.
"""

import os
from pathlib import Path

import django

from amarktai.launcher import places, services
from amarktai.launcher.locks import Lock


def test_places() -> places.Places:
    """The folder of this run, held for as long as it lasts."""
    named = os.environ.get("AMARKTAI_TEST_DATA")
    if named:
        return places.of_folder(Path(named))
    for number in range(1, 100):
        folder = places.PROJECT / "build" / "tests" / str(number)
        folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        lock = Lock(folder / "run.lock")
        if lock.try_exclusive():
            HELD.append(lock)
            return places.of_folder(folder)
        lock.close()
    raise RuntimeError("99 test runs at a time: name a folder with AMARKTAI_TEST_DATA")


HELD: list[Lock] = []
PLACES = test_places()
os.environ["AMARKTAI_DATA"] = str(PLACES.data)
os.environ["AMARKTAI_ROLE"] = "owner"  # who makes the test database; what the role `app` may do is tested over its own connection
os.environ["DATABASE_POOL_SIZE"] = "64"
os.environ["DJANGO_SETTINGS_MODULE"] = "amarktai.settings"
services.ensure(PLACES, disposable=True)
django.setup()
