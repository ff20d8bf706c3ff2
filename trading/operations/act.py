"""Act: send claimed orders to the venue, outside any transaction, and write down what it said.

The halt epoch and the kill switch are looked at once more before sending. Whatever is not a definite answer stays UNKNOWN and
keeps its money.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from bots.domain.halts import Halts
from bots.queries import halts as halt_queries
from ledger.models import Market
from trading.domain.requests import Claimed
from trading.operations import breaker, record
from trading.venues import venue
from trading.venues.port import Ack, Ticket

HALTED_MEANWHILE = Ack("", "REJECTED", "HALTED_BEFORE_SENDING", "A stop was raised between the claim and the sending.")


Switch = Callable[[], bool]
"""Whether the kill switch is thrown, asked anew each time."""


def never() -> bool:
    """No kill switch: replays and benches."""
    return False


def send(claimed: Sequence[Claimed], *, market: Market, now: datetime, kill_switch: Switch = never) -> list[Ack]:
    """Send the orders of one market that were claimed (refused ones are skipped) and record the answers."""
    orders = [order for order in claimed if order.state == "SENDING"]
    if not orders:
        return []
    halts = halt_queries.standing()
    thrown = kill_switch()
    going: list[Claimed] = []
    held_back: list[Claimed] = []
    for order in orders:
        stopped = order.halt_epoch != halts.epoch and vetoed(order, halts)
        (held_back if stopped or (thrown and order.request.halt is None) else going).append(order)
    acks = [Ack(o.client_order_id, HALTED_MEANWHILE.outcome, HALTED_MEANWHILE.code, HALTED_MEANWHILE.sentence) for o in held_back]
    if going:
        acks += venue(market.venue).submit([ticket(order, market=market) for order in going], now=now)
    record.acknowledge(acks, now=now)
    breaker.note_errors(_failed(orders, acks), now=now)
    return acks


def _failed(orders: Sequence[Claimed], acks: Sequence[Ack]) -> list[tuple[UUID, str, UUID]]:
    """The bots whose orders the venue turned down or did not answer."""
    failed = {ack.client_order_id for ack in acks if ack.outcome != "ACCEPTED" and ack.code != HALTED_MEANWHILE.code}
    found = []
    for order in orders:
        r = order.request
        if order.client_order_id in failed and r.bot is not None:
            found.append((r.owner, r.mode, r.bot))
    return found


def vetoed(order: Claimed, halts: Halts) -> bool:
    """Whether a halt that stands by now covers this order. The epoch alone does not tell: it counts everybody's halts."""
    r = order.request
    veto = halts.level_for(owner=r.owner, mode=r.mode, wallet=r.wallet, bot=r.bot, closing=r.halt)
    return veto is not None and (veto.level == "HALTED" or not r.reducing)


def ticket(order: Claimed, *, market: Market) -> Ticket:
    """The order as the venue gets it."""
    r = order.request
    return Ticket(
        client_order_id=order.client_order_id, market=market, side=r.side, type=r.type,  # type: ignore[arg-type]
        time_in_force=r.time_in_force, quantity=r.quantity, price=r.price, expires_at=r.expires_at,  # type: ignore[arg-type]
    )
