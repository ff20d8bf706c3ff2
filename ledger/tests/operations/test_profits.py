"""Profits by day, week and month: ascending, gaps zero, and to the last digit what the matches say."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal
from itertools import pairwise

import pytest

from accounts.models import Alert, User
from ledger.domain.periods import PERIODS, start_of
from ledger.models import LotMatch
from ledger.operations import fills
from ledger.queries import profits
from ledger.tests import builders as b

pytestmark = pytest.mark.django_db

EXACT = Context(prec=120)
THURSDAY = datetime(2025, 12, 25, 23, 0, tzinfo=UTC)
LATER = datetime(2026, 2, 10, tzinfo=UTC)


@pytest.fixture
def story(alice: User) -> int:
    """Thirty sales over seven weeks and a year's end, at any hour, with fees of nine decimals."""
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    b.market()
    book = b.book(b.fund(alice, "1000000"), "900000")
    b.filled(book, "BUY", "31", "333.33", fee="0.000000007", at=THURSDAY)
    for _ in range(30):
        at = THURSDAY + timedelta(minutes=chance.randrange(1, 60 * 24 * 46))
        b.filled(book, "SELL", f"{chance.randrange(1, 10**6) / 10**6:.6f}", "400", fee="0.000000003", at=at)
    return seed


@pytest.mark.parametrize("period", PERIODS)
def test_every_period_sums_its_matches_to_the_last_digit(alice: User, story: int, period: str):
    told = profits.of(owner=alice.id, period=period, now=LATER)
    sums: dict[date, list[Decimal]] = {}
    for match in LotMatch.objects.all():
        row = sums.setdefault(start_of(match.sold_at.date(), period), [Decimal(0)] * 3)
        row[0] = EXACT.add(row[0], EXACT.subtract(match.proceeds, match.cost))
        row[1] = EXACT.add(row[1], EXACT.add(match.entry_fee, match.exit_fee))
        row[2] = EXACT.add(row[2], match.net)
    for profit in told:
        assert [profit.gross, profit.fees, profit.net] == sums.pop(profit.start, [0, 0, 0])
    assert not sums


@pytest.mark.parametrize("period", PERIODS)
def test_periods_ascend_without_gaps_to_today(alice: User, story: int, period: str):
    told = [profit.start for profit in profits.of(owner=alice.id, period=period, now=LATER)]
    assert told == sorted(set(told))
    assert told[-1] == start_of(LATER.date(), period)
    if period == "weekly":
        assert {day.weekday() for day in told} == {0}
    for before, after in pairwise(told):
        assert after == start_of(before + timedelta(days={"daily": 1, "weekly": 7, "monthly": 31}[period]), period)


def test_a_sunday_night_and_a_monday_morning_are_two_weeks(alice: User):
    b.market()
    book = b.book(b.fund(alice), "1000")
    b.filled(book, "BUY", "2", "100", at=b.MONDAY - timedelta(days=3))
    b.filled(book, "SELL", "1", "101", at=datetime(2026, 3, 1, 23, 59, 59, 999999, tzinfo=UTC))
    b.filled(book, "SELL", "1", "107", at=datetime(2026, 3, 2, tzinfo=UTC))
    told = profits.of(owner=alice.id, period="weekly", now=b.MONDAY)
    assert [(profit.start, profit.net) for profit in told] == [(date(2026, 2, 23), 1), (date(2026, 3, 2), 7)]


def test_profits_of_the_first_years_of_coins_are_told(alice: User):
    b.market()
    book = b.book(b.fund(alice), "1000")
    b.filled(book, "BUY", "1", "100", at=datetime(2010, 5, 22, tzinfo=UTC))
    b.filled(book, "SELL", "1", "107", at=datetime(2010, 5, 23, tzinfo=UTC))
    told = profits.of(owner=alice.id, period="monthly", now=LATER)
    assert (told[0].start, told[0].net, len(told)) == (date(2010, 5, 1), 7, 190)


def test_a_history_that_nothing_covers_is_told_in_a_few_alerts(alice: User):
    """Thirty uncovered sales booked at once: twenty alerts and one for the other ten."""
    b.market()
    book = b.book(b.fund(alice), "1000")
    fills.record([b.report(book, "SELL", "1", "100", at=b.MONDAY + b.minutes(n)) for n in range(30)], now=LATER)
    assert Alert.objects.filter(code="FILL_UNEXPLAINED").count() == 20
    assert Alert.objects.get(code="FILLS_UNEXPLAINED").data["fills"] == 10
