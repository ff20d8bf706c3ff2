"""P7: how long one order waits for its validation and its gates, in the 95th of a hundred cases.

Two measures: what is Python's alone (the body read and checked field by field, then the four gates on facts at hand), in seconds of
the processor, which a busy machine does not stretch; and the whole claim of one order as it is lived (locks, facts, halts, gates,
rows, and the commit on disk), in seconds of the clock. Looking up the order's place, the venue's quote and the sending are in neither.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle
from statistics import quantiles
from time import perf_counter, process_time

from trading import gates
from trading.api.shapes.orders import OrderIn
from trading.bench import anchors, orders, wishes, world
from trading.bench.rounds import Row, Size, analyse, say
from trading.domain.policy import Policy
from trading.operations import claim

BUDGET_MS = 5.0
WARM_UP = 50


def latency(size: Size, policy: Policy) -> list[Row]:
    """Milliseconds of one order at the 95th percentile, beside the budget."""
    place = world.build(bots=world.BOTS_PER_PERSON, parameters=[{}])
    wide = wishes.roomy(policy)
    seats = cycle(place.seats)
    [request], _ = orders.entries_now(place, place.seats[:1])
    body = {
        "venue": world.VENUE, "symbol": place.market.symbol, "side": "BUY", "type": "LIMIT", "quantity": "0.005", "price": "20100",
        "bot_id": str(place.seats[0].bot), "expected_edge_bps": "80",
    }  # fmt: skip

    def in_python() -> None:
        asked = OrderIn(data=body)
        asked.is_valid(raise_exception=True)
        assert not gates.judge(request, anchors.QUIET, wide)[-1].refused

    def whole_claim() -> None:
        asked, now = orders.entries_now(place, [next(seats)])
        assert claim.claim(asked, policy=wide, now=now, kill_switch=False).orders[0].state == "SENDING"

    return [
        _row("validation and gates of one order in Python, processor time", in_python, process_time, size),
        _row("the whole claim of one order, locks to commit", whole_claim, perf_counter, size),
    ]


def _row(name: str, act: Callable[[], None], clock: Callable[[], float], size: Size) -> Row:
    taken: list[float] = []
    for _ in range(WARM_UP):
        act()
    analyse()
    for _ in range(size.single):
        started = clock()
        act()
        taken.append(1000 * (clock() - started))
    cuts = quantiles(taken, n=100)
    say(f"{name}: p50 {cuts[49]:.2f} ms, p95 {cuts[94]:.2f} ms, p99 {cuts[98]:.2f} ms")
    return Row(name=f"P7 {name}, p95 / budget", unit="ms", ours=cuts[94], reference=BUDGET_MS, n=size.single, rounds=1)
