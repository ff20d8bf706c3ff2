"""A replay is repeatable to the last bit, and whoever interrupts it, and however, only costs time."""

import random
import signal
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.domain.refusals import Conflict
from bots.tests.threads import PATIENCE_S
from trading.market import store
from trading.models import Order, ReplayRun, Stream, Trade
from trading.operations import memory as memories
from trading.operations import replay
from trading.queries import bots, readings
from trading.tests import builders, replays


class Interrupted(Exception):
    pass


def orders_of(name):
    """What was ordered and became of it, without what a second delivery was refused."""
    rows = Order.objects.filter(run=name).exclude(refusal="ALREADY_DECIDED").order_by("candle", "bot__name", "leg", "refusal")
    return list(rows.values_list("bot__name", "candle", "leg", "reason", "state", "refusal", "quantity", "price", "filled_value", "fees", "attempt"))


def trades_of(name, plan):
    rows = Trade.objects.filter(order__run=name, bot__name=plan.name).order_by("closed_at")
    return list(rows.values_list("opened_at", "closed_at", "reason", "entry_price", "exit_price", "amount", "profit_loss"))


@pytest.mark.django_db
def test_two_runs_of_the_same_candles_have_the_same_digest_and_orders():
    replays.candles()
    counted = replays.run("first")
    replays.run("second")
    assert counted["fills"] > 30
    assert counted["trades"] > 15
    assert counted["redelivered"] > 0
    assert replays.digest("first") == replays.digest("second")
    assert orders_of("first") == orders_of("second")
    refusals = set(Order.objects.filter(run="first").values_list("refusal", flat=True))
    assert {"ALREADY_DECIDED", "EDGE_UNDER_COST"} <= refusals
    reasons = set(Trade.objects.values_list("reason", flat=True))
    assert {"SIGNAL", "STOP_LOSS", "TAKE_PROFIT", "TRAILING"} <= reasons
    assert set(Order.objects.filter(run="first").values_list("state", flat=True)) == {"FILLED", "EXPIRED", "REFUSED"}


@pytest.mark.django_db
def test_a_bot_trades_alone_as_among_many():
    replays.candles()
    replays.run("many")
    for plan in replays.PLANS[:2]:
        replays.run(f"alone {plan.name}", plans=(plan,))
        assert trades_of(f"alone {plan.name}", plan) == trades_of("many", plan)


@pytest.mark.django_db
def test_a_run_that_an_error_interrupts_is_resumed_by_its_name():
    replays.candles()
    replays.run("whole")

    def stop_at(limit):
        def progress(done, total, at):
            if done > limit:
                raise Interrupted

        return progress

    for limit in (0, 250):
        with pytest.raises(Interrupted):
            replays.run("parts", progress=stop_at(limit))
    counted = replays.run("parts")
    assert 0 < counted["ticks"] < replays.MINUTES
    assert replays.digest("parts") == replays.digest("whole")
    assert orders_of("parts") == orders_of("whole")
    assert replays.run("parts")["ticks"] == 0
    assert (ReplayRun.objects.count(), Stream.objects.filter(run="parts").count()) == (2, 1)


@pytest.mark.django_db
def test_another_wish_under_a_known_name_is_a_conflict():
    replays.candles()
    replays.open_run("taken")
    with pytest.raises(Conflict, match="RUN_DIFFERS"):
        replays.open_run("taken", replays.PLANS[:1])


@pytest.mark.django_db(transaction=True)
def test_a_run_that_is_killed_three_times_ends_with_the_same_digest():
    """SIGKILL before a random statement of a process of its own; each resumes by name."""
    seed = random.randrange(10**9)
    print("seed", seed)
    dice = random.Random(seed)
    replays.candles()
    with CaptureQueriesContext(connection) as seen:
        replays.run("whole")
    total = len(seen)
    died = 0
    for _ in range(3):
        after = dice.randrange(20, total // 3)
        process = builders.elsewhere(f"from trading.tests import replays; replays.run_and_die('killed', after={after})")
        said, complained = process.communicate(timeout=PATIENCE_S)
        if process.returncode == 0:
            assert said == "came to its end"
            break
        assert process.returncode == -signal.SIGKILL, complained
        died += 1
    assert died >= 2
    replays.run("killed")
    assert replays.digest("killed") == replays.digest("whole")
    assert orders_of("killed") == orders_of("whole")


@pytest.mark.django_db
def test_without_limits_gate_c_and_the_breaker_step_aside_and_fees_stay():
    policy = replay.unlimited(builders.policy())
    assert policy.max_trades_per_bot_daily == policy.burst_limit_orders_per_exchange == replay.UNLIMITED
    assert policy.min_edge_bps == builders.policy().min_edge_bps


@pytest.mark.django_db
def test_a_replay_of_its_market_does_not_make_a_live_bot_look_ticked(alice):
    """The live stream was ticked at noon, nine replays of the same market later: the bot's last tick stays noon."""
    builders.fund(alice)
    bot = builders.bot(alice)
    tape = builders.Tape()
    tape.tick(*builders.flat(20_000, 3))
    store.append(market_id=builders.market().id, timeframe="1m", window=builders.window(builders.flat(20_000, 3)))
    memories.save(tape.memory, candle=int(builders.NOON.timestamp()) + 120, now=tape.now)
    for number in range(9):
        Stream.objects.create(market=builders.market(), timeframe="1m", run=f"r{number}", ticked_at=tape.now + timedelta(days=1))
    assert bots.view(bot=bot, now=tape.now).last_tick == tape.now
    seen = readings.of_bot(bot=bot, now=tape.now)
    assert seen is not None
    assert (seen.candle, seen.close) == (builders.NOON + timedelta(minutes=2), 20_000)
