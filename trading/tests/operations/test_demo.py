"""The demo: what it shows, that it can pay for it, and that its bots trade a history that nobody chose for them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from accounts.domain.refusals import Refusal
from accounts.models import User
from bots.models import Bot
from bots.operations import halts
from bots.strategies import families, strategy
from ledger.models import Fill, Wallet
from ledger.operations import funding
from trading import venues
from trading.models import Order, Stream, Trade
from trading.operations import backfill, demo, demo_bot, feed, stop
from trading.venues.simulated import LISTINGS

NOON = datetime(2026, 11, 12, 12, 0, tzinfo=UTC)
PASSWORD, SECRET = "a perfectly good password", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


def test_it_shows_each_family_each_order_type_both_profiles_and_a_bot_that_rests() -> None:
    assert {plan.strategy for plan in demo.PLANS} == {"ema_cross", "rsi_reversion", "donchian_breakout"} <= set(families())
    assert {plan.order_type for plan in demo.PLANS} == {"MARKET", "LIMIT", "POST_ONLY"}
    assert {plan.profile for plan in demo.PLANS} == {"standard", "conservative"}
    assert [plan.name for plan in demo.PLANS if plan.rests] == ["Bitcoin rests"]
    assert {plan.symbol for plan in demo.PLANS} == set(LISTINGS)


def test_its_plans_are_sound_and_paid_for() -> None:
    """32 bots with names of their own and at most the 40,000 USDT of its wallet; each genome is one that its family takes."""
    assert len({plan.name for plan in demo.PLANS}) == len(demo.PLANS) == 32
    assert sum(plan.capital for plan in demo.PLANS) == 30_600 <= demo.FUNDS
    for plan in demo.PLANS:
        assert strategy(plan.strategy).validate(plan.parameters) == plan.parameters
        plan.exits.check()


def seed(now: datetime) -> None:
    demo.seed(password=PASSWORD, otp_secret=SECRET, finest="5s", now=now)


@pytest.mark.django_db
def test_a_demo_of_before_whose_money_is_spent_gets_no_bot_that_it_cannot_pay_for() -> None:
    """All but 1,000 USDT withdrawn, and one bot gone by another name: the start goes on without it."""
    seed(NOON)
    wallet = Wallet.objects.get(owner__username="demo")
    Bot.objects.filter(name="Bitcoin swing").update(name="mine")
    funding.withdraw(wallet=wallet.id, asset="USDT", amount=Decimal(9_000), actor="user:x", request_id="", now=NOON)
    seed(NOON)
    assert not Bot.objects.filter(name="Bitcoin swing").exists()
    assert Bot.objects.count() == 32


@pytest.mark.usefixtures("transactional_db")
def test_its_minute_bots_trade_the_first_of_their_three_days(tmp_path: Path) -> None:
    """One chunk is a day of five markets. Every family has been refused or filled, and who rests has done nothing."""
    seed(NOON)
    assert backfill.work(policy=settings.POLICY, now=NOON, data_dir=tmp_path) == 5 * 1_440
    assert Stream.objects.filter(backfill_until__isnull=False).count() == 5
    states = Counter(Order.objects.values_list("state", flat=True))
    assert states["FILLED"] >= 10
    assert states["REFUSED"] >= 5
    assert Trade.objects.count() >= 5
    assert Trade.objects.filter(profit_loss__lt=0).exists()
    assert set(Order.objects.values_list("bot__strategy", flat=True)) == {"ema_cross", "rsi_reversion", "donchian_breakout"}
    assert not Order.objects.filter(bot__name="Bitcoin rests").exists()


@pytest.mark.usefixtures("transactional_db")
def test_its_bots_of_seconds_decide_within_the_first_minutes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Five markets, ten minutes of five-second candles, from nothing: the first order is sent and filled."""
    monkeypatch.setattr(demo, "PLANS", tuple(plan for plan in demo.PLANS if not plan.timeframe))
    seed(NOON)
    streams = feed.streams_of(venue_name="sim", timeframe="5s", now=NOON)
    for step in range(120):
        for stream in streams:
            feed.tick_stream(stream_id=stream, policy=settings.POLICY, now=NOON + timedelta(seconds=5 * step), data_dir=tmp_path)
        if Fill.objects.exists():
            break
    assert Fill.objects.exists()


@pytest.mark.usefixtures("transactional_db")
def test_a_demo_bot_of_one_s_own_is_running_on_the_finest_candles(alice: User) -> None:
    """Its wallet is filled once: with 10,000 USDT free, nine more bots of 1,000 need no money."""
    venues.venue("sim").ensure_markets(now=NOON)
    made = demo_bot.make(owner=alice, actor=f"user:{alice.id}", request_id="test", now=NOON)
    assert (made.status, made.timeframe, made.strategy) == ("RUNNING", venues.venue("sim").finest, "ema_cross")
    assert made.market.symbol == "AVAX/USDT"
    wallet = made.book.wallet
    entries = wallet.entries
    demo_bot.make(owner=alice, actor=f"user:{alice.id}", request_id="test", now=NOON)
    wallet.refresh_from_db()
    assert wallet.entries == entries + 1  # its allocation, no deposit
    assert Bot.objects.filter(owner=alice).count() == 2


@pytest.mark.usefixtures("transactional_db")
def test_under_a_stop_nothing_of_a_demo_bot_stays_and_the_same_click_may_be_made_again(alice: User) -> None:
    who: dict[str, Any] = {"actor": f"user:{alice.id}", "request_id": "test", "now": NOON}
    stopped = stop.emergency_stop(scope="USER", user=alice.id, reason="", flatten=False, policy=settings.POLICY, **who)
    with pytest.raises(Refusal, match="lift the stop"):
        demo_bot.make(owner=alice, key="one-tap", **who)
    assert not Bot.objects.filter(owner=alice).exists()
    assert not Wallet.objects.filter(owner=alice).exists()

    halts.lift(halt_ids=[stopped.halt_id], reason="all clear", **who)
    assert demo_bot.make(owner=alice, key="one-tap", **who).status == "RUNNING"
