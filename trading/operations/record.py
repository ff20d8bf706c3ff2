"""Record: what the venue said becomes order states, fills on the ledger, trades and breaker numbers; one transaction a batch.

Order rows are locked first, balances and wallets after them (in the ledger). Recording the same report twice changes nothing. What
trips the breaker trips it last, in the same transaction.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from accounts.domain.decimals import plain
from accounts.operations import alerts
from accounts.operations.alerts import Notice
from accounts.queries import sql
from accounts.queries.sql import Asked, Asking
from accounts.realtime import wire
from ledger.domain.numbers import CONTEXT, ZERO
from ledger.models import Market
from ledger.operations import equity, fills, reservations
from ledger.queries.worth import Price
from trading.domain.breaker import FILLED_AFTER_ALL, LATE_FILL
from trading.domain.matcher import ENDINGS, POST_ONLY_WOULD_TAKE, Report
from trading.domain.order_states import DENIED, FINAL
from trading.domain.placed import COLUMNS, Placed
from trading.operations import breaker, trades
from trading.operations.claim import Trip
from trading.venues.port import Ack

OVERFILLED = "More was filled than was ordered."
_spelled = json.JSONEncoder(sort_keys=True).encode
ANSWERED = {"ACCEPTED": "OPEN", "REJECTED": "REJECTED", "UNKNOWN": "UNKNOWN"}


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a batch of reports changed, and whose orders they were about."""

    fills: int
    orders: int
    trades: int
    bots: frozenset[UUID]
    people: frozenset[UUID] = frozenset()


def acknowledge(acks: Sequence[Ack], *, now: datetime) -> None:
    """Write the venue's answers: OPEN, REJECTED (money released) or UNKNOWN (money stays held)."""
    if not acks:
        return
    if any(ack.outcome == "REJECTED" for ack in acks):
        with transaction.atomic():
            rows = sql.ask(_answering(acks, now=now))
            rejected = [name for name, state, _, _ in rows if state == "REJECTED"]
            if rejected:  # one whose sender slept past its lease was adopted meanwhile: it works, and so does its money
                reservations.close(rejected, now=now)
    else:  # one statement is a transaction
        rows = sql.ask(_answering(acks, now=now))
    _tell("order", ((owner, order) for _, _, owner, order in rows))


def _answering(acks: Sequence[Ack], *, now: datetime) -> Asking[sql.Rows]:
    """Move the orders that still wait for their answer -> name, new state, owner and id of each."""
    moved = Asked(
        """
        WITH mine AS (
            SELECT o.id, new.state, new.code, new.sentence FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[])
                AS new(name, state, code, sentence) JOIN trading_order o ON o.client_order_id = new.name ORDER BY o.id FOR UPDATE OF o
        )
        UPDATE trading_order o SET state = mine.state, refusal = mine.code, updated_at = %s,
            lease_until = CASE WHEN mine.state = 'UNKNOWN' THEN lease_until END,
            history = history || jsonb_build_array(jsonb_build_array(mine.state, %s::text, mine.sentence))
        FROM mine WHERE o.id = mine.id AND o.state = 'SENDING'
        RETURNING o.client_order_id, o.state, o.owner_id, o.id
        """,
        (
            [ack.client_order_id for ack in acks], [ANSWERED[ack.outcome] for ack in acks], [ack.code for ack in acks],
            [ack.sentence for ack in acks], now, now.isoformat(),
        ),
    )  # fmt: skip
    [rows] = yield [moved]
    return rows


def book_reports(
    reports: Sequence[Report], *, market: Market, marks: Mapping[UUID, Price] | None, now: datetime
) -> Recorded:
    """Book fills, move orders along, make trades of closing orders that are final, and value what was touched at `marks`
    (market -> price and time; what is not among them at its stored mark). A fill of an order that the venue had denied trips the
    breaker."""
    if not reports:
        return Recorded(0, 0, 0, frozenset())
    with transaction.atomic():
        orders = {order.client_order_id: order for order in locked({report.client_order_id for report in reports})}
        denied = {name for name, order in orders.items() if order.state in DENIED}
        known = [report for report in reports if report.client_order_id in orders]
        told_fills = [_facts(report, orders[report.client_order_id], market) for report in known if report.kind == "FILL"]
        outcomes = fills.record(told_fills, now=now, ending=_ending(orders, known))
        told = iter(outcomes)
        effective = [report for report in known if report.kind != "FILL" or next(told).status == "BOOKED"]
        booked = sum(report.kind == "FILL" for report in effective)
        touched = _move(orders, effective)
        after_all = [order for order in touched if order.client_order_id in denied]
        alerts.raise_alerts(
            notices=[*map(_overfill, (order for order in touched if order.overfilled)), *map(_filled_after_all, after_all)], now=now
        )
        made = trades.close_round_trips(touched, refolded={book for outcome in outcomes for book in outcome.refolded}, now=now)
        if booked:
            equity.snapshot(
                wallets=[*{order.wallet for order in touched}], books=[*{order.book for order in touched}], now=now,
                marks=marks, meanwhile=_saving(touched, now=now),
            )  # fmt: skip
        elif touched:
            sql.ask(_saving(touched, now=now))
        _tell("fill" if booked else "order", ((order.owner, order.id) for order in touched))
        if after_all:  # told again, these fills are known and trip nothing: the trip is made with them or not at all
            breaker.trip([Trip(order.owner, order.mode, order.bot, FILLED_AFTER_ALL) for order in after_all], now=now)
    bots = frozenset(order.bot for order in touched if order.bot is not None)
    return Recorded(booked, len(touched), made, bots, frozenset(order.owner for order in touched))


