"""The breaker's judgement and the linking of net asset values, with falls that can be computed in the head."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.conf import settings

from trading.domain import breaker, nav
from trading.domain.breaker import Numbers
from trading.domain.requests import Nav

POLICY = replace(
    settings.POLICY, max_drawdown_percent=Decimal("0.20"), max_daily_loss_percent=Decimal("0.10"), max_consecutive_losses=5,
    max_errors_per_hour=10, daily_stop_pnl_pct=Decimal("-3.0"), weekly_stop_pnl_pct=Decimal("-7.0"),
    conservative_max_drawdown_percent=Decimal("0.10"),
)  # fmt: skip
STANDARD, CAREFUL = POLICY.limits("standard"), POLICY.limits("conservative")
MONDAY, TUESDAY, NEXT = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 9)


def numbers(now="1", *, peak="1", day="1", week="1", losses=0, errors=0):
    return Numbers(Nav(Decimal(now), Decimal(peak), Decimal(day), Decimal(week)), losses, errors)


@pytest.mark.parametrize(
    ("found", "limits", "code"),
    [
        (numbers("0.80", day="0.80", week="0.80"), STANDARD, "DRAWDOWN"),
        (numbers("0.8001", day="0.85", week="0.85"), STANDARD, None),
        (numbers("0.90", week="0.9"), STANDARD, "DAILY_LOSS"),
        (numbers("0.9001", week="0.9001"), STANDARD, None),
        (numbers(losses=5), STANDARD, "LOSSES_IN_A_ROW"),
        (numbers(losses=4), STANDARD, None),
        (numbers(errors=10), STANDARD, "ERRORS_PER_HOUR"),
        (numbers(errors=9), STANDARD, None),
        (numbers("0.93", day="0.93"), STANDARD, None),
        (numbers("0.93", day="0.93"), CAREFUL, "WEEKLY_LOSS"),
        (numbers("0.97"), CAREFUL, "DAILY_LOSS"),
        (numbers("0.90", day="0.9", week="0.9"), CAREFUL, "DRAWDOWN"),
    ],
)
def test_a_limit_trips_when_it_is_reached(found, limits, code):
    use = breaker.judge(found, limits)
    assert (use.limit if use else None) == code


def test_warnings_start_at_sixty_percent_of_a_limit():
    """12 % of 20 % drawdown is 60 %; 3 of 5 losses too; 5.9 % of 10 % today is 59 %."""
    uses = {use.limit: use for use in breaker.uses(numbers("0.88", day="0.935175", losses=3), STANDARD)}
    assert uses["DRAWDOWN"].warns
    assert uses["LOSSES_IN_A_ROW"].warns
    assert not uses["DAILY_LOSS"].warns
    assert not any(use.tripped for use in uses.values())


def test_a_rise_is_no_fall():
    assert breaker.fall(Decimal(1), Decimal("1.5")) == 0


def linked(*steps):
    state = nav.Linked(Decimal(0), Decimal(0), Nav(Decimal(1), Decimal(1), Decimal(1), Decimal(1)), None)
    for equity, funding, day in steps:
        state = nav.link(state, equity=Decimal(equity), funding=Decimal(funding), today=day)
    return state


def test_a_deposit_is_no_profit_and_a_withdrawal_no_loss():
    """1,000 in, 1,100 earned to; 900 more paid in; half of the 2,000 withdrawn: the value of a unit stays 1.1."""
    state = linked((1000, 1000, MONDAY), (1100, 1000, MONDAY), (2000, 1900, MONDAY), (1000, 900, MONDAY))
    assert (state.nav.now, state.nav.peak) == (Decimal("1.1"), Decimal("1.1"))


def test_the_day_starts_anew_at_midnight_and_the_week_on_monday():
    """Monday 1 -> 0.9; Tuesday starts at 0.9 and falls to 0.81; the week is still measured from 1; next Monday from 0.81."""
    state = linked((1000, 1000, MONDAY), (900, 1000, MONDAY), (900, 1000, TUESDAY), (810, 1000, TUESDAY))
    assert (state.nav.now, state.nav.day, state.nav.week, state.nav.peak) == (Decimal("0.81"), Decimal("0.9"), 1, 1)
    later = nav.link(state, equity=Decimal(810), funding=Decimal(1000), today=NEXT)
    assert (later.nav.day, later.nav.week, later.nav.peak) == (Decimal("0.81"), Decimal("0.81"), 1)
