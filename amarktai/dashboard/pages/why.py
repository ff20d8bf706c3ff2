"""Why a bot did or did not trade: its latest reading, then what happened, line by line with each gate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.urls import reverse

from accounts.models import User
from amarktai.dashboard import writing
from amarktai.dashboard.pages import costs, cursors, gates
from amarktai.dashboard.shapes.bots import Reading, WhyLine
from amarktai.dashboard.shapes.parts import Figure
from bots.models import Bot
from trading.queries import timeline, trades
from trading.queries import why as why_queries
from trading.queries.timeline import Event

PAGE = 30
DIRECTIONS = {1: "enter", -1: "be out", 0: "no opinion", None: "warming up"}
TITLES = {"REFUSAL": "Refused", "ORDER": "Order", "TRIP": "Breaker tripped"}
MOVES = {
    "START": "Started", "PAUSE": "Paused", "RESUME": "Resumed", "FAIL": "Failed", "RESET": "Breaker reset", "STOP": "Asked to stop",
    "FINISH": "Stopped", "QUARANTINE": "Into quarantine", "RELEASE": "Out of quarantine",
}  # fmt: skip
PARTS = {
    "fills": "a fill", "manual-cash": "the system, as no order needs it", "demo": "the demo", "breaker": "the circuit breaker",
    "tick": "the tick", "stages": "the stages", "kill-switch": "the kill switch", "replay": "a replay", "stopping": "the stop",
    "sweep": "the sweep", "ledger": "the ledger", "wallets": "the system",
}  # fmt: skip
MOVE_TONES = {"START": "good", "RESUME": "good", "TRIP": "bad", "FAIL": "bad"}


def lines(*, bot: Bot, before: str, user: User, now: datetime) -> tuple[tuple[WhyLine, ...], str]:
    """A page of the timeline, and the cursor of the next older one (empty at its end)."""
    events = timeline.of(bot=bot, before=cursors.read(before) if before else None, most=PAGE + 1)
    shown = events[:PAGE]
    results = _results(shown, owner=user.id)
    older = cursors.write(shown[-1].at, shown[-1].id) if len(events) > PAGE else ""
    return tuple(_line(event, results=results, user=user, now=now) for event in shown), older


def reading(explained: why_queries.WhyView, *, bot: Bot, user: User, now: datetime) -> Reading | None:
    read = explained.reading
    if read is None:
        return None
    needed = costs.needed(bot=bot, now=now)
    return Reading(
        sentence=explained.sentence,
        pairs=(
            ("Signal", DIRECTIONS.get(read.direction, str(read.direction))),
            ("Expected edge", f"{read.edge_bps} bps" if read.edge_bps is not None else writing.NONE),
            ("Needed to enter", costs.text(needed)),
            ("Close", writing.price(read.close)),
            *((("Candles skipped", str(read.skipped)),) if read.skipped else ()),
        ),
        candle=writing.moment(read.candle, zone=user.time_zone, now=now),
    )


def who(actor: str, *, user: User) -> str:
    """An actor label for people: yourself, an operator, or the part of the system."""
    role, _, name = actor.partition(":")
    if name == str(user.id):
        return "you"
    return PARTS.get(name, f"the system ({name})") if role == "system" else "an operator" if role == "operator" else "another person"


def _results(events: Sequence[Event], *, owner: UUID) -> dict[UUID, Figure]:
    """What the closing orders among these brought."""
    orders = [event.order_id for event in events if event.order_id and event.kind == "ORDER"]
    views = (trades.view(trade) for trade in trades.of(owner=owner).filter(order__in=orders))
    return {view.order_id: writing.money(view.profit_loss, view.currency, signed=True) for view in views}


def _line(event: Event, *, results: Mapping[UUID, Figure], user: User, now: datetime) -> WhyLine:
    return WhyLine(
        at=writing.moment(event.at, zone=user.time_zone, now=now),
        title=TITLES.get(event.kind) or MOVES.get(event.code) or writing.words(event.code),
        sentence=event.sentence,
        tone=_tone(event),
        gates=gates.lines(event.gates),
        lacking=event.lacking,
        facts=_facts(event, user=user),
        result=results.get(event.order_id) if event.order_id else None,
        order_url=reverse("dashboard:order", args=[event.order_id]) if event.order_id else "",
    )


def _facts(event: Event, *, user: User) -> str:
    """Who moved it, or how old the price was that it was decided on, if it was."""
    if event.actor:
        return f"by {who(event.actor, user=user)}"
    if event.data_age_s is None or event.data_age_s < 1:  # at once, as it should be
        return ""
    return f"decided {writing.lasting(timedelta(seconds=event.data_age_s))} after its candle closed"


def _tone(event: Event) -> str:
    if event.kind == "MOVE":
        return MOVE_TONES.get(event.code, "")
    return "bad" if event.kind in ("REFUSAL", "TRIP") else "good" if event.code == "FILLED" else ""
