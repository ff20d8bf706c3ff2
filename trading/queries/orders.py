"""Orders as their owner sees them: querysets narrowed to one person, and frozen views with the gates' verdicts.

Never writes, never shows another person's order.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.domain.refusals import Malformed, Missing
from accounts.queries import loading, sql
from accounts.queries.sql import Asked, Asking
from ledger.domain.numbers import share
from trading.domain.order_states import FINAL
from trading.models.order import Order, State

_ASKED_FOR = f"""
SELECT {loading.columns(Order, of="o")} FROM trading_order o WHERE o.owner_id = ANY(%s) AND o.request_key = ANY(%s)
"""  # noqa: S608 - columns of the model, and no value


@dataclass(frozen=True, kw_only=True)
class Step:
    """One state that an order has been in."""

    state: str
    at: datetime
    note: str


@dataclass(frozen=True, kw_only=True)
class OrderView:
    """An order with its verdicts. Amounts are in the base asset, `fees` and prices in `currency`."""

    id: UUID
    client_order_id: str
    bot_id: UUID | None
    bot_name: str
    venue: str
    symbol: str
    currency: str
    mode: str
    side: str
    type: str
    time_in_force: str
    expires_at: datetime | None
    leg: str
    reason: str
    quantity: Decimal
    price: Decimal | None
    decision_price: Decimal
    expected_edge_bps: Decimal | None
    reducing: bool
    bootstrap: bool
    state: str
    refusal: str
    sentence: str
    gates: list[dict[str, Any]]
    filled: Decimal
    average_price: Decimal | None
    fees: Decimal
    history: tuple[Step, ...]
    candle: datetime | None
    created_at: datetime
    updated_at: datetime


def of(*, owner: UUID, state: str = "", bot_id: UUID | None = None) -> QuerySet[Order]:
    """Orders of a person, newest first; `state` is one of the order states or empty."""
    found = Order.objects.filter(owner=owner).select_related("market", "bot")
    if state:
        if state not in State.values:
            raise Malformed("UNKNOWN_STATE", f"{state[:20]} is no order state.", states=list(State.values))
        found = found.filter(ending=state) if state in FINAL else found.filter(ending=None, state=state)
    if bot_id is not None:
        found = found.filter(bot_id=bot_id)
    return found.order_by("-created_at", "-id")


def asked_for(*, owners: Collection[UUID], keys: Collection[str]) -> list[Order]:
    """Orders of these people that came with one of these keys of theirs. Plain SQL: a submission waits for it."""
    return loading.loaded(Order, sql.ask(_asking_for(owners, keys)))


def _asking_for(owners: Collection[UUID], keys: Collection[str]) -> Asking[sql.Rows]:
    [rows] = yield [Asked(_ASKED_FOR, (list(owners), list(keys)))]
    return rows


def pending(*, owner: UUID) -> QuerySet[Order]:
    """Orders that may still fill, newest first."""
    return of(owner=owner).filter(ending=None)


def one(*, owner: UUID, order_id: UUID) -> Order:
    order = of(owner=owner).filter(id=order_id).first()
    if order is None:
        raise Missing("NOT_FOUND", "There is no such order.")
    return order


def view(order: Order) -> OrderView:
    """The order as plain data. The market (and bot) should be loaded with it: see `of`."""
    filled = order.filled_quantity
    refused = [verdict for verdict in order.verdicts if verdict.get("verdict") == "REFUSED"]
    return OrderView(
        id=order.id,
        client_order_id=order.client_order_id,
        bot_id=order.bot_id,
        bot_name=order.bot.name if order.bot else "",
        venue=order.market.venue,
        symbol=order.market.symbol,
        currency=order.market.quote_id,
        mode=order.mode,
        side=order.side,
        type=order.type,
        time_in_force=order.time_in_force,
        expires_at=order.expires_at,
        leg=order.leg,
        reason=order.reason,
        quantity=order.quantity,
        price=order.price,
        decision_price=order.decision_price,
        expected_edge_bps=order.expected_edge_bps,
        reducing=order.reducing,
        bootstrap=order.bootstrap,
        state=order.state,
        refusal=order.refusal,
        sentence=str(refused[0].get("sentence", "")) if refused else _last_note(order),
        gates=list(order.verdicts),
        filled=filled,
        average_price=share(order.filled_value, Decimal(1), filled) if filled else None,
        fees=order.fees,
        history=tuple(Step(state=state, at=datetime.fromisoformat(at), note=note) for state, at, note in order.history),
        candle=order.candle,
        created_at=order.created_at,
        updated_at=order.updated_at,
    )


def _last_note(order: Order) -> str:
    """What the venue or a person said last, if anything."""
    return str(order.history[-1][2]) if order.history else ""
