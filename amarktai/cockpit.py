"""The home page of the operators' console: what stands still, what is late, what waits, in plain values for its template.
It reads; stopping and resuming are doors of `trading`. Named by dotted path in the settings, because the theme asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest

from accounts.models import Alert, User
from accounts.queries import alerts
from accounts.web import actor, clock, columns
from amarktai.dashboard import writing
from amarktai.health import checks
from bots.queries import bots
from trading.queries import replays, stops, system
from trading.queries.stops import HaltsView

ALERTS = 5
TONES = {checks.Status.OK: "good", checks.Status.DEGRADED: "warn", checks.Status.DOWN: "bad"}
VERDICTS = {checks.Status.OK: "All well", checks.Status.DEGRADED: "Something is late", checks.Status.DOWN: "Down"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One measurement; `tone` is good, warn, bad or empty."""

    name: str
    detail: str
    tone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    at: datetime
    sentence: str
    whose: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cockpit:
    halted: bool
    halts: HaltsView
    verdict: Line
    checks: tuple[Line, ...]
    ticks: tuple[Line, ...]
    queues: tuple[Line, ...]
    alerts: tuple[Told, ...]
    bots: tuple[tuple[str, str, int], ...]
    replayed: int


def fill(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What the theme calls before it draws the home page."""
    now = clock.now()
    return {**context, "cockpit": build(viewer=actor.operator_of(request).user, now=now)}


def build(*, viewer: User, now: datetime) -> Cockpit:
    report = checks.report(now=now)
    state = system.status(now=now, viewer=viewer)
    theirs = replays.people()  # what stands over replays is told apart from what people trade
    return Cockpit(
        halted=state.halted,
        halts=stops.over_people(viewer=viewer),
        verdict=Line(name="Health", detail=VERDICTS[report.status], tone=TONES[report.status]),
        checks=tuple(_check(one) for one in report.checks),
        ticks=tuple(_tick(one) for one in state.ticks),
        queues=tuple(_queue(one) for one in state.queues),
        alerts=tuple(_told(alert) for alert in alerts.newest_critical(but=theirs, most=ALERTS)),
        bots=tuple((status, columns.spoken(status), count) for status, count in bots.count_all_by_status(but=theirs).items()),
        replayed=bots.count_running(of=theirs),
    )


def _check(one: checks.Check) -> Line:
    aged = one.detail if one.age_s is None else f"{one.detail}, {_ago(one.age_s)}"
    return Line(name=one.name.capitalize(), detail=aged, tone="good" if one.ok else "bad")


def _tick(one: system.LastTick) -> Line:
    markets = "1 market" if one.markets == 1 else f"{one.markets} markets"
    ages = [f"{word} {_ago(age)}" for word, age in (("newest", one.age_s), ("slowest", one.oldest_s)) if age is not None]
    return Line(name=f"{one.venue} {one.timeframe}", detail=", ".join((markets, *ages)))


def _ago(seconds: float) -> str:
    return writing.age(timedelta(seconds=seconds))


def _queue(queue: system.Queue) -> Line:
    late = f", {queue.overdue} overdue" if queue.overdue else ""
    return Line(name=columns.spoken(queue.state), detail=f"{queue.orders}{late}", tone="bad" if queue.overdue else "")


def _told(alert: Alert) -> Told:
    return Told(
        at=alert.at,
        sentence=alert.sentence,
        whose=alert.person.username if alert.person else "all operators",
        address=str(alert.pk),
    )