def _ending(orders: dict[str, Placed], reports: Sequence[Report]) -> dict[str, Decimal]:
    """How much of each order must be booked to end it: what is open of it, or nothing when the venue says that it expired."""
    left = {name: CONTEXT.subtract(order.quantity, order.filled_quantity) for name, order in orders.items()}
    return left | {report.client_order_id: ZERO for report in reports if report.kind != "FILL"}


def locked(names: Iterable[str]) -> list[Placed]:
    """These orders as they stand, locked in one order for everybody."""
    rows = sql.fetch(
        f"SELECT {', '.join(COLUMNS)} FROM trading_order WHERE client_order_id = ANY(%s) ORDER BY id FOR UPDATE", list(names)
    )
    return [Placed(*row) for row in rows]


def _facts(report: Report, order: Placed, market: Market) -> fills.FillReport:
    raw = {
        "client_order_id": report.client_order_id, "trade_id": report.trade_id, "side": order.side, "symbol": market.symbol,
        "price": f"{report.price:f}", "quantity": f"{report.quantity:f}", "fee": f"{report.fee:f}",
        "fee_asset": report.fee_asset, "executed_at": report.executed_at.isoformat(), "venue": market.venue,
    }
    return fills.FillReport(
        wallet=order.wallet, book=order.book, market=market.id, venue=market.venue, symbol=market.symbol,
        base=market.base_id, quote=market.quote_id, trade_id=report.trade_id, side=order.side, quantity=report.quantity,
        price=report.price, fee=report.fee, fee_asset=report.fee_asset, fee_price=None, executed_at=report.executed_at,
        client_order_id=report.client_order_id, bootstrap=order.bootstrap, raw=_spelled(raw),
    )


def _move(orders: dict[str, Placed], reports: Sequence[Report]) -> list[Placed]:
    """Move each order by what its reports changed. Filled quantity comes from booked fills only; a late part leaves an order
    that has ended where it is."""
    touched: dict[str, Placed] = {}
    for report in reports:
        order = orders[report.client_order_id]
        if report.kind == "FILL":
            order.filled_quantity = CONTEXT.add(order.filled_quantity, report.quantity)
            order.filled_value = CONTEXT.add(order.filled_value, CONTEXT.multiply(report.quantity, report.price))
            order.fees = CONTEXT.add(order.fees, report.fee if report.fee_asset else ZERO)
            if order.filled_quantity >= order.quantity:
                order.state = "FILLED"
            elif order.state not in FINAL:
                order.state = "PARTIALLY_FILLED"
        elif order.state in FINAL:
            continue
        else:
            order.state = "EXPIRED"
            order.refusal = report.code if report.code == POST_ONLY_WOULD_TAKE else ""
        order.moves.append((order.state, report.executed_at.isoformat(), OVERFILLED if order.overfilled else ENDINGS.get(report.code, "")))
        touched[order.client_order_id] = order
    return list(touched.values())


def _saving(orders: Sequence[Placed], *, now: datetime) -> Asking[None]:
    moved = Asked(
        """
        UPDATE trading_order SET state = new.state, filled_quantity = new.filled, filled_value = new.value, fees = new.fees,
            refusal = coalesce(nullif(new.refusal, ''), trading_order.refusal), history = history || new.moves, lease_until = NULL,
            updated_at = %s
        FROM unnest(%s::uuid[], %s::text[], %s::numeric[], %s::numeric[], %s::numeric[], %s::text[], %s::jsonb[])
            AS new(id, state, filled, value, fees, refusal, moves)
        WHERE trading_order.id = new.id
        """,
        (
            now, [o.id for o in orders], [o.state for o in orders], [o.filled_quantity for o in orders],
            [o.filled_value for o in orders], [o.fees for o in orders], [o.refusal for o in orders], [json.dumps(o.moves) for o in orders],
        ),
    )  # fmt: skip
    yield [moved]


def _overfill(order: Placed) -> Notice:
    """What was traded is a fact and stands on the ledger; that it is more than was ordered is for a person to look into."""
    return Notice(
        person=order.owner, severity="CRITICAL", code="OVERFILL",
        sentence=f"The venue filled {plain(order.filled_quantity)} of an order over {plain(order.quantity)}; all of it is booked.",
        data={"order": order.id, "ordered": order.quantity, "filled": order.filled_quantity}, dedup_key=str(order.id),
    )  # fmt: skip


def _filled_after_all(order: Placed) -> Notice:
    """Money had been released, and whoever decides next took the order for nothing."""
    return Notice(
        person=order.owner, severity="CRITICAL", code=LATE_FILL,
        sentence=f"The venue filled {plain(order.filled_quantity)} of an order that it had turned down or said it never got; it is booked, "
        "and the breaker trips.",
        data={"order": order.id, "bot": order.bot, "filled": order.filled_quantity}, dedup_key=str(order.id),
    )  # fmt: skip


def _tell(kind: str, orders: Iterable[tuple[UUID, UUID]]) -> None:
    """Each owner of these orders (owner, order) of theirs."""
    people: dict[UUID, list[str]] = {}
    for owner, order in orders:
        people.setdefault(owner, []).append(str(order))
    wire.publish_many_on_commit([wire.Message(person=person, type=kind, data={"orders": ids}) for person, ids in people.items()])
