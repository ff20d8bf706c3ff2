"""The overview: how much there is, what it earned, what it risks, who works for it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from accounts.models import User
from amarktai.dashboard import writing
from amarktai.dashboard.pages import bots as listed
from amarktai.dashboard.pages import coins, curves, people, ranges, risk
from amarktai.dashboard.shapes.overview import Check, Earned, Overview, Part, PositionLine, Progress, StatusCount
from amarktai.dashboard.shapes.parts import Chart, Figure, Meter, Pill
from amarktai.health import checks
from bots.queries import bots as bot_queries
from ledger.domain.numbers import CONTEXT, ZERO
from ledger.domain.periods import start_of
from ledger.queries import portfolio, profits
from ledger.queries.portfolio import Summary
from trading.queries import bots as bot_views
from trading.queries import breaker, limits, progress, trades
from trading.queries.bots import BotView

ALERTS = 6
STALE_EQUITY_S = 150
PERIODS = (("Today", "daily"), ("This week", "weekly"), ("This month", "monthly"))
SINCE_START = "web"  # the one check whose age is no time since it was last heard
ENTRIES = "MAX_TRADES_PER_USER_DAILY"
MODE = "PAPER"
NO_POSITION = "No open position of a bot. The why panel of each bot says what it is waiting for."


def build(*, user: User, range_name: str, now: datetime) -> Overview:
    total = portfolio.summary(owner=user.id, now=now, mode=MODE, currency=user.reporting_currency)
    mine = list(bot_queries.of(owner=user.id))
    views = bot_views.views(bots=mine, now=now)
    counts = bot_queries.count_by_status(owner=user.id)
    breakers = breaker.status(owner=user.id, policy=settings.POLICY, now=now)
    report = checks.report(now=now)
    unit = total.currency
    return Overview(
        funded=bool(total.equity),
        has_bots=bool(mine),
        no_position=NO_POSITION if mine else "No open position: you have no bot yet.",
        equity=writing.total(total.equity, unit),
        as_of=writing.moment(_valued(total, now=now), zone=user.time_zone, now=now, stale_after=STALE_EQUITY_S),
        unvalued=", ".join(total.unvalued),
        other_modes=" and ".join(part.name for part in total.by_mode if part.name != MODE),
        earned=_earned(user=user, total=total, now=now),
        realised=writing.total(total.realised_profit, unit, signed=True),
        unrealised=writing.total(total.unrealised_profit, unit, signed=True),
        fees=writing.total(total.fees, unit),
        trades=trades.of(owner=user.id).count(),
        parts=_parts(total),
        drawdown=writing.percent(total.drawdown.current),
        deepest=writing.percent(total.drawdown.maximum),
        breaker=risk.pill(breakers),
        meters=_meters(breakers, limits.status(owner=user.id, policy=settings.POLICY, now=now)),
        coins=coins.of(user=user),
        positions=tuple(_position(view, user=user, now=now) for view in views if view.position is not None),
        statuses=_statuses(counts),
        curve=_curve(user=user, range_name=range_name, now=now),
        days=_days(user=user, now=now),
        alerts=people.newest_alerts(user=user, most=ALERTS, now=now),
        health=_health(report),
        checks=tuple(_check(one) for one in report.checks),
        progress=_progress() if mine else None,
    )


def _earned(*, user: User, total: Summary, now: datetime) -> tuple[Earned, ...]:
    """Realised profit after fees of each period, and that of all time with what open positions would add."""
    found = [(label, _latest(user=user, period=period, unit=total.currency, now=now)) for label, period in PERIODS]
    found.append(("Total, with open positions", CONTEXT.add(total.realised_profit, total.unrealised_profit)))
    return tuple(
        Earned(
            label=label,
            money=writing.total(net, total.currency, signed=True),
            share=writing.share(net, CONTEXT.subtract(total.equity, net)) if total.equity > net else Figure(text=""),
        )
        for label, net in found
    )


def _latest(*, user: User, period: str, unit: str, now: datetime) -> Decimal:
    """The period that now belongs to is the last one; it is asked for from its first day."""
    found = profits.of(owner=user.id, period=period, now=now, mode=MODE, frm=start_of(now.date(), period))
    return next((one.net for one in reversed(found) if one.currency == unit), ZERO)


def _parts(total: Summary) -> tuple[Part, ...]:
    held = ZERO
    for position in total.positions:
        if position.currency == total.currency and position.value is not None:
            held = CONTEXT.add(held, position.value)
    parts = (
        ("free", "Free", total.cash),
        ("allocated", "Set aside for trading", total.allocated),
        ("positions", "In open positions", held),
        ("reserved", "Reserved for orders", total.reserved),
    )
    whole = sum(float(amount) for _, _, amount in parts)
    start, made = 0.0, []
    for name, label, amount in parts:
        width = 100 * float(amount) / whole if whole > 0 else 0.0
        made.append(
            Part(name=name, label=label, money=writing.total(amount, total.currency), start=f"{start:.2f}", width=f"{width:.2f}")
        )
        start += width
    return tuple(made)


def _meters(found: list[breaker.BreakerView], counts: list[limits.CountView]) -> tuple[Meter, ...]:
    """The person's own limits; of those that count per bot, the bot that is nearest to its limit."""
    own = next((view for view in found if view.scope == "USER" and view.mode == MODE), None)
    made = [risk.limit_meter(limit) for limit in (own.limits if own else ()) if limit.unit == "FRACTION"]
    nearest = [limit for view in found if view.scope == "BOT" for limit in view.limits if limit.name == "LOSSES_IN_A_ROW"]
    if nearest:
        made.append(risk.limit_meter(max(nearest, key=lambda limit: limit.share), label="Losses in a row, worst bot"))
    entries = next((one for one in counts if one.name == ENTRIES), None)
    if entries:
        made.append(
            writing.meter(
                label="Entries today", value=Decimal(entries.value), limit=Decimal(entries.limit), fraction=False, state=entries.state
            )
        )
    return tuple(made)


