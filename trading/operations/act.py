"""Act: send claimed orders to the venue, outside any transaction, and write down what it said.

The lease and the halt epoch are looked at once more before sending. Whatever is not a definite answer stays UNKNOWN and
keeps its money.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bots.queries import halts as halt_queries
from ledger.models import Market
from trading.domain.requests import Claimed
from trading.operations import record
from trading.venues import venue
from trading.venues.port import Ack, Ticket

HALTED_MEANWHILE = Ack("", "REJECTED", "HALTED_BEFORE_SENDING", "A stop was raised between the claim and the sending.")


def send(claimed: Sequence[Claimed], *, market: Market, now: datetime) -> list[Ack]:
    """Send the orders of one market that were claimed (refused ones are skipped) and record the answers."""
    orders = [order for order in claimed if order.state == "SENDING"]
    if not orders:
        return []
    epoch = halt_queries.standing().epoch
    held_back = [order for order in orders if order.halt_epoch != epoch and order.request.halt is None]
    going = [order for order in orders if order.halt_epoch == epoch or order.request.halt is not None]
    acks = [Ack(o.client_order_id, HALTED_MEANWHILE.outcome, HALTED_MEANWHILE.code, HALTED_MEANWHILE.sentence) for o in held_back]
    if going:
        acks += venue(market.venue).submit([ticket(order, market=market) for order in going], now=now)
    record.acknowledge(acks, now=now)
    return acks


def ticket(order: Claimed, *, market: Market) -> Ticket:
    """The order as the venue gets it."""
    r = order.request
    return Ticket(
        client_order_id=order.client_order_id, market=market, side=r.side, type=r.type,  # type: ignore[arg-type]
        time_in_force=r.time_in_force, quantity=r.quantity, price=r.price,  # type: ignore[arg-type]
    )
