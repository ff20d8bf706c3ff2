"""Health for machines, status for people: what is measured decides the verdict, who asks decides what is shown."""

import time
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import psycopg
import pytest
import redis
from django.core.cache import cache
from django.db import OperationalError, connection, connections
from django.db.backends.postgresql.base import DatabaseWrapper
from psycopg.conninfo import make_conninfo

from accounts.tests import builders
from accounts.web import clock
from amarktai import scheduler
from amarktai.health import checks
from ledger.models import Balance
from ledger.tests.builders import market
from trading.models import Heartbeat, Quote, Stream
from trading.operations import heartbeat, ledger_proof

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clocks_stand_still(monkeypatch):
    """The doors' and the machine's: what is 21 s old stays so, however slow the machine is."""
    at = clock.now()
    monkeypatch.setattr(clock, "now", lambda: at)
    monkeypatch.setattr(checks, "time", SimpleNamespace(time=at.timestamp, monotonic=time.monotonic))


@pytest.fixture(autouse=True)
def beat_is_alive(clocks_stand_still):
    cache.set(scheduler.KEY, clock.now().timestamp(), None)
    yield
    cache.delete(scheduler.KEY)


@pytest.fixture
def nothing_waits(settings):
    """A check of the pages that asked a worker leaves its question behind where no worker runs."""
    with redis.Redis.from_url(settings.REDIS_URL) as line:
        line.delete("celery", "unacked")
        yield line
        line.delete("celery", "unacked")


@pytest.fixture(autouse=True)
def ledger_is_proven(clocks_stand_still):
    ledger_proof.advance(now=clock.now())


def worker_was_alive(seconds):
    heartbeat.beat(processes=("worker",), now=clock.now() - timedelta(seconds=seconds))


def settings_of_tests():
    """The address of the test database, for a connection of one's own."""
    parts = connection.settings_dict
    return make_conninfo(host=parts["HOST"], port=parts["PORT"] or None, user=parts["USER"], password=parts["PASSWORD"], dbname=parts["NAME"])


def told(client, name):
    """The verdict over all and one check."""
    answer = client.get("/health").json()
    return answer["status"], answer["checks"][name]


def test_all_is_well(client):
    worker_was_alive(1)
    answer = client.get("/health")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"
    assert set(answer.json()["checks"]) == {"web", "database", "redis", "beat", "worker", "watch", "ticks", "market data", "ledger"}
    assert all(check["ok"] for check in answer.json()["checks"].values())


def test_a_silent_worker_degrades(client):
    worker_was_alive(21)
    answer = client.get("/health")
    assert answer.status_code == 200
    assert answer.json()["status"] == "degraded"
    assert answer.json()["checks"]["worker"] == {"ok": False, "detail": "silent", "age_s": 21}


def test_a_silent_beat_degrades(client):
    worker_was_alive(1)
    cache.set(scheduler.KEY, clock.now().timestamp() - 21, None)
    assert client.get("/health").json()["checks"]["beat"]["detail"] == "silent"
    cache.delete(scheduler.KEY)
    assert client.get("/health").json()["status"] == "degraded"


def test_without_a_watch_that_is_said_and_nothing_is_late(client):
    worker_was_alive(1)
    assert told(client, "watch") == ("ok", {"ok": True, "detail": "no watch process on this server", "age_s": None})


def test_a_watch_that_once_lived_and_is_silent_degrades(client):
    worker_was_alive(1)
    Heartbeat.objects.create(process="watch", at=clock.now() - timedelta(seconds=21))
    status, check = told(client, "watch")
    assert (status, check["ok"], check["detail"]) == ("degraded", False, "silent")


def test_another_process_that_lives_is_no_worker(client):
    Heartbeat.objects.create(process="watch", at=clock.now())
    assert told(client, "worker") == ("degraded", {"ok": False, "detail": "has given no sign of life yet", "age_s": None})


@pytest.mark.parametrize(("age", "ok"), [(149, True), (151, False)])
def test_market_data_of_a_live_venue_grows_old_after_two_minutes_and_a_half(client, age, ok):
    """Two looks of a minute each, and 30 s."""
    worker_was_alive(1)
    at = clock.now() - timedelta(seconds=age)
    btc = market("BTC/USDT", venue="sim")
    Stream.objects.create(market=btc, timeframe="1m", ticked_at=clock.now(), last_candle=at - timedelta(minutes=5))
    Quote.objects.create(market=btc, bid=1, ask=2, at=at)
    status, check = told(client, "market data sim")
    assert (status, check["ok"]) == ("ok" if ok else "degraded", ok)
    assert check["age_s"] == age


def test_a_late_tick_degrades(client):
    """Two minutes and 30 s are allowed for candles of a minute."""
    worker_was_alive(1)
    at = clock.now() - timedelta(seconds=151)
    btc = market("BTC/USDT", venue="sim")
    Stream.objects.create(market=btc, timeframe="1m", ticked_at=at, last_candle=clock.now() - timedelta(minutes=1))
    status, check = told(client, "tick sim 1m")
    assert (status, check["ok"], check["detail"]) == ("degraded", False, "1 markets, the slowest is late")


