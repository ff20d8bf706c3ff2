"""The rows a claim writes: decisions, counters and orders, each in one statement whatever the number of requests."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime
from uuid import UUID

from accounts.domain.identity import new_id
from accounts.queries import sql
from accounts.queries.sql import Asked, Asking
from ledger.operations import bulk
from trading.domain.requests import Claimed, OrderRequest
from trading.domain.verdicts import Verdict

ORDER_COLUMNS = (
    "id", "client_order_id", "intent", "attempt", "owner_id", "wallet_id", "book_id", "bot_id", "market_id", "timeframe",
    "run", "mode", "candle", "leg", "reason", "side", "type", "time_in_force", "expires_at", "quantity", "price", "decision_price",
    "reducing", "bootstrap", "expected_edge_bps", "edge_source", "verdicts", "refusal", "state", "filled_quantity",
    "filled_value", "fees", "halt_id", "halt_epoch", "lease_until", "request_key", "request_hash", "history",
    "created_at", "updated_at",
)


def deciding(requests: Sequence[OrderRequest], *, now: datetime) -> Asking[set[tuple[UUID, str]]]:
    """Insert a decision per bot request -> the (bot, leg) pairs that were decided before, by another delivery of this tick.
    A person's request has no decision."""
    bots = [request for request in requests if request.bot is not None and request.candle is not None]
    new = Asked(
        """
        INSERT INTO trading_decision (bot_id, candle, leg, timeframe, strategy_version, at)
        SELECT bot, candle, leg, timeframe, version, %s
        FROM unnest(%s::uuid[], %s::timestamptz[], %s::text[], %s::text[], %s::smallint[])
            AS new(bot, candle, leg, timeframe, version)
        ORDER BY bot, candle, leg
        ON CONFLICT (bot_id, candle, leg) DO NOTHING
        RETURNING bot_id, leg
        """,
        (now, [r.bot for r in bots], [r.candle for r in bots], [r.leg for r in bots], [r.timeframe for r in bots],
        [r.strategy_version for r in bots]),
    )  # fmt: skip
    answers = yield [new] if bots else []
    return {(r.bot, r.leg) for r in bots if r.bot is not None} - {row for rows in answers for row in rows}


def lock_counters(owners: Collection[UUID], *, day: date) -> None:
    """Lock the day's entry counters of these people, made when missing, in one order for everybody."""
    sql.ask(counting(owners, day=day))


def counting(owners: Collection[UUID], *, day: date) -> Asking[None]:
    """The same, as an asking."""
    ordered = sorted(owners)
    yield [
        Asked(
            """
            INSERT INTO trading_entrycount (id, owner_id, bot_id, day, entries)
            SELECT id, owner, NULL, %s, 0 FROM unnest(%s::uuid[], %s::uuid[]) AS new(id, owner) ORDER BY owner
            ON CONFLICT (owner_id, bot_id, day) DO NOTHING
            """,
            (day, [new_id() for _ in ordered], ordered),
        ),
        Asked(
            "SELECT 1 FROM trading_entrycount WHERE owner_id = ANY(%s) AND bot_id IS NULL AND day = %s ORDER BY owner_id FOR UPDATE",
            (ordered, day),
        ),
    ]


def counting_up(orders: Sequence[Claimed], *, day: date) -> Asking[None]:
    """Count the claimed entries up, per person and per bot."""
    totals: dict[tuple[UUID, UUID | None], int] = {}
    for order in orders:
        request = order.request
        if not request.reducing:
            for key in {(request.owner, None), (request.owner, request.bot)}:
                totals[key] = totals.get(key, 0) + 1
    keys = list(totals)  # in any order: whoever counts a person's bots holds the person's own row
    up = Asked(
        """
        INSERT INTO trading_entrycount (id, owner_id, bot_id, day, entries)
        SELECT id, owner, bot, %s, n FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::int[]) AS new(id, owner, bot, n)
        ON CONFLICT (owner_id, bot_id, day) DO UPDATE SET entries = trading_entrycount.entries + EXCLUDED.entries
        """,
        (day, [new_id() for _ in keys], [k[0] for k in keys], [k[1] for k in keys], [totals[k] for k in keys]),
    )
    yield [up] if keys else []


def write(orders: Iterable[Claimed], *, epoch: int, lease_until: datetime, now: datetime) -> list[Claimed]:
    """Copy the orders in while they are judged, refused ones too -> all of them. What was refused, by which gate and with which numbers
    is part of the record."""
    written: list[Claimed] = []
    bulk.copy("trading_order", ORDER_COLUMNS, lines(_noted(orders, written), epoch=epoch, lease_until=lease_until, now=now))
    return written


def _noted(orders: Iterable[Claimed], written: list[Claimed]) -> Iterator[Claimed]:
    for order in orders:
        written.append(order)
        yield order


def lines(orders: Iterable[Claimed], *, epoch: int, lease_until: datetime, now: datetime) -> Iterator[str]:
    """The orders as lines of COPY text."""
    stamp, lease = now.isoformat(), lease_until.isoformat()
    known: dict[int, tuple[Verdict, str]] = {}
    return (_line(order, known, epoch=epoch, lease=lease, stamp=stamp) for order in orders)


def _verdict(verdict: Verdict, known: dict[int, tuple[Verdict, str]]) -> str:
    """A verdict as JSON, ready for COPY. Orders of a batch share most of theirs: each object is spelled once (`known` by its id, and
    kept, so that no other one gets that id)."""
    found = known.get(id(verdict))
    if found is None:
        found = known[id(verdict)] = (verdict, bulk.escaped(json.dumps(verdict.plain())))
    return found[1]


def _line(order: Claimed, known: dict[int, tuple[Verdict, str]], *, epoch: int, lease: str, stamp: str) -> str:
    """One line of COPY text. Only JSON and texts that people wrote can hold characters that need escaping."""
    r = order.request
    verdicts = f"[{','.join([_verdict(verdict, known) for verdict in order.verdicts])}]"
    history = f'[["{order.state}", "{stamp}", "{order.refusal}"]]'
    refused = order.state == "REFUSED"
    return "\t".join((
        order.id.hex, order.client_order_id, r.intent.hex, str(order.attempt), r.owner.hex, r.wallet.hex,
        r.book.hex, r.bot.hex if r.bot else bulk.NULL, r.rules.market.hex, r.timeframe, bulk.escaped(r.run), r.mode,
        r.candle.isoformat() if r.candle else bulk.NULL, r.leg, r.reason, r.side, r.type, r.time_in_force,
        r.expires_at.isoformat() if r.expires_at else bulk.NULL, f"{r.quantity:f}",
        f"{r.price:f}" if r.price is not None else bulk.NULL, f"{r.decision_price:f}", "t" if r.reducing else "f",
        "t" if r.bootstrap else "f", str(r.expected_edge_bps) if r.expected_edge_bps is not None else bulk.NULL, r.edge_source,
        verdicts, order.refusal, order.state, "0", "0", "0", str(r.halt) if r.halt else bulk.NULL, str(epoch),
        bulk.NULL if refused else lease, bulk.escaped(r.request_key) if r.request_key else bulk.NULL, r.request_hash, history, stamp, stamp,
    ))