def _position(view: BotView, *, user: User, now: datetime) -> PositionLine:
    held = view.position
    if held is None:
        raise ValueError("only bots that hold something have a line here")
    return PositionLine(
        bot=view.name,
        bot_url=reverse("dashboard:bot", args=[view.id]),
        symbol=view.symbol,
        quantity=writing.quantity(held.units, held.asset),
        entry=writing.price(held.cost / held.units),
        mark=writing.price(held.value / held.units if held.value is not None else None),
        value=writing.spoken(writing.money(held.value, view.currency)),
        unrealised=writing.money(held.unrealised_profit, view.currency, signed=True),
        share=writing.share(held.unrealised_profit, held.cost),
        opened=writing.held(held.opened_at or now, zone=user.time_zone, now=now),
    )


def _statuses(counts: dict[str, int]) -> tuple[StatusCount, ...]:
    most = max(counts.values(), default=0) or 1
    return tuple(
        StatusCount(
            pill=listed.pill(status=status, reason="") if count else Pill(text=writing.words(status)), count=count,
            percent=100 * count // most,
            url=f"{reverse('dashboard:bots')}?{urlencode({'status': status})}",
        )
        for status, count in counts.items()
    )  # fmt: skip


def _curve(*, user: User, range_name: str, now: datetime) -> Chart:
    name = ranges.known(range_name)
    line = curves.equity_line(user=user, range_name=name, now=now)
    return Chart(
        source=f"{reverse('dashboard:chart-equity')}?range={name}",
        label=f"Equity, {ranges.RANGES[name][0]}",
        columns=(f"Time ({user.time_zone})", f"Equity {user.reporting_currency}"),
        rows=tuple((writing.moment(one.at, zone=user.time_zone).text, writing.money(one.equity, "").text) for one in reversed(line[-100:])),
        ranges=ranges.choices(name),
    )


def _days(*, user: User, now: datetime) -> Chart:
    return Chart(
        source=reverse("dashboard:chart-profit"),
        label=f"Profit per day, last {curves.BAR_DAYS} days",
        columns=("Day (UTC)", "Gross", "Fees", "Net", "Matches"),
        rows=tuple(
            (curves.day_text(one.start), *_texts((one.gross, one.fees, one.net)), str(one.trades))
            for one in reversed(curves.daily(user=user, now=now))
            if one.trades
        ),
    )


def _texts(amounts: Iterable[Decimal]) -> tuple[str, ...]:
    return tuple(writing.total(amount, "").text for amount in amounts)


def _health(report: checks.Report) -> Pill:
    failed = sum(not one.ok for one in report.checks)
    if not failed:
        return Pill(text="All well", tone="good")
    return Pill(text="Down" if report.status == checks.Status.DOWN else f"{failed} of {len(report.checks)} failing", tone="bad")


def _check(one: checks.Check) -> Check:
    if one.age_s is None:
        return Check(name=one.name.capitalize(), ok=one.ok, detail=one.detail, absent=one.absent)
    if one.name == SINCE_START and one.ok:
        return Check(name=one.name.capitalize(), ok=True, detail=f"up for {writing.lasting(timedelta(seconds=one.age_s))}")
    aged = writing.age(timedelta(seconds=one.age_s))
    return Check(name=one.name.capitalize(), ok=one.ok, detail=aged if one.ok else f"{one.detail}, {aged}")


def _progress() -> Progress | None:
    found = progress.backfill()
    if found is None:
        return None
    return Progress(phase=found.phase, percent=found.percent, detail="Your bots trade it candle by candle; the figures below grow with it.")


def _valued(total: Summary, *, now: datetime) -> datetime:
    """The oldest price behind the equity; without positions it is worth what it is worth now."""
    return min((position.mark_as_of for position in total.positions if position.mark_as_of), default=now)
