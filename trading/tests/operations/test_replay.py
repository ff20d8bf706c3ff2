"""A replay is repeatable to the last bit, and whoever interrupts it, and however, only costs time."""

import random
import signal
import threading
import time
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.domain.refusals import Conflict, Malformed
from accounts.models import User
from bots.models import Bot, Halt
from bots.operations import halts
from bots.tests.threads import PATIENCE_S
from ledger.models import EquityPoint, Market
from trading.domain.order_states import WORKING
from trading.market import store
from trading.models import BreakerTrip, Order, ReplayRun, Stream, Trade
from trading.operations import memory as memories
from trading.operations import replay, stop
from trading.queries import bots, readings, stops
from trading.tests import builders, replays

D = Decimal
WHO: dict[str, Any] = {"actor": "operator:olga", "request_id": "r", "now": builders.NOON}


class Interrupted(Exception):
    pass


def orders_of(name):
    """What was ordered and became of it, without what a second delivery was refused."""
    rows = Order.objects.filter(run=name).exclude(refusal="ALREADY_DECIDED").order_by("created_at", "bot__name", "leg", "refusal")
    return list(rows.values_list("bot__name", "market__symbol", "timeframe", "candle", "leg", "reason", "state", "refusal", "quantity", "price", "filled_value", "fees", "attempt"))


def refusals_of(name):
    return Counter(Order.objects.filter(run=name, state="REFUSED").values_list("refusal", flat=True))


def trips_of(name):
    rows = BreakerTrip.objects.filter(owner=ReplayRun.objects.get(name=name).owner).order_by("at", "bot__name")
    return list(rows.values_list("bot__name", "at", "limit", "value"))


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

    def stop(done, total, at):
        raise Interrupted

    for _ in range(2):
        with pytest.raises(Interrupted):
            replays.run("parts", progress=stop)
    counted = replays.run("parts")
    assert 0 < counted["ticks"] < replays.MINUTES
    assert replays.digest("parts") == replays.digest("whole")
    assert orders_of("parts") == orders_of("whole")
    assert replays.run("parts")["ticks"] == 0
    assert (ReplayRun.objects.count(), Stream.objects.filter(run="parts").count()) == (2, 1)


@pytest.mark.django_db
def test_an_interrupted_run_says_what_is_kept_and_progress_goes_on_from_there():
    """250 candles are told, then Ctrl-C is pressed; 600 in all."""
    replays.candles()
    told: list[tuple[Any, ...]] = []

    def press():
        if told:
            raise KeyboardInterrupt

    with pytest.raises(replay.Interrupted, match=r"^\d+ of 600 candles are done, up to 2026") as interrupted:
        replays.run("parts", progress=lambda *said: told.append(said), between=press)
    kept = int(str(interrupted.value).partition(" of ")[0])
    assert told[0][:2] == (250, 600)
    assert 0 < kept <= 250
    told.clear()
    assert replays.run("parts", progress=lambda *said: told.append(said))["ticks"] == 600 - kept
    assert [said[:2] for said in told] == [*((done, 600) for done in range(kept + 250, 600, 250)), (600, 600)]


@pytest.mark.django_db
def test_under_a_stop_of_everybody_a_run_stands_still_and_the_same_command_goes_on_after_it(alice):
    """Pressed after the first 250 candles; the bots of the run are paused as the one that trades beside it."""
    replays.candles()
    builders.fund(alice)
    beside = builders.bot(alice)
    pressed: list[stop.StopReport] = []

    def press(done, total, at):
        if not pressed:
            assert stops.reach(person=None).bots == 1 + Bot.objects.filter(owner__username="replay-stopped", status="RUNNING").count()
            pressed.append(stop.emergency_stop(scope="GLOBAL", user=None, reason="", flatten=False, policy=builders.policy(), **WHO))

    with pytest.raises(Conflict, match="the same --run goes on"):
        replays.run("stopped", progress=press)
    assert not Bot.objects.filter(status="RUNNING").exists()
    assert not Order.objects.filter(state__in=WORKING).exists()
    with pytest.raises(Conflict, match="HALTED"):
        replays.run("stopped")
    halts.lift(halt_ids=[pressed[0].halt_id], reason="all clear", **WHO)
    assert 0 < replays.run("stopped")["ticks"] < replays.MINUTES
    assert not Bot.objects.filter(owner__username="replay-stopped", status="PAUSED").exists()
    assert Bot.objects.get(id=beside.id).pause_reason == "EMERGENCY_STOP"
    assert Stream.objects.get(run="stopped").last_candle == builders.NOON + timedelta(minutes=replays.MINUTES - 1)


