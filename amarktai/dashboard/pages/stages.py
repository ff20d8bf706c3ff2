"""Training and quarantine: days, trades, and the evidence against each threshold with its uncertainty. The judgement is the stages' own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.urls import reverse

from accounts.models import User
from amarktai.dashboard import writing
from amarktai.dashboard.pages import asked
from amarktai.dashboard.pages import bots as listed
from amarktai.dashboard.shapes.parts import Choice, Meter
from amarktai.dashboard.shapes.stages import Condition, StageLine, Stages
from bots.models import Bot
from bots.queries import bots as bot_queries
from trading.domain.stages import Threshold
from trading.queries import stages
from trading.queries.stages import StageView

TRAINING, QUARANTINE = "TRAINING", "QUARANTINE"
TABS = ((TRAINING, "Training"), (QUARANTINE, "Quarantine"))
ABOUT = {
    TRAINING: "New bots train until there are enough trades to judge their record. Without an edge they go to quarantine.",
    QUARANTINE: "Bots whose record shows no edge, or whose breaker has tripped, trade on here until they have shown what is asked.",
}
EMPTY = {TRAINING: "No bot is in training.", QUARANTINE: "No bot is in quarantine."}
NAMES = {
    "TRADES": "Trades", "CLEAN_TRADES": "Trades since then, closed by its own rules", "DAYS": "Days",
    "NET_BOUND": "Net return of a trade, lower bound", "NO_TRIP": "No trip stands",
}  # fmt: skip
PLACES = 3


def build(*, user: User, query: Mapping[str, str], now: datetime) -> Stages:
    """The tab that the address asks for; any other word means training."""
    stage = QUARANTINE if query.get("stage") == QUARANTINE else TRAINING
    mine = list(bot_queries.of(owner=user.id).exclude(status="STOPPED"))
    chosen = sorted((bot for bot in mine if bot.stage == stage), key=lambda bot: bot.name.casefold())
    shown, sheet = asked.sheet(chosen, query, keep={"stage": stage})
    views = stages.views(bots=list(shown), now=now)
    return Stages(
        tabs=tuple(_tab(value, label, mine, chosen=value == stage) for value, label in TABS),
        stage=stage,
        about=ABOUT[stage],
        lines=tuple(_line(view, bot, user=user, now=now) for view, bot in zip(views, shown, strict=True)),
        sheet=sheet,
        empty=EMPTY[stage],
    )


def _tab(stage: str, label: str, mine: list[Bot], *, chosen: bool) -> Choice:
    count = sum(bot.stage == stage for bot in mine)
    return Choice(value=stage, label=f"{label} {count}", url=asked.address({"stage": stage}), chosen=chosen)


def _line(view: StageView, bot: Bot, *, user: User, now: datetime) -> StageLine:
    return StageLine(
        name=view.name,
        url=reverse("dashboard:bot", args=[view.bot_id]),
        pill=listed.pill(status=bot.status, reason=bot.pause_reason),
        since=writing.moment(view.since, zone=user.time_zone, now=now),
        sentence=view.sentence,
        conditions=tuple(_condition(threshold, view) for threshold in view.thresholds),
    )


def _condition(one: Threshold, view: StageView) -> Condition:
    return Condition(
        label=NAMES.get(one.name, writing.words(one.name)),
        sentence=one.sentence,
        met=one.met,
        value=_return(view) if one.name == "NET_BOUND" else "",
        meter=_meter(one, one.value) if one.needed > 0 and one.value is not None else None,
    )


def _return(view: StageView) -> str:
    """The bound with its uncertainty: how far it lies under the mean, because few trades prove little."""
    if view.bound is None or view.mean is None or view.uncertainty is None:
        return "unknown: two trades at least tell how far results spread"
    under = writing.kept(writing.spoken(writing.percent(view.uncertainty, places=PLACES)))
    return f"{_percent(view.bound)} (mean {_percent(view.mean)}, less {under} of uncertainty)"


def _meter(one: Threshold, value: Decimal) -> Meter:
    return Meter(
        label=NAMES.get(one.name, writing.words(one.name)), value=writing.quantity(value), limit=writing.quantity(one.needed),
        percent=writing.percent_used(value, one.needed),
    )


def _percent(value: Decimal) -> str:
    return writing.kept(writing.spoken(writing.percent(value, signed=True, places=PLACES)))
