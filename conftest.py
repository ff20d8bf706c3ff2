"""The servers for the tests: a data folder of their own per test run, so that several runs at a time never meet.

AMARKTAI_TEST_DATA names the folder; without it the first free one under build/tests is taken. DATABASE_URL and REDIS_URL
replace the embedded servers, as everywhere. With `pytest -n` every process has a folder, or a database of the named servers,
of its own.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django
import psycopg
import pytest

from amarktai.launcher import client, places
from amarktai.launcher.locks import Lock

pytest_plugins = ["accounts.tests.fixtures", "ledger.tests.fixtures"]
HELD: list[Lock] = []
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")  # gw0, gw1, ... in the processes of `pytest -n`


def folder_of_this_run() -> places.Places:
    """The data folder of this run, held for as long as it lasts."""
    named = os.environ.get("AMARKTAI_TEST_DATA")
    if named:
        return places.of_folder(Path(named) / WORKER)
    for number in range(1, 100):
        folder = places.PROJECT / "build" / "tests" / str(number)
        folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        lock = Lock(folder / "run.lock")
        if lock.try_exclusive():
            HELD.append(lock)
            return places.of_folder(folder)
        lock.close()
    raise RuntimeError("99 test runs at a time: name a folder with AMARKTAI_TEST_DATA")


def broker_of_this_process(url: str) -> str:
    """The named Redis with a database number of this process: Django sees to PostgreSQL's, nobody to this one."""
    number = int(WORKER.removeprefix("gw"))
    return f"{url.partition('?')[0]}?db={number}" if urlsplit(url).scheme == "unix" else f"{url.rpartition('/')[0]}/{number}"


if WORKER and os.environ.get("REDIS_URL"):
    os.environ["REDIS_URL"] = broker_of_this_process(os.environ["REDIS_URL"])
PLACES = folder_of_this_run()
os.environ["AMARKTAI_DATA"] = str(PLACES.data)
os.environ["AMARKTAI_ROLE"] = "owner"  # makes the test database; what `app` may do is tested over a connection of its own
os.environ["DATABASE_POOL_SIZE"] = "64"
os.environ["DJANGO_SETTINGS_MODULE"] = "amarktai.settings"
SERVICES = client.ensure(PLACES, disposable=True)
django.setup()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """The processes of `-n` are started next; with this in their environment they would read the settings before they have a folder."""
    del os.environ["DJANGO_SETTINGS_MODULE"]


def past_the_guards(execute: Any, sql: str, parameters: Any, many: bool, context: dict[str, Any]) -> Any:
    """Let the emptying of tables between tests, and nothing else, pass the triggers that refuse it."""
    if sql.startswith("TRUNCATE "):
        execute("SET LOCAL session_replication_role = replica", None, False, context)
        try:
            return execute(sql.rstrip(";") + " CASCADE", parameters, many, context)
        finally:
            execute("SET LOCAL session_replication_role = origin", None, False, context)
    return execute(sql, parameters, many, context)


@pytest.fixture(autouse=True, scope="session")
def emptied_between_tests() -> Iterator[None]:
    """Transactional tests end with TRUNCATE, which the append-only tables rightly refuse to everybody else."""
    from django.db import connection
    from django.test import TransactionTestCase

    plain = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]

    def teardown(self: TransactionTestCase) -> None:
        with connection.execute_wrapper(past_the_guards):
            plain(self)

    TransactionTestCase._fixture_teardown = teardown  # type: ignore[attr-defined]
    yield
    TransactionTestCase._fixture_teardown = plain  # type: ignore[attr-defined]


@pytest.fixture
def app_connection(transactional_db: None) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """A connection to the test database as the role `app`, the one that web, worker and beat have. Commits at once."""
    from django.conf import settings

    name = settings.DATABASES["default"]["NAME"]
    with psycopg.connect(SERVICES.database_url, dbname=name, autocommit=True) as connection:
        yield connection