@pytest.mark.django_db
def test_a_stop_that_was_given_and_lifted_between_two_ticks_is_not_played_over():
    """Its bots stay paused: played to the end, the run would be one of bots that hardly traded."""
    replays.candles()

    def press_and_lift(done, total, at):
        if not Halt.objects.exists():
            pressed = stop.emergency_stop(scope="GLOBAL", user=None, reason="", flatten=False, policy=builders.policy(), **WHO)
            halts.lift(halt_ids=[pressed.halt_id], reason="all clear", **WHO)

    with pytest.raises(Conflict, match="has paused bots of this run"):
        replays.run("stopped", progress=press_and_lift)
    assert 0 < replays.run("stopped")["ticks"] < replays.MINUTES
    assert not Bot.objects.filter(owner__username="replay-stopped", status="PAUSED").exists()


@pytest.mark.django_db
def test_another_wish_under_a_known_name_is_a_conflict():
    replays.candles()
    replays.open_run("taken")
    with pytest.raises(Conflict, match="RUN_DIFFERS"):
        replays.open_run("taken", replays.PLANS[:1])


@pytest.mark.django_db
def test_a_market_is_traded_once_in_a_timeframe_and_nobody_is_made_for_a_run_that_would_twice():
    replays.candles()
    with pytest.raises(Malformed, match="MARKET_TWICE"):
        replays.open_run("twice", parts=[replays.part("BTC/USDT", replays.PLANS[:1])] * 2)
    assert not User.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_one_and_three_processes_come_to_the_same_digest_orders_trips_and_refusals():
    """Two markets, one of them in two timeframes, under a person's and a bot's breaker tight enough to trip."""
    replays.candles(*replays.SYMBOLS)
    tight = builders.policy(bootstrap_fraction=D("0.5"), max_daily_loss_percent=D("0.002"), burst_limit_orders_per_exchange=3)
    for name, workers in (("one", 1), ("three", 3)):
        counts = replays.run(name, parts=replays.both(), workers=workers, policy=tight)
        assert (counts["ticks"], counts["redelivered"] > 0) == (2 * replays.MINUTES + replays.MINUTES // 5, True)
    assert replays.digest("one") == replays.digest("three")
    assert orders_of("one") == orders_of("three")
    assert trips_of("one") == trips_of("three")
    assert refusals_of("one") == refusals_of("three")
    assert (None, "DAILY_LOSS") in {(bot, limit) for bot, _, limit, _ in trips_of("one")}
    assert {"ALREADY_DECIDED", "EDGE_UNDER_COST", "REDUCING"} <= set(refusals_of("one")), refusals_of("one")
    traded = Order.objects.filter(run="one", state="FILLED").values_list("market__symbol", "timeframe")
    assert set(traded) == {("BTC/USDT", "1m"), ("BTC/USDT", "5m"), ("ETH/USDT", "1m")}


@pytest.mark.django_db(transaction=True)
def test_a_persons_five_entries_a_day_are_the_same_five_over_all_markets_whatever_the_number_of_processes():
    replays.candles(*replays.SYMBOLS)
    for name, workers in (("one", 1), ("three", 3)):
        replays.run(name, parts=replays.both(), workers=workers, policy=builders.policy(max_trades_per_user_daily=5))
        entered = Order.objects.filter(run=name, leg="ENTRY").exclude(state="REFUSED")
        assert (len(entered), {order.market.symbol for order in entered}) == (5, set(replays.SYMBOLS))
        assert refusals_of(name)["USER_DAILY_LIMIT"] > 5
    assert orders_of("one") == orders_of("three")


@pytest.mark.django_db(transaction=True)
def test_a_run_whose_worker_is_killed_ends_at_once_and_is_resumed_to_the_same_digest():
    """SIGKILL before a random statement of one of three workers: the others are ended, nothing is lost or done twice."""
    seed = random.randrange(10**9)
    print("seed", seed)
    dice = random.Random(seed)
    replays.candles(*replays.SYMBOLS)
    replays.run("whole", parts=replays.both())
    lost = 0
    for _ in range(3):
        worker, after = f"worker-{dice.randrange(3)}", dice.randrange(20, 500)
        print(worker, after)
        process = builders.elsewhere(
            f"from trading.tests import replays; replays.run_and_die('killed', after={after}, worker={worker!r}, workers=3, markets=2)"
        )
        said, complained = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0, complained
        if said == "came to its end":
            break
        assert said == f"The process {worker} ended by signal 9 before its work was done."
        lost += 1
    assert lost
    replays.run("killed", parts=replays.both(), workers=2)
    assert replays.digest("killed") == replays.digest("whole")
    assert orders_of("killed") == orders_of("whole")


@pytest.mark.django_db(transaction=True)
def test_workers_end_with_their_parent_and_the_run_goes_on_by_name():
    replays.candles(*replays.SYMBOLS)
    replays.run("whole", parts=replays.both())
    process = builders.elsewhere(
        "import os, signal; from trading.tests import replays\n"
        "replays.run('orphans', parts=replays.both(), workers=3, progress=lambda *_: os.kill(os.getpid(), signal.SIGKILL))"
    )
    process.communicate(timeout=PATIENCE_S)
    assert process.returncode == -signal.SIGKILL
    for _ in range(PATIENCE_S * 20):
        try:
            replays.run("orphans", parts=replays.both())
            break
        except Conflict:  # RUN_BUSY until the orphans have seen that their parent is gone
            time.sleep(0.05)
    assert replays.digest("orphans") == replays.digest("whole")
    assert orders_of("orphans") == orders_of("whole")


@pytest.mark.django_db(transaction=True)
def test_two_starts_of_one_run_make_its_bots_once():
    """The second comes while the first makes the bots: it is told so, and the run goes on by its name afterwards."""
    replays.candles()
    heard = []

    def start_again():
        try:
            replays.open_run("twice")
        except Conflict as no:
            heard.append(no.code)
        finally:
            connection.close()

    def between():
        if not heard:
            other = threading.Thread(target=start_again)
            other.start()
            other.join()

    run = replays.open_run("twice", between=between)

    assert heard == ["RUN_BUSY"]
    assert run.owner.bots.count() == len(replays.PLANS)
    assert replays.open_run("twice").owner == run.owner


@pytest.mark.django_db(transaction=True)
def test_a_refusal_of_a_worker_is_the_runs_refusal():
    """Another process holds one of the three streams."""
    replays.candles(*replays.SYMBOLS)
    run = replays.open_run("busy", parts=replays.both())
    other = psycopg.connect(**connection.get_connection_params() | {"autocommit": True})
    with other:
        other.execute("SELECT pg_advisory_lock(%s)", [run.reels[1].stream.id.int % (1 << 63)])
        with pytest.raises(Conflict, match="RUN_BUSY"):
            replays.run("busy", parts=replays.both(), workers=3)
    assert replays.run("busy", parts=replays.both(), workers=3)["ticks"]


@pytest.mark.django_db
def test_markets_are_valued_at_the_newest_close_of_their_own_time():
    """At the first full hour with something held: the close of the minute before it."""
    replays.candles(*replays.SYMBOLS)
    replays.run("valued", parts=replays.both())
    points = EquityPoint.objects.filter(wallet__owner__username="replay-valued", book__isnull=True).exclude(holdings=[])
    whole = points.filter(at__minute=0).earliest("at")
    [(asset, _, mark, _), *_] = whole.holdings
    market = Market.objects.get(symbol=f"{asset}/USDT")
    [close] = store.between(market_id=market.id, timeframe="1m", since=whole.at - timedelta(minutes=1), until=whole.at).close.tolist()
    assert D(mark) * 100 == close


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
