"""Orders: open ones, closed ones, one in full."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse

from accounts.domain.refusals import Malformed
from accounts.models import User
from accounts.web.sheets import Cell
from amarktai.dashboard import writing
from amarktai.dashboard.pages import asked, cursors, entries, filling, gates
from amarktai.dashboard.pages import fills as fill_lines
from amarktai.dashboard.pages.why import who
from amarktai.dashboard.shapes.orders import OrderDetail, OrderLine, OrderList, Step
from amarktai.dashboard.shapes.parts import Choice, Pill
from bots.queries import bots as bot_queries
from trading.domain import shortfall
from trading.domain.order_states import FINAL
from trading.models.order import Order, State
from trading.queries import orders, walks
from trading.queries.orders import OrderView

PAGE = 50
TONES = {
    "FILLED": "good", "REFUSED": "warn", "REJECTED": "bad", "UNKNOWN": "bad", "OPEN": "busy", "PARTIALLY_FILLED": "busy",
    "SENDING": "busy", "PENDING": "busy", "CANCELLING": "busy",
}  # fmt: skip
CANCELLABLE = ("OPEN", "PARTIALLY_FILLED", "PENDING", "SENDING", "UNKNOWN")
ENDED = tuple(state for state in State.values if state in FINAL)
ENDED_IN_PART = ("EXPIRED", "CANCELLED")
TOLD_BY_VENUE = ("FILLED", "PARTIALLY_FILLED", "EXPIRED")
BPS = Decimal(10_000)
KINDS = {"MARKET": "market", "LIMIT": "limit", "POST_ONLY": "post only"}
FORCES = {"GTC": "until cancelled", "IOC": "at once or cancelled", "FOK": "all at once or cancelled"}
ASKED_BY = "asked by "
AT_ONCE = ("IOC", "FOK")
UNFILLED = {
    "PENDING": "Nothing is filled yet: it is about to be sent.",
    "SENDING": "Nothing is filled yet: it is on its way to the venue.",
    "OPEN": "Nothing is filled yet: it waits until the market comes to its price.",
    "CANCELLING": "Nothing is filled yet, and it is being cancelled.",
    "CANCELLED": "Nothing was filled: it was cancelled before the market came to its price.",
    "EXPIRED": "Nothing was filled: it ended before the market came to its price.",
    "UNKNOWN": "The venue has not said yet what became of it. Its money stays held until it is found or known not to be there.",
    "NOT_PLACED": "Nothing was filled: it never arrived at the venue, and its money is free again.",
}
HEAD = (
    "created_at", "bot", "venue", "market", "mode", "side", "type", "time_in_force", "expires_at", "leg", "reason", "quantity", "price",
    "decision_price", "filled", "average_price", "slippage_bps", "fees", "currency", "expected_edge_bps", "state", "refusal", "sentence",
    "gates", "order_id", "client_order_id",
)  # fmt: skip


def build(*, user: User, query: Mapping[str, str], now: datetime) -> OrderList:
    state, bot, after = query.get("state", ""), query.get("bot", ""), query.get("before", "")
    mine = list(bot_queries.of(owner=user.id))
    rows = _closed(user=user, query=query)
    if after:
        rows = rows.filter(cursors.older(after, column="created_at"))
    closed = list(rows[: PAGE + 1])
    any_order = bool(closed) or orders.of(owner=user.id).exists()
    return OrderList(
        any=any_order,
        legend=gates.LEGEND,
        working=tuple(line(order, user=user, now=now) for order in orders.pending(owner=user.id)[:PAGE]),
        closed=tuple(line(order, user=user, now=now) for order in closed[:PAGE]),
        states=_choices([(name, writing.words(name)) for name in ENDED], state),
        bots=_choices([(str(one.id), one.name) for one in mine], bot),
        csv_url=reverse("dashboard:orders-csv") + asked.address({"state": state, "bot": bot}),
        next_url=_older(state, bot, closed[PAGE - 1]) if len(closed) > PAGE else "",
        next_tick="No order matches these filters." if any_order else _nothing(mine_running=sum(one.status == "RUNNING" for one in mine)),
    )


def one(*, order: Order, user: User, now: datetime) -> OrderDetail:
    view = orders.view(order)
    shown = line(order, user=user, now=now)
    told = fill_lines.of_order(owner=user, client_order_id=view.client_order_id, now=now)
    pairs = [
        ("Time", f"{writing.moment(view.created_at, zone=user.time_zone).text} {user.time_zone}"),
        ("Mode", view.mode),
        ("Reason", shown.reason),
        ("In force", shown.terms),
        ("Filled", f"{shown.filled} of {shown.quantity}"),
        ("Decided at", f"{writing.price(view.decision_price)} {view.currency}"),
        ("Worst price allowed", f"{writing.price(view.price)} {view.currency}" if view.price is not None else "none, at the market"),
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
            Step(at=writing.moment(at, zone=user.time_zone, now=now), state=writing.words(step.state), note=_note(step.note, user=user))
            for step, at in zip(view.history, _came(view), strict=True)
        ),
        dated=filling.dated(order, fills=told, zone=user.time_zone),
        fills=told,
        entry_url=entries.urls([view.client_order_id], user=user).get(view.client_order_id, ("", ""))[0],
        lacking=lacking(order),
        unfilled="" if told else _unfilled(order, view=view, zone=user.time_zone),
    )


def _came(view: OrderView) -> Sequence[datetime]:
    """When the order came into each state, oldest first. A report of the venue is kept with the time of what it tells, which on paper is
    the open of a candle that began before the order was sent: it moved the order no earlier than the state before, and the last one when
    the order last changed."""
    came: list[datetime] = []
    for number, step in enumerate(view.history, start=1):
        known = view.updated_at if number == len(view.history) and step.state in TOLD_BY_VENUE else step.at
        came.append(max(known, step.at, came[-1] if came else known))
    return came


def _note(note: str, *, user: User) -> str:
    """What was written beside a state, with people and parts of the system by name."""
    asked, _, actor = note.partition(ASKED_BY)
    if not asked and actor:
        return f"{ASKED_BY}{who(actor, user=user)}"
    return writing.words(note) if note.isupper() else note


def _unfilled(order: Order, *, view: OrderView, zone: str) -> str:
    """Why an order has no fill: what it waits for, or what ended it before one came, in the word of the venue where it gave one."""
    if view.state in ("SENDING", "PENDING", "OPEN") and (view.type == "MARKET" or view.time_in_force in AT_ONCE):
        bound = "" if view.type == "MARKET" else " If that is worse than the worst price allowed, it expires."
        return f"Nothing is filled yet. {filling.of(order, zone=zone)}{bound}"
    if view.state == "OPEN" and _crosses(view):
        when = filling.of(order, zone=zone)
        return f"Nothing is filled yet. Its limit is through the market. {when} It waits only if that is worse than its limit."
    if view.state in ("REFUSED", "REJECTED"):
        who = "A gate" if view.state == "REFUSED" else "The venue"
        return f"{who} said no, so nothing was sent or filled: {refusal(order) or writing.words(view.refusal)}"
    if view.state == "EXPIRED" and view.history[-1].state == "EXPIRED" and view.history[-1].note:
        return f"Nothing was filled. {view.history[-1].note}"
    return UNFILLED.get(view.state, "Nothing is filled.")


def _crosses(view: OrderView) -> bool:
    """Whether its limit was through the price that it was decided at, so that it need not wait for another."""
    if view.price is None or view.type != "LIMIT":
        return False
    return view.price > view.decision_price if view.side == "BUY" else view.price < view.decision_price


def table(*, user: User, query: Mapping[str, str]) -> Iterator[Sequence[Cell]]:
    """The closed orders of the filter for a file, newest first."""
    return (_cells(orders.view(order), order) for order in walks.newest_first(_closed(user=user, query=query), column="created_at"))


def refusal(order: Order) -> str:
    """What the gate said, and what it would have needed."""
    return f"{orders.view(order).sentence} {lacking(order)}".strip()


def lacking(order: Order) -> str:
    said = next((verdict for verdict in order.verdicts if verdict.get("verdict") == "REFUSED"), None)
    if said is None:
        return ""
    market = order.market
    return shortfall.of(code=said["code"], numbers=said.get("numbers") or {}, base=market.base_id, quote=market.quote_id)


def _closed(*, user: User, query: Mapping[str, str]) -> QuerySet[Order]:
    state, bot = query.get("state", ""), asked.bot(query, bot_queries.of(owner=user.id))
    if state and state not in ENDED:
        raise Malformed("BAD_STATE", f"A closed order is {', '.join(ENDED)}; there is no such state.")
    found = orders.of(owner=user.id, state=state, bot_id=bot.id if bot else None)
    return found.exclude(ending=None)


def line(order: Order, *, user: User, now: datetime) -> OrderLine:
    view = orders.view(order)
    return OrderLine(
        id=str(view.id),
        url=reverse("dashboard:order", args=[view.id]),
        at=writing.clock(view.created_at, zone=user.time_zone, now=now),
        bot=view.bot_name or "by hand",
        bot_url=reverse("dashboard:bot", args=[view.bot_id]) if view.bot_id else "",
        market=f"{view.symbol} {view.venue}",
        side=writing.words(view.side),
        kind=_kind(view),
        terms=_terms(order, user=user, now=now),
        reason=f"{writing.words(view.leg)}, {gates.reason(view.reason).lower()}" + (", bootstrap" if view.bootstrap else ""),
        quantity=writing.quantity(view.quantity, view.symbol.partition("/")[0]),
        filled=writing.quantity(view.filled),
        progress=writing.percent_used(view.filled, view.quantity) if view.state == "PARTIALLY_FILLED" else None,
        price=writing.price(view.average_price or view.price) if view.average_price or view.price else "market",
        price_is=_price_is(view),
        fees=writing.spoken(writing.money(view.fees, view.currency)) if view.filled else writing.NONE,
        slippage=_slippage(view),
        pill=_pill(view),
        refusal=view.sentence if view.state in ("REFUSED", "REJECTED") else "",
        gates=gates.lines(view.gates),
        cancel_url=reverse("dashboard:order-cancel", args=[view.id]) if view.state in CANCELLABLE else "",
    )


def _kind(view: OrderView) -> str:
    """What was asked for: a market order goes out as a limit at the worst price allowed, so that its cost is known beforehand. Every
    immediate limit of a bot is one, and of a person each that may trade at a worse price than the one shown to them."""
    if view.type == "LIMIT" and view.time_in_force == "IOC" and view.price is not None:
        worse = view.price > view.decision_price if view.side == "BUY" else view.price < view.decision_price
        return KINDS["MARKET" if view.bot_id or worse else "LIMIT"]
    return KINDS.get(view.type, view.type.lower())


def _price_is(view: OrderView) -> str:
    """Which price is shown: what was paid on average, the order's own limit, or the bound that an order at the market goes out with."""
    if view.average_price:
        return "average"
    if not view.price:
        return ""
    return "worst allowed" if _kind(view) == KINDS["MARKET"] else "limit"


