"""Anchors: what this machine can do at best, with nothing of ours but the gates around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from time import perf_counter

from django.db import connection, transaction

from accounts.domain.identity import new_id
from ledger.operations import bulk
from trading import gates
from trading.bench.rounds import owner_connection
from trading.domain.policy import Policy
from trading.domain.requests import Claimed, OrderRequest, client_order_id
from trading.gates.facts import Facts
from trading.operations import order_rows

BATCH = 1_000
TABLE = "bench_anchor_order"
QUIET = Facts(
    in_flight=False, decided=False, entries_of_bot=0, entries_of_user=0, burst=0, halt="", halt_id=None, halt_source="", halt_scope="",
    status="RUNNING", breach=None, wallet_in_deficit=False, trading_enabled=True, kill_switch=False,
)  # fmt: skip


@contextmanager
def bare_table() -> Iterator[None]:
    """The table of the anchor below, for as long as a bench lasts: a database that was measured is then as it was."""
    with owner_connection() as owner:
        owner.execute(f"DROP TABLE IF EXISTS {TABLE}")  # of a bench that was killed
        owner.execute(f"CREATE TABLE {TABLE} (LIKE trading_order)")
        owner.execute(f"GRANT INSERT ON {TABLE} TO app")
    try:
        yield
    finally:
        with owner_connection() as owner:
            owner.execute(f"DROP TABLE {TABLE}")


def gates_and_copy(requests: Sequence[OrderRequest], *, policy: Policy, now: datetime) -> Callable[[int], int]:
    """Judge in memory on facts that are given, and copy whole order rows into the bare table (no index, no trigger, no key),
    a durable transaction per thousand."""

    def act(number: int) -> int:
        for start in range(0, len(requests), BATCH):
            judged = [_judged(request, policy=policy) for request in requests[start : start + BATCH]]
            lines = list(order_rows.lines(judged, epoch=0, lease_until=now + timedelta(minutes=1), now=now))
            bulk.copy(TABLE, order_rows.ORDER_COLUMNS, lines)
        return len(requests)

    return act


def _judged(request: OrderRequest, *, policy: Policy) -> Claimed:
    verdicts = gates.judge(request, QUIET, policy)
    return Claimed(new_id(), client_order_id(intent=request.intent, attempt=1), "SENDING", request, verdicts, "", 0, 1)


def round_trips(count: int) -> Callable[[int], int]:
    """Statements that do nothing, one after the other."""

    def act(number: int) -> int:
        with connection.cursor() as cursor:
            for _ in range(count):
                cursor.execute("SELECT 1")
        return count

    return act


def bare_transaction() -> float:
    """Milliseconds of a transaction of twenty statements that do nothing and a durable commit."""
    started = perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        for _ in range(20):
            cursor.execute("SELECT 1")
        cursor.execute("SELECT pg_logical_emit_message(true, 'bench', '')")
    return 1_000 * (perf_counter() - started)


def copy_and_hash(tables: Sequence[str]) -> int:
    """All rows of these tables out of the server and through sha256, one table after the other; how many there were."""
    rows, told = 0, sha256()
    for table in tables:
        with connection.cursor() as cursor, cursor.copy(f"COPY {table} TO STDOUT") as out:
            for block in out:
                told.update(block)
                rows += 1
    return rows


def copy_out() -> Callable[[int], int]:
    """Rows of the order table out of the server."""

    def act(number: int) -> int:
        rows = 0
        columns = ", ".join(order_rows.ORDER_COLUMNS)
        with connection.cursor() as cursor, cursor.copy(f"COPY trading_order ({columns}) TO STDOUT") as out:
            for block in out:
                rows += bytes(block).count(b"\n")
        return rows

    return act