def test_a_ledger_that_does_not_hold_degrades(client, alice_wallet):
    worker_was_alive(1)
    Balance.objects.filter(book__wallet=alice_wallet).update(cash=1)
    Heartbeat.objects.filter(process="ledger").delete()
    ledger_proof.advance(now=clock.now())
    status, check = told(client, "ledger")
    assert (status, check["ok"], check["detail"]) == ("degraded", False, "does not hold: run manage.py verify_ledger")


def test_a_ledger_that_was_never_verified_or_not_for_an_hour_degrades(client):
    worker_was_alive(1)
    Heartbeat.objects.filter(process="ledger").delete()
    assert told(client, "ledger")[1]["detail"] == "has not been verified yet"
    ledger_proof.advance(now=clock.now() - timedelta(seconds=3_601))
    status, check = told(client, "ledger")
    assert (status, check["ok"], check["age_s"]) == ("degraded", False, 3_601)


def test_without_the_database_it_is_down(client, settings):
    settings.DATABASE_URL = "postgresql://app:hidden-word@127.0.0.1:1/nothing"
    answer = client.get("/health")
    assert answer.status_code == 503
    assert answer.json()["checks"]["database"] == {"ok": False, "detail": "does not answer", "age_s": None}
    assert "hidden-word" not in answer.content.decode()


def test_without_the_tables_it_is_down(client):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE trading_heartbeat RENAME TO away")
    answer = client.get("/health")
    assert answer.status_code == 503
    assert answer.json()["checks"]["tables"]["detail"] == "cannot be read; run manage.py migrate"


@pytest.mark.django_db(transaction=True)
def test_a_lock_that_nobody_lets_go_of_is_not_waited_for(client):
    """The database answers, only not this: that degrades, and ends as soon as the lock does."""
    worker_was_alive(1)
    with psycopg.connect(settings_of_tests()) as other:
        other.execute("LOCK TABLE trading_heartbeat IN ACCESS EXCLUSIVE MODE")
        answer = client.get("/health")
        assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
        assert answer.json()["checks"]["tables"]["detail"] == "cannot be read in time: the database is too busy"
        other.rollback()
    assert "tables" not in client.get("/health").json()["checks"]
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)


@pytest.mark.django_db(transaction=True)
def test_it_may_be_the_first_question_of_its_process(client):
    worker_was_alive(1)
    connection.close()
    cast(DatabaseWrapper, connections["default"]).close_pool()
    assert client.get("/health").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_connections_that_are_all_taken_are_not_waited_for_as_long_as_by_a_page(client):
    """The pool's own patience is 10 s; it says itself how long it was asked to wait."""
    worker_was_alive(1)
    pool = cast(DatabaseWrapper, connections["default"]).pool
    assert pool is not None
    connection.close()
    most = pool.max_size
    taken: list[Any] = []
    pool.resize(1, 1)
    while len(taken) < max(1, pool.get_stats()["pool_size"]):
        taken.append(pool.getconn(timeout=60))
    try:
        with pytest.raises(OperationalError, match=r"couldn't get a connection after 2\.00 sec"):
            checks.state(now=clock.now())
        answer = client.get("/health")
        assert (answer.status_code, answer.json()["status"]) == (503, "down")
        assert answer.json()["checks"]["tables"]["detail"] == "cannot be read in time: the database is too busy"
    finally:
        for one in taken:
            pool.putconn(one)
        pool.resize(0, most)
    assert client.get("/health").status_code == 200


def test_without_the_broker_it_is_down(client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    answer = client.get("/health")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert answer.json()["status"] == "down"
    assert "127.0.0.1" not in answer.content.decode()


def test_a_process_that_answers_lives_whatever_else_is_broken(client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert client.get("/health/live").status_code == 200


def test_health_is_read_and_never_written(client):
    assert client.post("/health").status_code == 405


def test_anonymous_visitors_learn_version_mode_and_halt_only(client):
    answer = client.get("/api/system/status")
    assert answer.status_code == 200
    assert set(answer.json()) == {"version", "mode", "halted"}
    assert answer.json()["mode"] == "PAPER"


@pytest.mark.usefixtures("nothing_waits")
def test_members_see_their_part_and_operators_everything():
    members = builders.bearer(builders.person()).get("/api/system/status").json()
    assert {"heartbeats", "ticks", "market_data", "ledger", "queues", "halts"} <= set(members)
    assert {"flags", "queue_depths"} & set(members) == set()
    assert members["ledger"]["ok"] is True
    operators = builders.bearer(builders.person(staff=True), admin=True).get("/api/system/status").json()
    assert operators["flags"]["enable_live_trading"] is False
    assert operators["flags"]["exchange_read_only"] is True
    assert operators["queue_depths"] == {"celery": 0, "unacknowledged": 0}


def test_an_operator_sees_the_messages_that_wait_and_is_told_when_nobody_knows(settings, nothing_waits):
    operator = builders.bearer(builders.person(staff=True), admin=True)
    nothing_waits.rpush("celery", "{}", "{}")
    nothing_waits.hset("unacked", "tag", "{}")
    assert operator.get("/api/system/status").json()["queue_depths"] == {"celery": 2, "unacknowledged": 1}
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    answer = operator.get("/api/system/status")
    assert (answer.status_code, answer.json()["queue_depths"]) == (200, None)
