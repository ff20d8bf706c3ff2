"""The circuit breaker's judgement: numbers and limits in, breaches and warnings out."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from trading.domain.requests import Nav

WARN_AT = Decimal("0.6")
ERRORS = "ERRORS_PER_HOUR"
LATE_FILL = "LATE_FILL"
COUNTED = ("LOSSES_IN_A_ROW", ERRORS, LATE_FILL)


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one profile. Fractions in (0, 1]; None means that the profile has no such limit."""

    profile: str
    max_drawdown: Decimal
    max_daily_loss: Decimal
    max_weekly_loss: Decimal | None
    max_consecutive_losses: int
    max_errors_per_hour: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """What is measured against the limits."""

    nav: Nav
    loss_streak: int
    errors_last_hour: int


@dataclass(frozen=True, slots=True)
class Use:
    """One limit with its present use. share = value / limit; tripped at 1."""

    limit: str
    value: Decimal
    threshold: Decimal
    sentence: str

    @property
    def share(self) -> Decimal:
        return self.value / self.threshold

    @property
    def said(self) -> str:
        """Value and limit for people: counts as counts, falls in percent."""
        if self.limit in COUNTED:
            return f"{self.value:.0f} of {self.threshold:.0f}"
        return f"{self.value * 100:.2f} % of {self.threshold * 100:.2f} %"

    @property
    def tripped(self) -> bool:
        return self.value >= self.threshold

    @property
    def warns(self) -> bool:
        return self.share >= WARN_AT


FILLED_AFTER_ALL = Use(LATE_FILL, Decimal(1), Decimal(1), "The venue filled an order that it had turned down or said it never got.")
"""No number leads up to it: one is enough, whatever the profile."""


def fall(level: Decimal, now: Decimal) -> Decimal:
    """How far `now` lies under `level`, as a fraction of it; 0 when it does not."""
    return max((level - now) / level, Decimal(0)) if level > 0 else Decimal(0)


def uses(numbers: Numbers, limits: Limits) -> tuple[Use, ...]:
    """Every limit of the profile with its present use, in the order they are judged."""
    nav, streak, errors = numbers.nav, Decimal(numbers.loss_streak), Decimal(numbers.errors_last_hour)
    found = [
        Use("DRAWDOWN", fall(nav.peak, nav.now), limits.max_drawdown, "Value per unit has fallen this far from its peak."),
        Use("DAILY_LOSS", fall(nav.day, nav.now), limits.max_daily_loss, "Value per unit has fallen this far since 00:00 UTC."),
    ]
    if limits.max_weekly_loss is not None:
        week = fall(nav.week, nav.now)
        found.append(Use("WEEKLY_LOSS", week, limits.max_weekly_loss, "Value per unit has fallen this far since Monday."))
    found.append(Use("LOSSES_IN_A_ROW", streak, Decimal(limits.max_consecutive_losses), "Trades lost in a row."))
    found.append(Use(ERRORS, errors, Decimal(limits.max_errors_per_hour), "Venue or tick errors in 60 minutes."))
    return tuple(found)


def judge(numbers: Numbers, limits: Limits) -> Use | None:
    """The first limit that is reached, or None."""
    for use in uses(numbers, limits):
        if use.tripped:
            return use
    return None
