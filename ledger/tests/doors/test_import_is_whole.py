"""One transaction per file: an import that dies in its middle has booked nothing, and run again it books all."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings
from django.db import connection, transaction

from accounts.models import User
from conftest import SERVICES
from ledger.models import Fill, JournalEntry, LotMatch, Wallet
from ledger.tests.doors.importing import Captured, counts, proven, ran, told

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE_S = 120
PROJECT = Path(__file__).parents[3]
WAITING = "SELECT pid FROM pg_locks WHERE relation = 'ledger_equitypoint'::regclass AND NOT granted"


def until(found: Callable[[], Any]) -> Any:
    end = time.monotonic() + PATIENCE_S
    while not (answer := found()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return answer


def started(path: str) -> subprocess.Popen[str]:
    """The command in a process of its own, on the database of the tests."""
    address = urlsplit(SERVICES.database_url)._replace(path=f"/{settings.DATABASES['default']['NAME']}").geturl()
    environment = {**os.environ, "DATABASE_URL": address, "DATABASE_OWNER_URL": address, "AMARKTAI_ROLE": "app"}
    return subprocess.Popen(
        [sys.executable, "manage.py", "import_fills", path, "--user", "alice", "--venue", "binance", "--json"],
        cwd=PROJECT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def test_killed_when_all_fills_are_written_nothing_of_the_file_is_booked(
    alice: User, tmp_path: Path, capsys: Captured, app_connection: psycopg.Connection[tuple[Any, ...]]
):
    """The equity points are written last: whoever holds their table stops the import behind its thirtieth fill, where it is killed."""
    lines = [f"BTC/USDT,BUY,0.1,20000,0,,2026-03-02T09:{n:02d}:00Z,{n}" for n in range(20)]
    lines += [f"BTC/USDT,SELL,0.1,21000,0,,2026-03-02T09:{n:02d}:00Z,{n}" for n in range(20, 30)]
    path = told(tmp_path, *lines)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE ledger_equitypoint IN ACCESS EXCLUSIVE MODE")
        process = started(path)
        try:
            until(lambda: process.poll() is not None or app_connection.execute(WAITING).fetchone())
            [waiting] = app_connection.execute(WAITING).fetchone() or [None]
        finally:
            process.kill()
            process.communicate()
        assert process.returncode == -9
    until(lambda: app_connection.execute("SELECT 1 WHERE NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = %s)", [waiting]).fetchone())
    for table in (Fill, JournalEntry, LotMatch, Wallet):
        assert not table.objects.exists()
    assert counts(ran(capsys, path)) == (30, 30, 0, 0, 0, 0)
    assert LotMatch.objects.count() == 10
    proven()
