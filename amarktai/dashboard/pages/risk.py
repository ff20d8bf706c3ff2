"""Risk: how much of each limit is used now, what is halted, what has tripped. The judgement is the breaker's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from accounts.models import User
from amarktai.dashboard import writing
from amarktai.dashboard.pages import asked, cursors, shell
from amarktai.dashboard.pages import bots as listed
from amarktai.dashboard.pages.why import who
from amarktai.dashboard.shapes.parts import Choice, Meter, Pill
from amarktai.dashboard.shapes.risk import BotRisk, Risk, TripLine
from bots.models import Bot
from bots.queries import bots as bot_queries
from trading.domain.breaker import Limits
from trading.domain.policy import profiles_of_person
from trading.models.record import BreakerTrip
from trading.queries import breaker, careful, limits, stops
from trading.queries.breaker import BreakerView, LimitView
from trading.queries.limits import AtRiskView, CountView

PAGE = 20
MODE = "PAPER"
NAMES = {
    "DRAWDOWN": "Drawdown",
    "DAILY_LOSS": "Loss today",
    "WEEKLY_LOSS": "Loss this week",
    "LOSSES_IN_A_ROW": "Losses in a row",
    "ERRORS_PER_HOUR": "Errors in 60 minutes",
    "LATE_FILL": "Fills of denied orders",
    "MAX_TRADES_PER_USER_DAILY": "Entries today",
    "MAX_TRADES_PER_BOT_DAILY": "Entries today",
    "POSITION_SIZE": "Position, of your equity",
    "TOTAL_AT_RISK": "At risk, of your equity",
    "BURST_LIMIT_ORDERS_PER_EXCHANGE": "Entries in a burst",
}
ORDERS = (("", "Nearest to a limit"), ("name", "Name"))


def build(*, user: User, query: Mapping[str, str], now: datetime) -> Risk:
    breakers = breaker.status(owner=user.id, policy=settings.POLICY, now=now)
    counts = limits.status(owner=user.id, policy=settings.POLICY, now=now)
    at_risk = limits.at_risk(owner=user.id, policy=settings.POLICY, now=now)
    mine = {bot.id: bot for bot in bot_queries.of(owner=user.id)}
    own = next((view for view in breakers if view.scope == "USER" and view.mode == MODE), None)
    trips, next_url = _trips(user=user, before=query.get("before", ""), now=now)
    order = query.get("order", "") if query.get("order") in dict(ORDERS) else ""
    watched = _ordered(breakers, mine, order=order)
    shown, sheet = asked.sheet(watched, query, keep={"order": order})
    return Risk(
        status=pill(breakers),
        sentence=_sentence(breakers),
        halts=tuple(shell.halt_line(halt, user=user, now=now) for halt in stops.standing(viewer=user)),
        running=sum(bot.status == "RUNNING" for bot in mine.values()),
        meters=(
            *(limit_meter(limit) for limit in (own.limits if own else ()) if limit.unit == "FRACTION"),
            *(_share_meter(one) for one in at_risk if one.scope == "USER"),
        ),
        counts=tuple(_count_meter(one) for one in counts if one.scope != "BOT"),
        rule=_rule(careful.names(owner=user.id, mode=MODE)),
        bots=_bots(shown, counts, at_risk, mine),
        watched=len(watched),
        sheet=sheet,
        orders=tuple(Choice(value=key, label=label, url=asked.address({"order": key}), chosen=key == order) for key, label in ORDERS),
        trips=trips,
        next_url=next_url,
        reset_url=reverse("dashboard:breaker-reset") if own and own.tripped else "",
    )


def pill(found: Sequence[BreakerView]) -> Pill:
    """The state of all breakers of a person in a word."""
    tripped = [view for view in found if view.tripped]
    if any(view.scope == "USER" for view in tripped):
        return Pill(text="Tripped, no entries", tone="bad")
    if tripped:
        return Pill(text="1 bot tripped" if len(tripped) == 1 else f"{len(tripped)} bots tripped", tone="bad")
    return Pill(text="Not tripped", tone="good")


def limit_meter(limit: LimitView, *, label: str = "") -> Meter:
    return writing.meter(
        label=label or name(limit.name), value=limit.value, limit=limit.limit, fraction=limit.unit == "FRACTION", state=limit.state,
        note=limit.window,
    )  # fmt: skip


def name(code: str) -> str:
    return NAMES.get(code, writing.words(code))


def _share_meter(one: AtRiskView) -> Meter:
    """Positions and waiting entries at their value, against the equity in that mode; conservative bots only have such a limit."""
    note = f"conservative bots, {one.mode.lower()}"
    return writing.meter(label=name(one.name), value=one.value, limit=one.limit, fraction=True, state=one.state, note=note)


def _count_meter(one: CountView) -> Meter:
    label = name(one.name) if one.scope != "WALLET" else f"{name(one.name)}, {one.subject}"
    return writing.meter(
        label=label, value=Decimal(one.value), limit=Decimal(one.limit), fraction=False, state=one.state, note=one.window
    )


def _sentence(found: Sequence[BreakerView]) -> str:
    near = sum(any(limit.state == "WARNING" for limit in view.limits) for view in found)
    if any(view.tripped for view in found):
        return "What has tripped opens nothing until it is reset; exits still work."
    if near:
        return f"{near} of {len(found)} breakers {'has' if near == 1 else 'have'} a limit used to 60 % or more."
    return "A breaker that trips lets no new position open; exits still work. It warns at 60 % of a limit."


def _rule(strict_for: Sequence[str]) -> str:
    """Why the person's own limits are what they are, and when they change; strict_for: the bots for which they are strict now."""
    usual = _limits_in_words(settings.POLICY.strictest(profiles_of_person(careful=False)))
    strict = _limits_in_words(settings.POLICY.strictest(profiles_of_person(careful=True)))
    if not strict_for:
        return f"These limits are {usual}. While a bot with the conservative profile runs, they are stricter for all your bots: {strict}."
    others = f" and {len(strict_for) - 1} more" if len(strict_for) > 1 else ""
    return (
        f"These limits are strict ({strict}) because {strict_for[0]}{others} {'run' if others else 'runs'} with the conservative profile, "
        f"and where profiles meet the strictest counts for all your bots. While no such bot runs they are {usual}."
    )


