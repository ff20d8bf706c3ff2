"""Fail closed: the database, the broker or the prices end while an order stands at a gate. Without the database or without prices there
is no order and a plain reason; no gate asks the broker, so that its end changes nothing. Nothing is ever half written.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from amarktai.tests.faults import at_gates, books
from amarktai.tests.faults.stage import Stage
from amarktai.tests.faults.traders import Answer, Door

pytestmark = [pytest.mark.faults, pytest.mark.enable_socket]
SEED = "from amarktai.tests.faults import at_gates; at_gates.seed({name!r}, 'sim', 'recorded')"
ORDER = "from amarktai.tests.faults import at_gates; at_gates.order({gate!r}, token={token!r}, key={key!r})"
FREE = """
SELECT l.cash FROM ledger_balance l JOIN ledger_book b ON b.id = l.book_id JOIN ledger_wallet w ON w.id = b.wallet_id
WHERE w.owner_id = %s AND w.venue = 'recorded' AND b.kind = 'FREE'
"""
WRITTEN = """
SELECT (SELECT count(*) FROM trading_order WHERE owner_id = %s),
       (SELECT count(*) FROM ledger_reservation r JOIN ledger_book b ON b.id = r.book_id JOIN ledger_wallet w ON w.id = b.wallet_id
        WHERE w.owner_id = %s),
       (SELECT count(*) FROM ledger_journalentry e JOIN ledger_wallet w ON w.id = e.wallet_id WHERE w.owner_id = %s),
       (SELECT count(*) FROM accounts_auditrow r JOIN accounts_auditchain c ON c.id = r.chain_id WHERE c.person_id = %s)
"""


@pytest.fixture
def person(stage: Stage) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(stage.run(SEED.format(name=f"at-a-gate-{uuid4().hex[:8]}")))
    return found


def written(stage: Stage, person: dict[str, Any]) -> tuple[int, ...]:
    """Orders, reservations, entries of the journal and audit rows of a person."""
    return stage.ask(WRITTEN, *[person["id"]] * 4)[0]


def ended_at(gate: str, server: str, stage: Stage, person: dict[str, Any], key: str) -> dict[str, Any]:
    """What somebody hears whose order stands at this gate while the server is killed and stays away."""
    process = stage.begin(ORDER.format(gate=gate, token=person["token"], key=key))
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline().strip() == at_gates.HERE, process.communicate()[1]
    with stage.without(server):
        said, complained = process.communicate("go on\n")
    assert process.returncode == 0, complained
    stage.until(stage.healthy)
    answer: dict[str, Any] = json.loads(said.splitlines()[-1])
    return answer


def asked_again(stage: Stage, person: dict[str, Any], key: str, **other: str) -> Answer:
    """The same order at the door of the platform that is well again."""
    body = {"venue": "sim", "symbol": "AVAX/USDT", "side": "BUY", "quote_amount": "50", "mode": "PAPER", **other}
    return Door(stage.port).ask("POST", "/api/orders/submit", body, Authorization=f"Bearer {person['token']}", Idempotency_Key=key)


@pytest.mark.parametrize("gate", at_gates.NAMES)
def test_the_database_killed_at_a_gate_means_no_order_and_the_same_key_orders_once_when_it_is_back(
    gate: str, stage: Stage, person: dict[str, Any]
) -> None:
    before, key = written(stage, person), uuid4().hex
    answer = ended_at(gate, "postgres", stage, person, key)
    assert (answer["status"], answer["retry_after"]) == (503, "5")
    assert (answer["body"]["code"], answer["body"]["message"]) == ("UNAVAILABLE", "A part of the system does not answer; try again soon.")
    assert written(stage, person) == before
    assert books.flaws(stage) == {}
    for _ in range(2):
        assert asked_again(stage, person, key).status == 202
    assert written(stage, person)[0] == before[0] + 1
    assert stage.proof()["ok"]


@pytest.mark.parametrize("gate", at_gates.NAMES)
def test_the_broker_killed_at_a_gate_neither_admits_nor_refuses_the_order_and_nothing_is_half_done(
    gate: str, stage: Stage, person: dict[str, Any]
) -> None:
    before, key = written(stage, person), uuid4().hex
    answer = ended_at(gate, "valkey", stage, person, key)
    assert answer["status"] == 202
    assert [verdict["gate"] for verdict in answer["body"]["gates"] if verdict["gate"] in at_gates.NAMES] == list(at_gates.NAMES)
    assert asked_again(stage, person, key).json()["id"] == answer["body"]["id"]
    orders, reservations, _, _ = written(stage, person)
    assert (orders, reservations) == (before[0] + 1, before[1] + 1)
    assert books.flaws(stage) == {}
    assert stage.proof()["ok"]


def test_prices_that_have_ended_let_no_order_come_to_a_gate(stage: Stage, person: dict[str, Any]) -> None:
    """At the recorded market nothing has been heard since its last candle; nothing is held, and the reason is told."""
    stage.run("from trading.tests import replays; replays.candles(*replays.SYMBOLS)")
    [(symbol,)] = stage.ask("SELECT symbol FROM ledger_market WHERE venue = 'recorded' ORDER BY symbol LIMIT 1")
    answer = asked_again(stage, person, uuid4().hex, venue="recorded", symbol=symbol)
    assert answer.status == 422, answer
    told = answer.json()["details"]
    assert told["state"] == "REFUSED"
    assert set(at_gates.NAMES).isdisjoint(verdict["gate"] for verdict in told["gates"])
    assert told["gates"][-1]["code"] == "QUOTE_STALE"
    assert "old" in answer.json()["message"]
    orders, reservations, _, _ = written(stage, person)
    assert (orders, reservations) == (1, 0)
    assert stage.ask(FREE, person["id"]) == [(Decimal(1_000),)]
    assert books.flaws(stage) == {}
