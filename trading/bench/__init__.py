"""Benches: how fast the order path is, beside an anchor of the machine and the path that others would take, in the same run.

They work on real tables through the real operations, in a database of their own. They must not be imported by anything that
trades, nor assert a time: they only measure.
"""

from __future__ import annotations

from collections.abc import Callable

from trading.bench import folds, latency, ledgers, lists, orders, ticks, wire
from trading.bench.rounds import Row, Size
from trading.domain.policy import Policy

Bench = Callable[[Size, Policy], list[Row]]

BENCHES: dict[str, Bench] = {
    "claims": orders.claims,
    "all_the_way": orders.all_the_way,
    "singles": orders.singles,
    "ticks": ticks.ticks,
    "lists": lists.lists,
    "sockets": wire.sockets,
    "latency": latency.latency,
    "fold": folds.fold,
    "verify": ledgers.verify,
}