def _pill(view: OrderView) -> Pill:
    """The state in words; what ended with a part of it filled was not for nothing."""
    if view.filled and view.state in ENDED_IN_PART:
        return Pill(text=f"Partly filled, the rest {view.state.lower()}", tone="warn")
    return Pill(text=writing.words(view.state), tone=TONES.get(view.state, "idle"))


def _terms(order: Order, *, user: User, now: datetime) -> str:
    """How long an order is in force, in words."""
    if order.expires_at is not None:
        return f"until {writing.clock(order.expires_at, zone=user.time_zone, now=now).text}"
    return "at once" if order.type == "MARKET" else FORCES.get(order.time_in_force, order.time_in_force)


def _edge(view: OrderView) -> str:
    if view.expected_edge_bps is not None:
        return f"{view.expected_edge_bps} bps"
    return "not needed to close" if view.leg != "ENTRY" else "not stated"


def _slippage(view: OrderView) -> str:
    worse = _slipped(view)
    return writing.NONE if worse is None else f"{worse:.1f} bps".replace("-", writing.MINUS)


def _slipped(view: OrderView) -> Decimal | None:
    """How much worse than the price it was decided at, in bps; minus is better."""
    if view.average_price is None or not view.decision_price:
        return None
    moved = (view.average_price - view.decision_price) / view.decision_price * BPS
    return moved if view.side == "BUY" else -moved


