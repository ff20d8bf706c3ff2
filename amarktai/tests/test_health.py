"""Health for machines, status for people: what is measured decides the verdict, who asks decides what is shown."""

import time
from datetime import timedelta

import pytest
from django.core.cache import cache

from accounts.tests import builders
from accounts.web import clock
from amarktai import scheduler
from trading.operations import heartbeat

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def beat_is_alive():
    cache.set(scheduler.KEY, time.time(), 60)
    yield
    cache.delete(scheduler.KEY)


def worker_was_alive(seconds):
    heartbeat.beat(processes=("worker",), now=clock.now() - timedelta(seconds=seconds))


def test_all_is_well(client):
    worker_was_alive(1)
    answer = client.get("/health")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"
    assert set(answer.json()["checks"]) == {"database", "redis", "beat", "worker", "ticks"}
    assert all(check["ok"] for check in answer.json()["checks"].values())


def test_a_silent_worker_degrades(client):
    worker_was_alive(21)
    answer = client.get("/health")
    assert answer.status_code == 200
    assert answer.json()["status"] == "degraded"
    assert answer.json()["checks"]["worker"] == {"ok": False, "detail": "silent", "age_s": pytest.approx(21, abs=1)}


def test_a_silent_beat_degrades(client):
    worker_was_alive(1)
    cache.set(scheduler.KEY, time.time() - 21, 60)
    assert client.get("/health").json()["checks"]["beat"]["detail"] == "silent"
    cache.delete(scheduler.KEY)
    assert client.get("/health").json()["status"] == "degraded"


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


def test_members_see_their_part_and_operators_everything():
    members = builders.bearer(builders.person()).get("/api/system/status").json()
    assert {"heartbeats", "ticks", "queues", "halts"} <= set(members)
    assert "flags" not in members
    operators = builders.bearer(builders.person(staff=True), admin=True).get("/api/system/status").json()
    assert operators["flags"]["enable_live_trading"] is False
    assert operators["flags"]["exchange_read_only"] is True
    assert operators["queue_depths"] == {"celery": 0}
