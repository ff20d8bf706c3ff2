"""Why a bot does nothing now: what its newest candle said, not what an older one was answered."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from accounts.models import User
from accounts.web import clock
from bots.models import Bot
from bots.operations import lifecycle
from trading.domain import reading
from trading.models.market import Stream
from trading.queries import why
from trading.tests.doors import builders

REFUSED = "Gate B (fee coverage) said no: The edge does not cover the cost."


@pytest.fixture
def running(alice: User) -> Bot:
    """A running bot on minutes whose newest candles are stored."""
    builders.funded(alice)
    bot = builders.bot(alice)
    lifecycle.start(bot_id=bot.id, actor="user:a", request_id="test", now=clock.now())
    bot.refresh_from_db()
    builders.rising(bot.market, minutes=5)
    return bot


def judged(bot: Bot, *, candle: datetime, direction: int = 0) -> None:
    """The newest tick of its stream has judged this candle."""
    rows = reading.blank([bot.id])
    rows["ready"], rows["candle"], rows["close"] = 1, int(candle.timestamp()), 10_000
    rows["direction"], rows["edge_bps"] = direction, 51.62
    Stream.objects.update_or_create(
        market=bot.market, timeframe="1m", run="", defaults={"reading": reading.pack(rows), "ticked_at": candle}
    )


def sentence(bot: Bot) -> str:
    return why.of(bot=bot, now=clock.now()).sentence


def test_a_refusal_is_the_reason_until_a_later_candle_has_been_judged(running: Bot) -> None:
    candle = clock.now().replace(second=0, microsecond=0) - timedelta(minutes=4)
    builders.order(running, state="REFUSED", candle=candle)
    judged(running, candle=candle, direction=1)
    assert sentence(running) == REFUSED

    judged(running, candle=candle + timedelta(minutes=1))
    assert sentence(running) == "The last candle gave no entry signal."

    judged(running, candle=candle + timedelta(minutes=2), direction=1)
    assert sentence(running) == "The last candle gave an entry signal with an edge of 51.62 bps."


def test_a_refused_order_that_a_person_asked_for_is_no_reason_of_the_bot(running: Bot) -> None:
    judged(running, candle=clock.now().replace(second=0, microsecond=0))
    builders.order(running, state="REFUSED", candle=None, reason="PERSON", expected_edge_bps=Decimal(31))

    assert sentence(running) == "The last candle gave no entry signal."
