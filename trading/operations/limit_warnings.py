"""Warnings that a limit is used to 60 % and more: a notice each, once a day and subject. It must not refuse anything."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from accounts.operations import alerts
from accounts.operations.alerts import Notice
from trading.domain.breaker import WARN_AT, Use
from trading.domain.policy import Policy
from trading.domain.requests import OrderRequest

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Used:
    """What an entry that has just passed leaves used: entries of its bot and person today, and of its wallet in the window."""

    bot: int
    user: int
    burst: int


def of_counts(request: OrderRequest, used: Used, *, policy: Policy, now: datetime) -> list[Notice]:
    """Notices for gate C's limits that this entry brings to 60 %, or finds there."""
    found = []
    if request.bot is not None and used.bot >= WARN_AT * policy.max_trades_per_bot_daily:
        sentence = f"A bot has used {used.bot} of its {policy.max_trades_per_bot_daily} entries for today (UTC)."
        found.append(_notice(request.owner, "MAX_TRADES_PER_BOT_DAILY", sentence, subject=request.bot, bot=request.bot, now=now))
    if used.user >= WARN_AT * policy.max_trades_per_user_daily:
        sentence = f"You have used {used.user} of your {policy.max_trades_per_user_daily} entries for today (UTC)."
        found.append(_notice(request.owner, "MAX_TRADES_PER_USER_DAILY", sentence, subject=request.owner, bot=None, now=now))
    if used.burst >= WARN_AT * policy.burst_limit_orders_per_exchange:
        sentence = f"{used.burst} of {policy.burst_limit_orders_per_exchange} entries at {request.rules.venue} within the window."
        found.append(_notice(request.owner, "BURST_LIMIT_ORDERS_PER_EXCHANGE", sentence, subject=request.wallet, bot=None, now=now))
    return found


def of_use(use: Use, *, owner: UUID, bot: UUID | None, now: datetime) -> Notice:
    """The notice for a limit of the breaker, or of what one order may put at risk."""
    return _notice(owner, f"BREAKER_{use.limit}", f"{use.sentence} Used: {use.said}.", subject=bot or use.limit, bot=bot, now=now)


def tell(notices: Collection[Notice], *, now: datetime) -> None:
    """Raise those that nobody was told of today."""
    alerts.raise_alerts(notices=list(notices), now=now, window=DAY)


def _notice(owner: UUID, code: str, sentence: str, *, subject: UUID | str, bot: UUID | None, now: datetime) -> Notice:
    return Notice(
        person=owner, severity="WARNING", code=code, sentence=sentence, data={"bot": str(bot) if bot else None},
        dedup_key=f"{subject}|{code}|{now.date()}",
    )  # fmt: skip
