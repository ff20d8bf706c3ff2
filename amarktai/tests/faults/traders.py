"""People at the doors while the house burns: each order has its key and is asked for again until there is a definite answer."""

from __future__ import annotations

import http.client
import json
import random
from collections import Counter
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import Any
from uuid import uuid4

PATIENCE_S = 120
PAGES = ("/", "/bots/", "/orders/", "/money/", "/trades/", "/profits/")
READINGS = ("/api/orders", "/api/portfolio/summary", "/api/bots", "/api/trades", "/api/system/status", "/api/ledger/fills")


@dataclass(frozen=True)
class Answer:
    """Status 0: nobody answered, or the line broke."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> Any:
        return json.loads(self.body)


class Door:
    """One connection at a time to the platform's pages."""

    def __init__(self, port: int) -> None:
        self.port = port

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None, **headers: str) -> Answer:
        wire = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            sent["Content-Type"] = "application/json"
        try:
            wire.request(method, path, None if body is None else json.dumps(body), sent)
            answer = wire.getresponse()
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        except (OSError, http.client.HTTPException):
            return Answer(0)
        finally:
            wire.close()


@dataclass
class Acknowledged:
    """An order that the platform has said it took, or has refused by a gate and stored."""

    person: str
    key: str
    body: dict[str, Any]
    order: str
    client_order_id: str


class Trader(Thread):
    """Trades as one person until told to stop. What it was promised and what it was told wrongly is kept."""

    def __init__(self, *, port: int, person: dict[str, Any], seed: int) -> None:
        super().__init__(daemon=True)
        self.door, self.person, self.dice = Door(port), person, random.Random(seed)
        self.over, self.pause, self.idle, self.lock = Event(), Event(), Event(), Lock()
        self.promised: list[Acknowledged] = []
        self.cancelled: set[str] = set()
        self.seen: Counter[tuple[str, int]] = Counter()
        self.wrong: list[str] = []

    def run(self) -> None:
        while not self.over.is_set():
            if self.pause.is_set():
                self.idle.set()
                self.over.wait(0.05)
                continue
            self.idle.clear()
            act = self.dice.choices((self.order, self.again, self.cancel, self.look), (60, 10, 10, 20))[0]
            act()
            self.over.wait(self.dice.uniform(0, 0.1))

    def order(self) -> None:
        """A new order, on a bot's book or by hand, until it is known what became of it."""
        bot, symbol = self.dice.choice(list(self.person["bots"].items()))
        by_hand = self.dice.random() < 0.3
        body: dict[str, Any] = {"venue": "sim", "symbol": symbol, "side": "BUY", "type": "MARKET", "quote_amount": "50", "mode": "PAPER"}
        if self.dice.random() < 0.3:
            body |= {"type": "LIMIT", "time_in_force": "GTC", "price": "3.00"}  # far below: rests until somebody cancels it
        elif self.dice.random() < 0.3:
            del body["quote_amount"]
            body |= {"side": "SELL", "quantity": "0.50"}
        key = uuid4().hex
        body |= {} if by_hand else {"bot_id": bot, "expected_edge_bps": "500"}
        answer = self.insist("POST", "/api/orders/submit", body, Idempotency_Key=key)
        told = answer.json() if answer.status == 202 else answer.json()["details"] if answer.status == 422 else {}
        if "client_order_id" in told:
            with self.lock:
                self.promised.append(Acknowledged(self.person["id"], key, body, told["id"], told["client_order_id"]))
        elif answer.status not in (409, 422):
            self.wrong.append(f"order: {answer.status} {answer.body[:300]!r}")

    def again(self) -> None:
        """The same key and body: the same order."""
        if self.promised:
            old = self.dice.choice(self.promised)
            answer = self.insist("POST", "/api/orders/submit", old.body, Idempotency_Key=old.key)
            told = answer.json() if answer.status == 202 else answer.json().get("details", {})
            if told.get("id") != old.order:
                self.wrong.append(f"asked again for {old}: {answer.status} {answer.body[:300]!r}")

    def cancel(self) -> None:
        """One of the orders so far."""
        if self.promised:
            order = self.dice.choice(self.promised).order
            answer = self.insist("POST", f"/api/orders/{order}/cancel")
            if answer.status == 202:
                self.cancelled.add(order)
            elif answer.status not in (409, 422):
                self.wrong.append(f"cancel: {answer.status} {answer.body[:300]!r}")

    def look(self) -> None:
        """A page or a reading: what cannot be answered now is 503, whoever asks and how."""
        if self.dice.random() < 0.5:
            path = self.dice.choice(PAGES)
            answer = self.door.ask("GET", path, Cookie=f"sessionid={self.person['session']}", Accept="text/html")
        else:
            path = self.dice.choice(READINGS)
            answer = self.door.ask("GET", path, Authorization=f"Bearer {self.person['token']}")
        self.judge("GET", path, answer)
        if answer.status not in (0, 200, 503):
            self.wrong.append(f"{path}: {answer.status} {answer.body[:300]!r}")

    def insist(self, method: str, path: str, body: dict[str, Any] | None = None, **headers: str) -> Answer:
        """The first definite answer."""
        while True:
            answer = self.door.ask(method, path, body, Authorization=f"Bearer {self.person['token']}", **headers)
            self.judge(method, path, answer)
            if answer.status not in (0, 429, 503) or self.over.is_set():
                return answer
            self.over.wait(self.dice.uniform(0.05, 0.3))

    def judge(self, method: str, path: str, answer: Answer) -> None:
        self.seen[path if method == "GET" else path.rsplit("/", 1)[-1], answer.status] += 1
        if answer.status >= 500 and not (answer.status == 503 and "retry-after" in answer.headers):
            self.wrong.append(f"{method} {path}: {answer.status} {answer.headers} {answer.body[:300]!r}")

    def rest(self) -> None:
        """Let what is being asked be answered, and ask no more until `go_on`."""
        self.pause.set()

    def go_on(self) -> None:
        self.idle.clear()
        self.pause.clear()
