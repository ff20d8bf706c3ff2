"""Somebody who books fills without a pause, in a process of the platform: what the ledger has answered is printed at once, one line a
batch, and what it has not is told again until it answers. Ends when its standard input does.
"""

from __future__ import annotations

import json
import random
import sys
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from select import select
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.utils import InterfaceError, OperationalError

from accounts.domain.identity import new_id
from accounts.operations import people
from accounts.tests import builders as accounts_builders
from accounts.web import clock
from ledger.models import Book, BookKind
from ledger.operations import fills, funding, wallets
from ledger.operations.fills import FillReport
from ledger.tests import builders

BATCHES = (1, 1, 2, 7, 40)
LONG_AGO = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
AGAIN_S = 0.05


def seed(books: int) -> None:
    """A person with a wallet at two venues and so many books in each. Prints the books."""
    now = clock.now()
    user = people.register(username="keeper-of-books", password=accounts_builders.PASSWORD, email="", request_id="", now=now)
    made: list[str] = []
    for venue in ("sim", "recorded"):
        builders.market(venue=venue)
        wallet = wallets.open_wallet(owner=user, venue=venue, mode="PAPER", now=now)
        funding.deposit(wallet=wallet.id, asset="USDT", amount=Decimal(10**9), actor="user:test", request_id="", now=now)
        made += [str(wallets.open_book(wallet=wallet.id, kind=BookKind.BOT, label=f"{n}", now=now).id) for n in range(books)]
    json.dump(made, sys.stdout)


def main(book: str, *, seed: int) -> None:
    """Book purchases and sales of one book; a fifth of them is told with a time before others, a fifth of the batches twice."""
    dice = random.Random(seed)
    of = _insist(lambda: Book.objects.select_related("wallet").get(id=UUID(book)))
    count = 0
    while not _over():
        batch = []
        for _ in range(dice.choice(BATCHES)):
            count += 1
            batch.append((count, dice.choice(("BUY", "BUY", "SELL")), dice.randint(1, 999), dice.randint(1, 99_999), dice.random() < 0.2))
        prefix = new_id().hex
        reports = _insist(lambda batch=batch, prefix=prefix: [_report(of, prefix, *one) for one in batch])
        for _ in range(2 if dice.random() < 0.2 else 1):
            told = _insist(lambda reports=reports: fills.record(reports, now=clock.now()))
            print(json.dumps({one.report.trade_id: str(one.entry_id) for one in told}), flush=True)


def _report(of: Book, prefix: str, number: int, side: str, thousandths: int, cents: int, late: bool) -> FillReport:
    at = LONG_AGO + timedelta(seconds=number - 30 if late else number)
    price = (Decimal(cents) / 100).normalize()
    return builders.report(of, side, str(Decimal(thousandths) / 1000), f"{price:f}", fee="0.01", at=at, trade=f"{prefix}-{number}")


def _insist(act: Any) -> Any:
    """What it answers, once the database does."""
    while True:
        try:
            return act()
        except (OperationalError, InterfaceError):
            connection.close()
            time.sleep(AGAIN_S)


def _over() -> bool:
    ready, _, _ = select([sys.stdin], [], [], 0)
    return bool(ready)
