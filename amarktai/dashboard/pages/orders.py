"""Orders: open ones, closed ones, one in full."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse

from accounts.domain.refusals import Malformed
from accounts.models import User
from amarktai.dashboard import writing
from amarktai.dashboard.pages import cursors, gates
from amarktai.dashboard.pages import fills as fill_lines
from amarktai.dashboard.shapes.orders import OrderDetail, OrderLine, OrderList, Step
from amarktai.dashboard.shapes.parts import Choice, Pill
from bots.queries import bots as bot_queries
from trading.domain.order_states import FINAL, WORKING
from trading.models.order import Order, State
from trading.queries import orders
from trading.queries.orders import OrderView

PAGE = 50
TONES = {
    "FILLED": "good", "REFUSED": "warn", "REJECTED": "bad", "UNKNOWN": "bad", "OPEN": "busy", "PARTIALLY_FILLED": "busy",
    "SENDING": "busy", "PENDING": "busy", "CANCELLING": "busy",
}  # fmt: skip
CANCELLABLE = ("OPEN", "PARTIALLY_FILLED", "PENDING", "SENDING", "UNKNOWN")
ENDED = tuple(state for state in State.values if state in FINAL)
BPS = Decimal(10_000)


def build(*, user: User, query: Mapping[str, str], now: datetime) -> OrderList:
    state, bot, after = query.get("state", ""), query.get("bot", ""), query.get("before", "")
    mine = list(bot_queries.of(owner=user.id))
    found = orders.of(owner=user.id, state=state if state in ENDED else "", bot_id=_id(bot))
    rows = found.exclude(state__in=WORKING)
    if after:
        rows = rows.filter(cursors.older(after, column="created_at"))
    closed = list(rows[: PAGE + 1])
    any_order = bool(closed) or orders.of(owner=user.id).exists()
    return OrderList(
        any=any_order,
        legend=gates.LEGEND,
        working=tuple(line(orders.view(order), user=user, now=now) for order in orders.pending(owner=user.id)[:PAGE]),
        closed=tuple(line(orders.view(order), user=user, now=now) for order in closed[:PAGE]),
        states=_choices([(name, writing.words(name)) for name in ENDED], state),
        bots=_choices([(str(one.id), one.name) for one in mine], bot),
        next_url=_older(state, bot, closed[PAGE - 1]) if len(closed) > PAGE else "",
        next_tick="No order matches these filters." if any_order else _nothing(mine_running=sum(one.status == "RUNNING" for one in mine)),
    )


def one(*, order: Order, user: User, now: datetime) -> OrderDetail:
    view = orders.view(order)
    shown = line(view, user=user, now=now)
    pairs = [
        ("Time", f"{writing.moment(view.created_at, zone=user.time_zone).text} {user.time_zone}"),
        ("Mode", view.mode),
        ("Reason", shown.reason),
        ("Filled", f"{shown.filled} of {shown.quantity}"),
        ("Decided at", f"{writing.price(view.decision_price)} {view.currency}"),
        ("Bound", f"{writing.price(view.price)} {view.currency}" if view.price is not None else "none, at the market"),
        ("Average price", f"{writing.price(view.average_price)} {view.currency}" if view.average_price is not None else writing.NONE),
        ("Slippage", shown.slippage),
        ("Fee", shown.fees),
        ("Expected edge", _edge(view)),
    ]
    return OrderDetail(
        line=shown,
        pairs=tuple(pairs),
        client_order_id=view.client_order_id,
        history=tuple(
            Step(
                at=writing.moment(datetime.fromisoformat(step.at), zone=user.time_zone, now=now),
                state=writing.words(step.state),
                note=writing.words(step.note) if step.note.isupper() else step.note,
            )
            for step in view.history
        ),
        fills=fill_lines.of_order(owner=user, client_order_id=view.client_order_id, now=now),
    )


def line(view: OrderView, *, user: User, now: datetime) -> OrderLine:
    return OrderLine(
        id=str(view.id),
        url=reverse("dashboard:order", args=[view.id]),
        at=writing.clock(view.created_at, zone=user.time_zone, now=now),
        bot=view.bot_name or "by hand",
        bot_url=reverse("dashboard:bot", args=[view.bot_id]) if view.bot_id else "",
        market=f"{view.symbol} {view.venue}",
        side=writing.words(view.side),
        kind=f"{view.type.lower()} {view.time_in_force}".strip(),
        reason=f"{writing.words(view.leg)}, {writing.words(view.reason).lower()}" + (", bootstrap" if view.bootstrap else ""),
        quantity=writing.quantity(view.quantity, view.symbol.partition("/")[0]),
        filled=writing.quantity(view.filled),
        price=writing.price(view.average_price or view.price) if view.average_price or view.price else "market",
        fees=writing.spoken(writing.money(view.fees, view.currency)) if view.filled else writing.NONE,
        slippage=_slippage(view),
        pill=Pill(text=writing.words(view.state), tone=TONES.get(view.state, "idle")),
        refusal=view.sentence if view.state in ("REFUSED", "REJECTED") else "",
        gates=gates.lines(view.gates),
        cancel_url=reverse("dashboard:order-cancel", args=[view.id]) if view.state in CANCELLABLE else "",
    )


def _edge(view: OrderView) -> str:
    if view.expected_edge_bps is not None:
        return f"{view.expected_edge_bps} bps"
    return "not needed to close" if view.leg != "ENTRY" else "not stated"


def _slippage(view: OrderView) -> str:
    """How much worse than the price it was decided at, in bps; minus is better."""
    if view.average_price is None or not view.decision_price:
        return writing.NONE
    moved = (view.average_price - view.decision_price) / view.decision_price * BPS
    worse = moved if view.side == "BUY" else -moved
    return f"{worse:.1f} bps".replace("-", writing.MINUS)


def _nothing(*, mine_running: int) -> str:
    if mine_running:
        return "No order yet. Your bots decide at the close of each candle; the why panel of a bot says what it waits for."
    return "No order yet: no bot is running."


def _older(state: str, bot: str, last: Order) -> str:
    asked = {"state": state, "bot": bot, "before": cursors.write(last.created_at, last.id)}
    return "?" + urlencode({name: value for name, value in asked.items() if value})


def _id(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Malformed("BAD_ID", "This is no id.") from None


def _choices(values: list[tuple[str, str]], chosen: str) -> tuple[Choice, ...]:
    everything = Choice(value="", label="All", chosen=not chosen)
    return (everything, *(Choice(value=value, label=label, chosen=value == chosen) for value, label in values))
