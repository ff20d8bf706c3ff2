"""Ticks at the edges: missed candles, candles without volume, bounds that find no price, data that cannot be trusted."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import Alert
from bots import strategies
from bots.domain.exits import Exits
from bots.models import Bot
from bots.operations import halts
from bots.strategies.ema_cross import EmaCross
from trading.domain.costs import Top
from trading.models import Decision, Order
from trading.operations import judging
from trading.operations import memory as memories
from trading.operations.tick import tick
from trading.tests import builders
from trading.tests.builders import NOON, flat

pytestmark = pytest.mark.django_db
D = Decimal
JUMP = (20_000, 22_000, 20_000, 22_000)
FRESH = NOON + timedelta(minutes=4)


@pytest.fixture
def tape(alice):
    builders.fund(alice)
    builders.bot(alice)
    tape = builders.Tape()
    tape.tick(*flat(20_000, 3))
    return tape


def entry():
    return Order.objects.filter(leg="ENTRY").latest("created_at", "id")


def leaving():
    return Order.objects.filter(leg="EXIT").latest("created_at", "id")


def test_after_missed_candles_only_the_newest_is_judged(tape):
    """The jump was among three missed minutes: no entry for the past; the reading says two were skipped."""
    done = tape.tick(JUMP, *flat(22_000, 2), apart=False)
    assert (done.legs, Order.objects.count(), Decision.objects.count()) == (0, 0, 0)
    assert int(tape.memory.readings["skipped"][0]) == 2


def test_a_jump_on_the_newest_of_missed_candles_is_an_entry(tape):
    assert tape.tick(*flat(20_000, 2), JUMP, apart=False).legs == 1


def test_missed_candles_fill_what_waited_at_the_first_open_and_judge_the_exit_on_the_newest(tape):
    """Filled at the first missed open; the low of 21,000 was in the middle: judged once, on the newest candle, which is at 21,900."""
    tape.tick(JUMP)
    bot = entry().bot
    bot.stop_loss = D("0.02")
    bot.save(update_fields=["stop_loss"])
    tape.tick((22_000, 22_000, 22_000, 22_000), (22_000, 22_000, 21_000, 21_900), (21_900, 22_000, 21_900, 22_000), apart=False)
    assert (entry().state, entry().filled_value / entry().filled_quantity) == ("FILLED", D("22003.30"))
    assert not Order.objects.filter(leg="EXIT").exists()


def test_indicators_are_the_same_bits_one_by_one_or_at_once(tape):
    other = memories.recall(tape.stream)
    rows = [*flat(20_000, 3), (20_000, 20_000, 20_000, 20_100), (20_100, 20_100, 20_100, 19_950)]
    tape.tick(*rows[3:])
    tick(other, builders.window(rows), policy=tape.policy, now=tape.now, top=None)
    assert (other.states, other.last) == (tape.memory.states, tape.memory.last)


def test_an_entry_whose_next_candle_trades_nothing_expires_and_its_money_is_free(tape):
    tape.tick(JUMP)
    tape.tick((22_000, 22_000, 22_000, 22_000, 0))
    bot = entry().bot
    assert entry().state == "EXPIRED"
    assert builders.balance(bot) == (10_000, 0, 0)


def test_an_entry_that_would_fill_worse_than_its_bound_expires(tape):
    """Bound 22,110; an open of 22,107 x 1.00015 = 22,110.32 is worse, 22,106 gives 22,109.32."""
    tape.tick(JUMP)
    tape.tick((22_107, 22_107, 22_107, 22_107))
    assert entry().state == "EXPIRED"
    tape.tick(*flat(20_000, 9), JUMP, (22_106, 22_106, 22_106, 22_106))
    assert (entry().state, entry().attempt) == ("FILLED", 2)


def holder(tape, **exits):
    tape.tick(JUMP)
    bot = entry().bot
    for name, value in exits.items():
        setattr(bot, name, value)
    bot.save(update_fields=list(exits))
    tape.tick(*flat(22_000))
    assert entry().state == "FILLED"
    return bot


def test_a_stop_waits_through_candles_without_volume(tape):
    holder(tape, stop_loss=D("0.02"))
    tape.tick((22_000, 22_000, 21_000, 21_000))
    assert (leaving().type, leaving().price) == ("MARKET", None)
    first = leaving().id
    tape.tick((21_000, 21_000, 21_000, 21_000, 0))
    tape.tick((21_000, 21_000, 21_000, 21_000, 0))
    assert Order.objects.get(id=first).state == "OPEN"
    again = leaving()
    assert (again.state, again.refusal) == ("REFUSED", "ALREADY_CLAIMED")
    tape.tick((20_900, 20_900, 20_900, 20_900))
    assert Order.objects.get(id=first).state == "FILLED"
    assert Order.objects.filter(leg="EXIT").exclude(state="REFUSED").count() == 1


def test_the_bound_of_an_exit_that_finds_no_price_doubles_with_each_attempt(tape):
    """50 bps under 19,000 is 18,905; the next opens lie 4 % lower each: 100 bps, then 200, then 400 under the close."""
    holder(tape)
    tape.tick((22_000, 22_000, 19_000, 19_000))
    prices, close = [], 19_000
    for _ in range(4):
        prices.append((leaving().decision_price, leaving().price, leaving().type, leaving().attempt))
        close = close * 96 // 100
        tape.tick((close, close, close, close))
    bounds = [1 - price / decision for decision, price, _, _ in prices]
    assert [round(bound * 10_000) for bound in bounds] == [50, 100, 200, 400]
    assert [(kind, attempt) for _, _, kind, attempt in prices] == [("LIMIT", 1), ("LIMIT", 2), ("LIMIT", 3), ("LIMIT", 4)]
    assert leaving().attempt == 5  # 4 % lower and 1.5 bps worse than the close: also 400 bps were not enough
    tape.tick(*flat(close))
    assert leaving().state == "FILLED"


def test_a_bot_whose_numbers_are_absurd_fails_alone_and_stops_nobody_else(tape, alice):
    """The volatility over 7 candles has become 1e20; only the poisoned bot reads it."""
    poisoned = builders.bot(alice, name="poisoned", parameters={"fast": 2, "slow": 3, "volatility": 7}, born=-1)
    tape.tick(*flat(20_000, 9))
    tape.memory.states["vol", 7] = [12.0, 20_000.0, 1e20]
    done = tape.tick(JUMP)
    poisoned.refresh_from_db()
    assert (done.bots, done.orders, entry().state) == (2, 1, "OPEN")
    assert (poisoned.status, poisoned.moves.latest("at").reason) == ("ERROR", judging.UNSOUND)
    assert tape.tick(*flat(22_000)).fills == 1


class Moody(EmaCross):
    """Raises when it is asked about a certain genome."""

    family = "moody"

    def signal(self, series, genomes, last):
        if any(genome["slow"] == 4 for genome in genomes):
            raise ZeroDivisionError("no")
        return super().signal(series, genomes, last)


@pytest.fixture
def moody():
    strategies.families()["moody"] = Moody()
    yield
    del strategies.families()["moody"]


def test_a_strategy_that_raises_fails_the_bots_of_that_genome_alone(tape, alice, moody):
    """Three bots of one family, asked in one call; the one in the middle makes it raise. The others enter on the same candle."""
    slow = {"first": 3, "second": 4, "third": 5}
    made = {
        name: builders.bot(alice, name=name, strategy="moody", parameters={"fast": 2, "slow": period, "volatility": 2}, born=period)
        for name, period in slow.items()
    }
    tape.tick(*flat(20_000, 6), JUMP)
    for bot in made.values():
        bot.refresh_from_db()
    assert {name: bot.status for name, bot in made.items()} == {"first": "RUNNING", "second": "ERROR", "third": "RUNNING"}
    assert set(Order.objects.filter(state="OPEN").values_list("bot__name", flat=True)) == {"Trend", "first", "third"}


def test_a_bot_whose_strategy_is_gone_fails_alone_and_still_leaves_its_position(tape, alice, moody):
    """It holds 0.05 BTC bought at 20,000 with a stop of 2 %; its plug-in is uninstalled; the stop goes out all the same."""
    bot = builders.bot(alice, name="orphan", strategy="moody", exits=Exits(stop_loss=D("0.02")), born=9)
    builders.holding(bot, quantity="0.05")
    Bot.objects.filter(id=bot.id).update(strategy="gone")
    tape.tick(*flat(20_000))
    bot.refresh_from_db()
    assert (bot.status, bot.moves.latest("at").reason) == ("ERROR", judging.GONE)
    tape.tick((20_000, 20_000, 19_500, 19_500))
    assert (leaving().bot_id, leaving().reason, leaving().state) == (bot.id, "STOP_LOSS", "OPEN")
    assert Bot.objects.get(name="Trend").status == "RUNNING"


def test_an_indicator_that_is_no_longer_finite_is_not_kept_and_starts_anew(tape):
    tape.memory.states["vol", 2] = [12.0, 20_000.0, float("inf")]
    memories.save(tape.memory, candle=0, now=tape.now)
    assert set(memories.recall(tape.stream).states) == {("ema", 2), ("ema", 3)}


def test_an_exit_that_a_halt_blocks_is_told_and_tried_again(tape):
    bot = holder(tape, stop_loss=D("0.02"))
    halt = halts.raise_halt(scope="GLOBAL", level="HALTED", source="EMERGENCY_STOP", reason="", actor="operator:o", request_id="", now=NOON)
    tape.tick((22_000, 22_000, 21_000, 21_000), (21_000, 21_000, 21_000, 21_000))
    alert = Alert.objects.get(code="EXIT_BLOCKED")
    assert (alert.severity, alert.person_id, alert.data["refusal"]) == ("CRITICAL", bot.owner_id, "HALTED")
    halts.lift(halt_ids=[halt.id], actor="operator:o", reason="over", request_id="", now=NOON)
    tape.tick(*flat(21_000))
    assert leaving().state == "OPEN"


@pytest.mark.parametrize(
    ("top", "code"),
    [
        (None, "NO_QUOTE"),
        (Top(D(21_999), D(22_001), NOON), "QUOTE_STALE"),
        (Top(D(22_001), D(21_999), NOON), "QUOTE_STALE"),
        (Top(D(21_000), D(22_001), FRESH), "SPREAD_TOO_WIDE"),
        (Top(D(22_001), D(21_999), FRESH), "BOOK_CROSSED"),
    ],
)
def test_nothing_is_opened_on_quotes_that_cannot_be_trusted(tape, top, code):
    tape.minute += 1
    tick(tape.memory, builders.window([JUMP], first=3), policy=tape.policy, now=tape.now, top=top)
    assert (entry().state, entry().refusal, entry().verdicts[-1]["gate"]) == ("REFUSED", code, "data")


def test_nothing_is_opened_on_the_candle_after_a_gap(tape):
    """12:02 is followed by 12:06: three minutes are not there."""
    tape.minute += 3
    tape.tick(JUMP)
    verdict = entry().verdicts[-1]
    assert (entry().state, verdict["code"], verdict["numbers"]["missing_candles"]) == ("REFUSED", "AFTER_GAP", "3")


def test_the_second_candle_after_a_gap_is_traded_on_again(tape):
    tape.minute += 3
    tape.tick(*flat(20_000), JUMP)
    assert entry().state == "OPEN"


def test_a_position_is_judged_once_on_the_candle_after_a_gap(tape):
    """Bought at 20,000 with a stop of 2 %; five minutes are missing, then 19,500: sold, whatever happened meanwhile."""
    holder(tape, stop_loss=D("0.02"))
    tape.minute += 5
    tape.tick((19_500, 19_500, 19_500, 19_500))
    assert (leaving().reason, leaving().state) == ("STOP_LOSS", "OPEN")


def test_candles_that_were_missed_but_are_there_are_no_gap(tape):
    tape.tick(*flat(20_000, 4), JUMP, apart=False)
    assert entry().refusal != "AFTER_GAP"


def test_an_entry_whose_edge_does_not_pay_is_refused_and_says_by_how_much(tape):
    """A jump of 5 %: 2/3 x 500 bps x 0.035 x sqrt(6) = 28.58 bps, needed 48."""
    tape.tick((20_000, 21_000, 20_000, 21_000))
    assert entry().refusal == "EDGE_UNDER_COST"
    numbers = entry().verdicts[-1]["numbers"]
    assert (numbers["edge_bps"], numbers["needed_bps"]) == ("28.58", "48")


def test_a_bot_too_small_for_one_step_asks_and_is_told_the_balance_it_needs(alice):
    """1 % of 1,000 is 10; a step costs 22.13: nothing is left after rounding."""
    builders.fund(alice)
    bot = builders.bot(alice, capital="1000", exits=Exits())
    tape = builders.Tape()
    tape.tick(*flat(20_000, 3), JUMP)
    order = Order.objects.get(bot=bot)
    assert (order.refusal, order.quantity) == ("UNDER_MINIMUM_AMOUNT", 0)
    # two steps, so that one is left after a fee in coins: 0.002 x 22,110 x 1.001 = 44.26422, a hundredth of the book
    assert D(order.verdicts[0]["numbers"]["balance_needed"]) == D("4426.422")
