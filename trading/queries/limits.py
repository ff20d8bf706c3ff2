"""How much of the trade limits is used today: entry orders per bot and per person, and the burst per wallet. Never writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, Q

from bots.models import Bot
from bots.queries import bots as bot_queries
from ledger.domain.numbers import ONE, ZERO
from trading.domain.breaker import WARN_AT, Use
from trading.domain.exposure import Exposure, uses
from trading.domain.policy import Policy
from trading.models.order import EntryCount, Order, State
from trading.queries import exposures

PLACES = Decimal("0.000001")


@dataclass(frozen=True, kw_only=True)
class CountView:
    """One counted limit: `value` used of `limit` in `window`."""

    name: str
    scope: str
    subject_id: UUID
    subject: str
    value: int
    limit: int
    window: str
    state: str


def status(*, owner: UUID, policy: Policy, now: datetime, bots: Sequence[Bot] | None = None, own: bool = True) -> list[CountView]:
    """Gate C as of now: the person's day and each wallet's burst first, unless not asked for, then the day of each of these bots of
    theirs; None: of all that are not stopped. At most three statements."""
    found = list(bot_queries.of(owner=owner).exclude(status="STOPPED")) if bots is None else bots
    today = EntryCount.objects.filter(Q(bot__isnull=True) | Q(bot__in=[bot.id for bot in found]), owner=owner, day=now.date())
    counts: dict[UUID | None, int] = {count.bot_id: count.entries for count in today}
    day = _count(
        name="MAX_TRADES_PER_USER_DAILY", scope="USER", subject_id=owner, subject="all bots and orders",
        value=counts.get(None, 0), limit=policy.max_trades_per_user_daily, window="since 00:00 UTC",
    )  # fmt: skip
    of_bots = [
        _count(
            name="MAX_TRADES_PER_BOT_DAILY", scope="BOT", subject_id=bot.id, subject=bot.name,
            value=counts.get(bot.id, 0), limit=policy.max_trades_per_bot_daily, window="since 00:00 UTC",
        )
        for bot in found
    ]  # fmt: skip
    return [day, *_bursts(owner=owner, policy=policy, now=now), *of_bots] if own else of_bots


@dataclass(frozen=True, kw_only=True)
class AtRiskView:
    """One limit on what is at risk: `value` and `limit` as fractions of the person's equity in that mode; `share` = value / limit."""

    name: str
    scope: str
    subject_id: UUID
    subject: str
    mode: str
    value: Decimal
    limit: Decimal
    share: Decimal
    state: str
    sentence: str


def at_risk(*, owner: UUID, policy: Policy, now: datetime, bots: Sequence[Bot] | None = None, own: bool = True) -> list[AtRiskView]:
    """Total at risk in each mode first, unless not asked for, then the position of each of these bots (None: of all that are not
    stopped), of people whose bots have a profile that limits them; none for others. At most five statements."""
    watched = bot_queries.of(owner=owner).exclude(status="STOPPED")
    profiles = watched.order_by().values_list("mode", "profile").distinct()
    limits = {mode: found for mode, profile in profiles if (found := policy.position_limits(profile)) is not None}
    if not limits:
        return []
    there = exposures.of_people(owners=[owner], prices={}, quotes=(), replayed=False, now=now)
    equities = {mode: equity for mode in sorted(limits) if (equity := there.equity.get((owner.int, mode), ZERO)) > 0}
    totals = [
        _at_risk(
            uses(Exposure(equity, there.at_risk.get((owner.int, mode), ZERO), ZERO, ZERO, ONE), limits[mode])[1],
            scope="USER", subject=(owner, "all positions"), mode=mode,
        )
        for mode, equity in equities.items()
    ]  # fmt: skip
    positions = [
        _at_risk(
            uses(Exposure(equities[bot.mode], ZERO, there.of_book.get(bot.book_id.int, ZERO), ZERO, ONE), found)[0],
            scope="BOT", subject=(bot.id, bot.name), mode=bot.mode,
        )
        for bot in (watched if bots is None else bots)
        if bot.mode in equities and (found := policy.position_limits(bot.profile)) is not None
    ]  # fmt: skip
    return totals + positions if own else positions


def _at_risk(use: Use, *, scope: str, subject: tuple[UUID, str], mode: str) -> AtRiskView:
    return AtRiskView(
        name=use.limit, scope=scope, subject_id=subject[0], subject=subject[1], mode=mode, value=use.value.quantize(PLACES),
        limit=use.threshold, share=use.share.quantize(PLACES), state="REACHED" if use.tripped else "WARNING" if use.warns else "OK",
        sentence=use.sentence,
    )  # fmt: skip


def _bursts(*, owner: UUID, policy: Policy, now: datetime) -> list[CountView]:
    """Entries of the last seconds, per wallet."""
    seconds = policy.burst_limit_window_seconds
    recent = (
        Order.objects.filter(owner=owner, leg="ENTRY", run="", created_at__gt=now - timedelta(seconds=seconds))
        .exclude(state=State.REFUSED)
        .order_by("wallet__venue", "wallet__mode")
        .values_list("wallet_id", "wallet__venue", "wallet__mode")
        .annotate(entries=Count("id"))
    )
    return [
        _count(
            name="BURST_LIMIT_ORDERS_PER_EXCHANGE", scope="WALLET", subject_id=wallet, subject=f"{venue} {mode}",
            value=entries, limit=policy.burst_limit_orders_per_exchange, window=f"{seconds} seconds",
        )
        for wallet, venue, mode, entries in recent
    ]  # fmt: skip


def _count(
    *, name: str, scope: str, subject_id: UUID, subject: str, value: int, limit: int, window: str
) -> CountView:
    state = "REACHED" if value >= limit else "WARNING" if value >= WARN_AT * limit else "OK"
    return CountView(
        name=name, scope=scope, subject_id=subject_id, subject=subject, value=value, limit=limit, window=window,
        state=state,
    )  # fmt: skip
