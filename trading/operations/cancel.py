"""Cancelling: an order goes to CANCELLING, the venue is told outside any transaction, a definite answer ends it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.domain.refusals import Conflict, Forbidden, Missing
from accounts.models import User
from accounts.operations import audit, second_factor
from accounts.queries import sql
from accounts.realtime import wire
from ledger.operations import reservations
from trading.domain.order_states import FINAL
from trading.models import Order
from trading.operations import record, trades
from trading.venues import venue
from trading.venues.port import Ack

CANCELLABLE = ["OPEN", "PARTIALLY_FILLED", "CANCELLING"]
ROUNDS = 20


@dataclass(frozen=True, slots=True)
class Scope:
    """Which orders: a condition on the order `o`, in constants, and the values of its placeholders."""

    condition: str
    values: tuple[Any, ...] = ()


EVERYBODY = Scope("true")


@dataclass(frozen=True, kw_only=True)
class CancelReport:
    """Orders that ended CANCELLED, and orders that may still be working at the venue."""

    cancelled: int
    open: int


def cancel(*, owner: UUID, order_id: UUID, actor: str, request_id: str, now: datetime) -> Order:
    """Cancel one order of a person. Missing for a foreign one, Conflict ORDER_IS_FINAL for one that has ended and ORDER_ON_ITS_WAY for
    one of which nobody knows yet whether the venue has it."""
    order = Order.objects.filter(id=order_id, owner=owner).first()
    if order is None:
        raise Missing("ORDER_NOT_FOUND", "You have no such order.")
    if order.state in FINAL:
        raise Conflict("ORDER_IS_FINAL", f"The order is {order.state} and cannot be cancelled.", state=order.state)
    found, _ = _round(Scope("o.id = %s", (order_id,)), actor=actor, now=now)
    if not found:
        raise Conflict("ORDER_ON_ITS_WAY", "The order is on its way to the venue; try again in a moment.", state=order.state)
    audit.record(
        person=owner, actor=actor, act="order.cancel", subject=f"order:{order_id}", before={"state": order.state}, after={},
        reason="", request_id=request_id, now=now,
    )
    order.refresh_from_db()
    return order


def cancel_all(*, owner: UUID | None, actor: str, request_id: str, now: datetime) -> CancelReport:
    """Cancel every working order of a person (None: of everybody) until two reads find none."""
    done = cancel_where(Scope("o.owner_id = %s", (owner,)) if owner else EVERYBODY, actor=actor, now=now)
    audit.record(
        person=owner, actor=actor, act="order.cancel_all", subject=f"person:{owner}" if owner else "everybody", before={},
        after={"cancelled": done.cancelled, "open": done.open}, reason="", request_id=request_id, now=now,
    )
    return done


def cancel_everything(*, actor_user: User, otp: str, request_id: str, now: datetime) -> CancelReport:
    """Cancel every working order of everybody, without a halt. It needs an operator and a fresh code: Forbidden otherwise."""
    if not actor_user.is_staff:
        raise Forbidden("OPERATORS_ONLY", "Only an operator may cancel the orders of everybody.")
    second_factor.verify(user=actor_user, otp=otp, now=now)
    return cancel_all(owner=None, actor=f"operator:{actor_user.id}", request_id=request_id, now=now)


def cancel_where(scope: Scope, *, actor: str, now: datetime) -> CancelReport:
    """Cancel the working orders of a scope until two reads in a row find none."""
    cancelled = empty = 0
    for _ in range(ROUNDS):
        found, ended = _round(scope, actor=actor, now=now)
        cancelled += ended
        empty = 0 if found else empty + 1
        if empty == 2:
            break
    ((still,),) = sql.fetch(
        f"SELECT count(*) FROM trading_order o WHERE {scope.condition} AND o.ending IS NULL", *scope.values
    )
    return CancelReport(cancelled=cancelled, open=still)


def _round(scope: Scope, *, actor: str, now: datetime) -> tuple[int, int]:
    """One read, one cancel at each venue -> (orders found, orders ended)."""
    with transaction.atomic():
        rows = sql.fetch(
            f"""
            UPDATE trading_order SET state = 'CANCELLING', updated_at = %s,
                history = CASE WHEN state = 'CANCELLING' THEN history
                    ELSE history || jsonb_build_array(jsonb_build_array('CANCELLING', %s::text, %s::text)) END
            WHERE id IN (
                SELECT o.id FROM trading_order o WHERE {scope.condition} AND o.ending IS NULL AND o.state = ANY(%s) ORDER BY o.id
                FOR UPDATE
            )
            RETURNING client_order_id, (SELECT m.venue FROM ledger_market m WHERE m.id = market_id)
            """,
            now, now.isoformat(), f"asked by {actor}", *scope.values, CANCELLABLE,
        )  # fmt: skip
    by_venue: dict[str, list[str]] = defaultdict(list)
    for name, place in rows:
        by_venue[place].append(name)
    ended = sum(_ended(venue(place).cancel(names, now=now), now=now) for place, names in by_venue.items())
    return len(rows), ended


def _ended(acks: Sequence[Ack], *, now: datetime) -> int:
    """Write the definite answers. Anything else stays CANCELLING and keeps its money."""
    names = [ack.client_order_id for ack in acks if ack.outcome == "ACCEPTED"]
    if not names:
        return 0
    with transaction.atomic():
        rows = sql.fetch(
            """
            WITH mine AS (SELECT id FROM trading_order WHERE client_order_id = ANY(%s) AND state = 'CANCELLING' ORDER BY id FOR UPDATE)
            UPDATE trading_order o SET state = 'CANCELLED', lease_until = NULL, updated_at = %s,
                history = history || jsonb_build_array(jsonb_build_array('CANCELLED', %s::text, ''))
            FROM mine WHERE o.id = mine.id RETURNING o.client_order_id, o.owner_id, o.id
            """,
            names, now, now.isoformat(),
        )  # fmt: skip
        reservations.close([name for name, _, _ in rows], now=now)
        trades.close_round_trips(record.locked([name for name, _, _ in rows]), now=now)
        wire.publish_many_on_commit(
            [wire.Message(person=owner, type="order", data={"orders": [str(order)]}) for _, owner, order in rows]
        )
    return len(rows)