def _limits_in_words(limits: Limits) -> str:
    def share(value: Decimal) -> str:
        return writing.kept(writing.spoken(writing.percent(value, places=0 if value.scaleb(2) == int(value.scaleb(2)) else 2)))

    week = f"and {share(limits.max_weekly_loss)} in a week" if limits.max_weekly_loss is not None else "and no limit for a week"
    return f"a drawdown of {share(limits.max_drawdown)}, a loss of {share(limits.max_daily_loss)} in a day {week}"


def _ordered(breakers: Sequence[BreakerView], mine: Mapping[UUID, Bot], *, order: str) -> list[BreakerView]:
    """Those of the bots: by name, or first whoever is nearest to a limit."""
    found = sorted(
        (view for view in breakers if view.bot_id is not None and view.bot_id in mine), key=lambda view: view.bot_name.casefold()
    )
    if not order:
        found.sort(key=lambda view: max((limit.share for limit in view.limits), default=Decimal(0)), reverse=True)
    return found


def _bots(
    shown: Sequence[BreakerView], counts: Sequence[CountView], at_risk: Sequence[AtRiskView], mine: Mapping[UUID, Bot]
) -> tuple[BotRisk, ...]:
    entries = {one.subject_id: one for one in counts if one.scope == "BOT"}
    positions = {one.subject_id: one for one in at_risk if one.scope == "BOT"}
    return tuple(_bot(view, mine[view.bot_id], entries.get(view.bot_id), positions.get(view.bot_id)) for view in shown if view.bot_id)


def _bot(view: BreakerView, bot: Bot, entries: CountView | None, position: AtRiskView | None) -> BotRisk:
    return BotRisk(
        name=bot.name,
        url=reverse("dashboard:bot", args=[bot.id]),
        pill=listed.pill(status=bot.status, reason=bot.pause_reason),
        profile=f"{view.profile} profile",
        meters=(
            *(limit_meter(limit) for limit in view.limits),
            *((_share_meter(position),) if position else ()),
            *((_count_meter(entries),) if entries else ()),
        ),
    )


def _trips(*, user: User, before: str, now: datetime) -> tuple[tuple[TripLine, ...], str]:
    rows = breaker.history(owner=user.id)
    if before:
        rows = rows.filter(cursors.older(before, column="at"))
    found = list(rows[: PAGE + 1])
    older = asked.address({"before": cursors.write(found[PAGE - 1].at, found[PAGE - 1].id)}) if len(found) > PAGE else ""
    return tuple(_trip(trip, user=user, now=now) for trip in found[:PAGE]), older


def _trip(trip: BreakerTrip, *, user: User, now: datetime) -> TripLine:
    view = breaker.trip_view(trip)
    bot_url = reverse("dashboard:bot", args=[view.bot_id]) if view.bot_id else ""
    reset = reverse("dashboard:bot-reset", args=[view.bot_id]) if view.bot_id else reverse("dashboard:breaker-reset")
    told = ""
    if view.reset_at is not None:
        at = writing.moment(view.reset_at, zone=user.time_zone)
        told = f"{at.text} {at.zone} by {who(view.reset_by, user=user)}: {view.reset_reason}"
    return TripLine(
        at=writing.clock(view.at, zone=user.time_zone, now=now),
        whose=view.bot_name or "all your bots",
        url=bot_url,
        limit=name(view.limit),
        sentence=view.sentence,
        pill=Pill(text="Reset", tone="idle") if told else Pill(text="In force", tone="bad"),
        told=told,
        reset_url="" if told else reset,
    )