def _cells(view: OrderView, order: Order) -> Sequence[Cell]:
    slipped = _slipped(view)
    return (
        view.created_at, view.bot_name, view.venue, view.symbol, view.mode, view.side, view.type, view.time_in_force, order.expires_at,
        view.leg, view.reason, view.quantity, view.price, view.decision_price, view.filled, view.average_price,
        None if slipped is None else round(slipped, 2), view.fees, view.currency, view.expected_edge_bps, view.state, view.refusal,
        view.sentence, "; ".join(f"{said['gate']} {said['verdict']}" for said in view.gates), str(view.id), view.client_order_id,
    )  # fmt: skip


def _nothing(*, mine_running: int) -> str:
    if mine_running:
        return "No order yet. Your bots decide at the close of each candle; the why panel of a bot says what it waits for."
    return "No order yet: no bot is running."


def _older(state: str, bot: str, last: Order) -> str:
    asked = {"state": state, "bot": bot, "before": cursors.write(last.created_at, last.id)}
    return "?" + urlencode({name: value for name, value in asked.items() if value})


def _choices(values: list[tuple[str, str]], chosen: str) -> tuple[Choice, ...]:
    everything = Choice(value="", label="All", chosen=not chosen)
    return (everything, *(Choice(value=value, label=label, chosen=value == chosen) for value, label in values))
