"""What a tick writes into the log: constant events with their fields, for whoever reads along or counts."""

from decimal import Decimal

import pytest
from structlog.testing import capture_logs

from bots.domain.exits import Exits
from trading.models import Trade
from trading.tests import builders
from trading.tests.builders import flat

pytestmark = pytest.mark.django_db


def told(logs, event):
    return [line for line in logs if line["event"] == event]


def test_a_round_trip_tells_each_of_its_steps(alice):
    """An entry on the jump and a target of 1 % on the way up; one bot runs, one is paused."""
    builders.fund(alice)
    bot = builders.bot(alice, exits=Exits(take_profit=Decimal("0.01")))
    builders.bot(alice, name="at rest", running=False)
    tape = builders.Tape()
    with capture_logs() as logs:
        tape.tick(*flat(20_000, 3), (20_000, 22_000, 20_000, 22_000), *flat(22_000), (22_000, 23_000, 22_000, 23_000), *flat(23_000))
    trade = Trade.objects.get()
    starts, ends, crowds = told(logs, "tick.start"), told(logs, "tick.end"), told(logs, "tick.bots")
    assert len(starts) == len(ends) == len(crowds) == 7
    assert {(line["market"], line["timeframe"], line["candles"]) for line in starts} == {("BTC/USDT at recorded", "1m", 1)}
    assert all(line["ms"] >= 0 for line in ends)
    assert {(line["scanned"], line["active"], line["paused"]) for line in crowds} == {(1, 1, 0)}
    candidates = told(logs, "trade.candidate")
    assert {(line["bot"], line["venue"]) for line in candidates} == {(str(bot.id), "recorded")}
    assert "SENDING" in {line["state"] for line in candidates}
    [recorded] = told(logs, "trade.recorded")
    assert (recorded["trade_id"], Decimal(recorded["profit"])) == (str(trade.id), trade.profit_loss)
    assert {line["bot"] for line in told(logs, "sizing.bootstrap")} == {str(bot.id)}
