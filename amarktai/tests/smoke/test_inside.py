"""Servers, processes, trade, ledger and machine: each is well first, then its fault is planted and found."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
import redis
from django.core.cache import cache
from django.db import connection
from psycopg.conninfo import make_conninfo

from accounts.models import User
from accounts.web import clock
from amarktai import scheduler, tasks
from amarktai.smoke import machine
from amarktai.tests.smoke.conftest import Blunt, Lie, fails, passes, target
from ledger.models import Balance, Wallet
from ledger.tests.builders import market
from trading.models import Quote, Stream
from trading.operations import heartbeat, kill_switch, ledger_proof, stop

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]
DEAD_DATABASE = "postgresql://app:hidden-word@127.0.0.1:1/nothing"
DEAD_BROKER = "redis://127.0.0.1:1/0"
OF_THE_DATABASE = ("database", "heartbeat age", "tick age", "market data age", "halts", "ledger head", "ledger proof", "clock")


@pytest.fixture
def line(settings: Any) -> Iterator[redis.Redis]:
    """The broker, its queue emptied afterwards."""
    with redis.Redis.from_url(settings.REDIS_URL) as wire:
        yield wire
        wire.delete("celery")


@pytest.mark.parametrize("name", OF_THE_DATABASE)
def test_a_dead_database_fails_each_check_that_needs_it(settings: Any, name: str) -> None:
    settings.DATABASE_URL = DEAD_DATABASE
    sentence = fails(name, target())
    assert "The database does not answer" in sentence
    assert "hidden-word" not in sentence


def test_a_database_that_takes_no_writes(settings: Any) -> None:
    assert passes("database", target()).startswith("PostgreSQL")
    settings.DATABASE_URL = make_conninfo(settings.DATABASE_URL, options="-c default_transaction_read_only=on")
    assert fails("database", target()) == "The database takes no writes."


@pytest.mark.parametrize(("name", "table"), [("heartbeat age", "trading_heartbeat"), ("ledger head", "ledger_wallet")])
def test_a_database_without_its_tables(name: str, table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO away")
    assert "does not exist" in fails(name, target())


@pytest.mark.parametrize("name", ["broker", "worker round trip", "beat age"])
def test_a_dead_broker_fails_each_check_that_needs_it(settings: Any, name: str) -> None:
    settings.REDIS_URL = DEAD_BROKER
    assert "The broker does not answer" in fails(name, target())


def test_a_broker_that_answers(line: redis.Redis) -> None:
    assert passes("broker", target()) == "answers"


def test_an_address_that_is_no_brokers(settings: Any) -> None:
    settings.REDIS_URL = "hidden-word://nowhere"
    assert "hidden-word" not in fails("broker", target())


def test_a_worker_that_takes_the_message_and_one_that_does_not(line: redis.Redis) -> None:
    """Whoever takes the message from the queue and runs the task it names is a worker."""
    assert fails("worker round trip", target()) == "No worker answered within 3 s."
    line.delete("celery")

    def work() -> None:
        _, raw = cast(tuple[bytes, bytes], line.blpop(["celery"], timeout=30))
        message = json.loads(raw)
        assert message["headers"]["task"] == tasks.ping.name
        tasks.ping(message["headers"]["argsrepr"].strip("[]'"))

    worker = threading.Thread(target=work)
    worker.start()
    assert passes("worker round trip", target()).endswith(" ms")
    worker.join()


def test_a_beat_that_is_silent_or_was_never_there() -> None:
    cache.set(scheduler.KEY, time.time(), 60)
    assert "alive" in passes("beat age", target())
    cache.set(scheduler.KEY, time.time() - 21, 60)
    assert "silent, 21 s ago" in fails("beat age", target())
    cache.delete(scheduler.KEY)
    assert "no sign of life" in fails("beat age", target())


def test_a_worker_whose_heartbeat_is_old() -> None:
    assert "no sign of life" in fails("heartbeat age", target())
    now = clock.now()
    heartbeat.beat(processes=("worker",), now=now)
    assert "alive, 20 s ago" in passes("heartbeat age", target(now=now + timedelta(seconds=20)))
    assert "silent, 21 s ago" in fails("heartbeat age", target(now=now + timedelta(seconds=21)))


def test_a_tick_and_market_data_that_are_old() -> None:
    """A minute's stream may be 150 s late, and so may the newest price of its market."""
    now = clock.now()
    assert "no market has been ticked yet" in passes("tick age", target())
    assert "no live venue" in passes("market data age", target())
    btc = market("BTC/USDT", venue="sim")
    Stream.objects.create(market=btc, timeframe="1m", ticked_at=now, last_candle=now - timedelta(minutes=2))
    Quote.objects.create(market=btc, bid=1, ask=2, at=now)
    for name in ("tick age", "market data age"):
        passes(name, target(now=now + timedelta(seconds=150)))
    later = target(now=now + timedelta(seconds=151))
    assert "the slowest is late, 151 s ago" in fails("tick age", later)
    assert "the stalest is old, 151 s ago" in fails("market data age", later)


