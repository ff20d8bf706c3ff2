"""An order at the real door, in a process of the platform that stands still at one gate until it is told to go on: whatever is ended
meanwhile is ended exactly there. Says AT THE GATE, waits for a line, and then says what the door answered.
"""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from typing import Any

from django.test import Client

from accounts.models.token import Scope
from accounts.operations import people, tokens
from accounts.tests import builders
from accounts.web import clock
from amarktai.tests.faults import seeding
from ledger.operations import funding, wallets
from trading import gates
from trading.domain.policy import Policy
from trading.domain.requests import OrderRequest
from trading.domain.verdicts import Verdict
from trading.gates.facts import Facts
from trading.venues import venue

NAMES = "ABCD"
HERE = "AT THE GATE"


def seed(name: str, *venues: str) -> None:
    """Somebody with 1,000 at each venue and no bot, so that nobody else moves their money. Prints who it is."""
    now = clock.now()
    venue(seeding.VENUE).ensure_markets(now=now)
    user = people.register(username=name, password=builders.PASSWORD, email="", request_id="", now=now)
    actor = f"user:{user.id}"
    for place in venues:
        wallet = wallets.open_wallet(owner=user, venue=place, mode="PAPER", now=now)
        funding.deposit(wallet=wallet.id, asset="USDT", amount=Decimal(1_000), actor=actor, request_id="", now=now)
    _, token = tokens.issue(user=user, scopes={Scope.READ, Scope.TRADE}, label="", verified=False, request_id="", now=now)
    json.dump({"id": str(user.id), "token": token}, sys.stdout)


def order(gate: str, *, token: str, key: str) -> None:
    """Buy for 50 at the simulated market, and stand still at this gate."""
    number = NAMES.index(gate)
    gates.GATES = (*gates.GATES[:number], _standing_still(gates.GATES[number]), *gates.GATES[number + 1 :])
    body = {"venue": seeding.VENUE, "symbol": seeding.SYMBOLS[0], "side": "BUY", "quote_amount": "50", "mode": "PAPER"}
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key, "Host": "127.0.0.1"}
    client = Client(raise_request_exception=False)
    answer = client.post("/api/orders/submit", json.dumps(body), content_type="application/json", headers=headers)
    told: dict[str, Any] = {"status": answer.status_code, "retry_after": answer.headers.get("Retry-After"), "body": answer.json()}
    print(json.dumps(told), flush=True)


def _standing_still(judge: gates.Gate) -> gates.Gate:
    def gate(request: OrderRequest, facts: Facts, policy: Policy) -> Verdict:
        print(HERE, flush=True)
        sys.stdin.readline()
        return judge(request, facts, policy)

    return gate
