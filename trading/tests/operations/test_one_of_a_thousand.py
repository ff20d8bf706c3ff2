"""One bot of a thousand whose strategy answers nonsense or fails: it fails alone, and the others trade on the same candle."""

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from bots import strategies
from bots.domain.genome import Parameter, Signals
from bots.models import Bot
from bots.strategies import Strategy
from bots.strategies.contract import columns
from trading.bench import world
from trading.domain.costs import Top
from trading.models import Order, Stream
from trading.operations import judging
from trading.operations import memory as memories
from trading.operations.tick import tick
from trading.queries.roster import genome_of
from trading.tests import builders
from trading.tests.builders import NOON

pytestmark = pytest.mark.django_db
MANY, FEW, CULPRIT = 1_000, 60, 37
JUMP = 1.05
ASKED_AT_MOST = 21
"""Asked once for all, then halved until the culprit is alone: 10 levels of two calls."""


class Numbered(Strategy):
    """Enters after a jump of 5 %. Every genome has a number; one of them does what `culprit` says."""

    family = "numbered"
    version = 1
    title = "Numbered"
    description = "For tests."
    parameters = (Parameter(name="number", low=1, high=MANY, default=1, unit="", sentence="Which one it is."),)
    culprit = "nothing"
    asked = 0

    def check(self, values):
        if values["number"] == CULPRIT and self.culprit == "cannot check its parameters":
            raise ZeroDivisionError("no check")

    def series(self, genome):
        if genome["number"] == CULPRIT:
            if self.culprit == "cannot name its series":
                raise ZeroDivisionError("no series")
            if self.culprit == "wants a series that does not exist":
                return (("tea leaves", 7),)
        return (("close", 1),)

    def warmup(self, genome):
        if genome["number"] == CULPRIT and self.culprit == "cannot say how far back":
            raise ZeroDivisionError("no warm-up")
        return 1

    def signal(self, series, genomes, last):
        self.asked += 1
        closes = columns(series, [("close", 1)] * len(genomes))
        jumped = closes[1:] > closes[:-1] * JUMP
        said, edge = jumped.astype(np.int8), np.full(jumped.shape, 100.0)
        for at, genome in enumerate(genomes):
            if genome["number"] == CULPRIT:
                if self.culprit == "raises":
                    raise ZeroDivisionError("no signal")
                if self.culprit == "answers for one too few":
                    edge = edge[:, 1:]
                if self.culprit == "says two":
                    said = said * 2
                edge[:, at : at + 1] = {"not a number": np.nan, "infinite": np.inf}.get(self.culprit, 100.0)
        return Signals(direction=said, edge_bps=edge, ready=np.ones(jumped.shape, dtype=np.bool_))


@pytest.fixture
def numbered():
    plugin = Numbered()
    strategies.families()["numbered"] = plugin
    genome_of.cache_clear()
    yield plugin
    genome_of.cache_clear()
    del strategies.families()["numbered"]


def numbered_bots(count):
    """Running bots with the numbers from 1 on, ten to a person, on a market of their own -> (stream's memory, id of the culprit)."""
    place = world.build(bots=count, parameters=[{}])
    bots = {bot.id: bot for bot in Bot.objects.filter(id__in=[seat.bot for seat in place.seats])}
    for number, seat in enumerate(place.seats, start=1):
        bots[seat.bot].strategy, bots[seat.bot].parameters = "numbered", {"number": number}
    Bot.objects.bulk_update(bots.values(), ["strategy", "parameters"])
    memory = memories.recall(Stream.objects.create(market=place.market, timeframe=world.TIMEFRAME))
    return memory, place.seats[CULPRIT - 1].bot


def ticked(memory, *closes, first):
    """Tick these closes one by one from the minute `first` after noon on."""
    for at, close in enumerate(closes, start=first):
        window = builders.window([(close, close, close, close, 10**9)], first=at)
        now = NOON + timedelta(minutes=at + 1)
        memory.roster, memory.working = None, True
        done = tick(memory, window, policy=builders.policy(), now=now, top=Top(Decimal(close), Decimal(close), now))
    return done


@pytest.mark.parametrize(
    ("does", "bots"),
    [
        ("not a number", MANY), ("raises", MANY), ("infinite", FEW), ("answers for one too few", FEW), ("says two", FEW),
        ("cannot name its series", FEW), ("wants a series that does not exist", FEW),
    ],
)  # fmt: skip
def test_one_culprit_goes_into_error_and_all_the_others_enter_on_the_same_candle(does, bots, numbered):
    memory, culprit = numbered_bots(bots)
    ticked(memory, 20_000, 20_000, first=0)
    numbered.culprit, numbered.asked = does, 0
    done = ticked(memory, 22_000, first=2)
    assert (done.bots, done.orders) == (bots, bots - 1)
    assert numbered.asked <= ASKED_AT_MOST
    assert list(Bot.objects.filter(status="ERROR").values_list("id", flat=True)) == [culprit]
    assert Bot.objects.get(id=culprit).moves.latest("at").reason == judging.UNSOUND
    assert Bot.objects.filter(status="RUNNING").count() == bots - 1
    assert Order.objects.filter(state="OPEN").count() == bots - 1
    assert not Order.objects.filter(bot=culprit).exists()
    assert ticked(memory, 22_000, first=3).fills == bots - 1


def test_a_strategy_that_fails_on_the_parameters_of_one_bot_stops_nobody_else(numbered):
    numbered.culprit = "cannot check its parameters"
    memory, culprit = numbered_bots(FEW)
    assert ticked(memory, 20_000, 20_000, 22_000, first=0).orders == FEW - 1
    assert list(Bot.objects.filter(status="ERROR").values_list("id", flat=True)) == [culprit]
    assert Bot.objects.get(id=culprit).moves.latest("at").reason == judging.GONE


def test_when_none_fails_all_are_asked_at_once(numbered):
    memory, _ = numbered_bots(FEW)
    ticked(memory, 20_000, 20_000, first=0)
    numbered.asked = 0
    assert ticked(memory, 22_000, first=2).orders == FEW
    assert numbered.asked == 1


def test_a_strategy_that_cannot_say_how_far_back_it_wants_to_see_has_no_say_in_it(numbered):
    memory, _ = numbered_bots(FEW)
    numbered.culprit = "cannot say how far back"
    ticked(memory, 20_000, 20_000, first=0)
    assert ticked(memory, 22_000, first=2).orders == FEW
    assert not Bot.objects.filter(status="ERROR").exists()