STATUS = "/api/system/status"
GOES = {STATUS: (200, "application/json", '{"halted": false}')}


def test_an_emergency_stop_over_everything(lie: Lie, olga: User, settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    whom = lie(**GOES)
    assert passes("halts", whom) == "0 in force, none over everything"
    stop.emergency_stop(
        scope="GLOBAL", user=None, reason="a drill", flatten=False, actor=f"user:{olga.id}", request_id="", now=clock.now(),
        policy=settings.POLICY,
    )  # fmt: skip
    assert "An emergency stop is in force" in fails("halts", whom)


def test_a_kill_switch_file(lie: Lie, settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    (tmp_path / kill_switch.NAME).touch()
    assert "kill-switch file" in fails("halts", lie(**GOES))


def test_pages_that_are_halted_while_the_database_is_not(lie: Lie, settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    assert "do they belong together" in fails("halts", lie('{"halted": true}'))


@pytest.mark.parametrize("change", ["entries = entries + 1", "head = decode(repeat('11', 32), 'hex')"])
def test_a_head_that_is_not_that_of_the_newest_entry(alice_wallet: Wallet, change: str) -> None:
    assert "every wallet" in passes("ledger head", target())
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(f"UPDATE ledger_wallet SET {change} WHERE id = %s", [alice_wallet.id])
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert str(alice_wallet.id) in fails("ledger head", target())


def test_a_ledger_that_does_not_hold_or_was_never_proven(alice_wallet: Wallet) -> None:
    assert "not been verified yet" in fails("ledger proof", target())
    now = clock.now()
    ledger_proof.advance(now=now)
    assert "holds" in passes("ledger proof", target(now=now))
    assert "long ago" in fails("ledger proof", target(now=now + timedelta(seconds=3_601)))
    Balance.objects.filter(book__wallet=alice_wallet).update(cash=1)
    ledger_proof.advance(now=now + timedelta(minutes=15))
    assert "does not hold" in fails("ledger proof", target(now=now + timedelta(minutes=15)))


def test_clocks_that_agree(site: str) -> None:
    assert passes("clock", target(site)) == "agree"


@pytest.mark.parametrize(
    ("date", "hint"),
    [(b"Thu, 01 Jan 2026 00:00:00 GMT", "The clocks are apart from this machine's: the web server by"), (b"soon", "does not say"), (b"", "does not say")],
)
def test_clocks_that_are_apart_or_hidden(blunt: Blunt, date: bytes, hint: str) -> None:
    assert hint in fails("clock", blunt(b"HTTP/1.1 200 OK\r\nDate: " + date + b"\r\nContent-Length: 2\r\n\r\n{}"))


def test_a_disk_that_is_nearly_full(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "GB free" in passes("disk", target())
    monkeypatch.setattr(machine, "LEAST_FREE_BYTES", 10**18)
    assert "GB are needed" in fails("disk", target())
