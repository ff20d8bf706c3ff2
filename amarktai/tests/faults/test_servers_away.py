"""While the database or the broker is away: who asks hears it at once, nobody has to restart anything, nothing is forgotten."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from accounts.tests.builders import PASSWORD
from amarktai.tests.faults.stage import Stage
from amarktai.tests.faults.traders import PAGES, READINGS, Answer, Door

pytestmark = [pytest.mark.faults, pytest.mark.enable_socket]
ORDER = {"venue": "sim", "symbol": "AVAX/USDT", "side": "BUY", "quote_amount": "50", "mode": "PAPER"}
FAILURES = 5  # wrong passwords before the door is locked


def order(stage: Stage, person: dict[str, Any], key: str) -> Answer:
    headers = {"Authorization": f"Bearer {person['token']}", "Idempotency_Key": key}
    return Door(stage.port).ask("POST", "/api/orders/submit", ORDER, **headers)


def page(stage: Stage, person: dict[str, Any], path: str) -> Answer:
    return Door(stage.port).ask("GET", path, Cookie=f"sessionid={person['session']}", Accept="text/html")


def reading(stage: Stage, person: dict[str, Any], path: str) -> Answer:
    return Door(stage.port).ask("GET", path, Authorization=f"Bearer {person['token']}")


def everything(stage: Stage, person: dict[str, Any], key: str) -> dict[str, Answer]:
    """Every page and reading and an order, all at once."""
    with ThreadPoolExecutor(20) as pool:
        asked = {
            **{path: pool.submit(page, stage, person, path) for path in PAGES},
            **{path: pool.submit(reading, stage, person, path) for path in READINGS},
            "order": pool.submit(order, stage, person, key),
        }
        return {path: answer.result() for path, answer in asked.items()}


def test_without_the_database_every_door_says_when_to_come_back_and_opens_again_by_itself(
    stage: Stage, people: list[dict[str, Any]]
) -> None:
    key = uuid4().hex
    with stage.without("postgres"):
        for path, answer in everything(stage, people[0], key).items():
            assert (answer.status, answer.headers.get("retry-after")) == (503, "5"), (path, answer)
        health = Door(stage.port).ask("GET", "/health")
        assert (health.status, health.json()["checks"]["database"]["ok"]) == (503, False)
    before = dict(stage.running)
    stage.until(stage.healthy)
    stage.until(lambda: order(stage, people[0], key).status == 202)
    [(orders,)] = stage.ask("SELECT count(*) FROM trading_order WHERE request_key = %s", key)
    assert (orders, stage.running) == (1, before)


def test_without_the_broker_people_read_and_trade_and_the_ticks_come_back_by_themselves(
    stage: Stage, people: list[dict[str, Any]]
) -> None:
    """No gate asks the broker, so its death neither admits nor refuses an order."""
    key = uuid4().hex
    with stage.without("valkey"):
        found = everything(stage, people[0], key)
        assert found.pop("order").status == 202
        assert {path: answer.status for path, answer in found.items()} == dict.fromkeys(found, 200)
    newest = "SELECT max(last_candle) FROM trading_stream"
    stage.until(stage.healthy)
    before = stage.ask(newest)[0][0]
    stage.until(lambda: stage.ask(newest)[0][0] > before)
    stage.until(lambda: stage.ask("SELECT state FROM trading_order WHERE request_key = %s", key)[0][0] in ("FILLED", "EXPIRED"))


def test_an_emptied_broker_logs_nobody_out_and_lets_nobody_in(stage: Stage, people: list[dict[str, Any]]) -> None:
    def tried(password: str) -> int:
        return Door(stage.port).ask("POST", "/api/auth/login", {"username": "trader1", "password": password}).status

    for _ in range(FAILURES):
        tried("not this one, surely")
    locked = tried(PASSWORD)
    stage.empty_broker()
    assert locked >= 400
    assert tried(PASSWORD) == locked
    assert page(stage, people[1], "/bots/").status == 200
    assert reading(stage, people[1], "/api/bots").status == 200
