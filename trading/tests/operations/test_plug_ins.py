"""A strategy of another package from its entry point to a fill, and what becomes of its bot when the package is gone."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from accounts.models import User
from accounts.tests.builders import bearer
from bots.models import Bot
from bots.tests.plug_ins import importable, install
from trading.models import Order
from trading.queries.roster import genome_of
from trading.tests import builders
from trading.tests.builders import Tape, flat

pytestmark = pytest.mark.django_db(transaction=True)
RISE = (20_000, 22_000, 20_000, 22_000)


@pytest.fixture(autouse=True)
def nothing_read_before() -> None:
    """What a process has once read of a genome it keeps; a package that comes or goes takes a restart."""
    genome_of.cache_clear()


def made(owner: User) -> Bot:
    return builders.bot(owner, name="Riser", capital="5000", strategy="riser", parameters={"period": 2})


def test_its_bots_are_made_judged_and_filled_like_all_others(tmp_path: Path, alice: User) -> None:
    builders.fund(alice)
    with importable(tmp_path):
        install(tmp_path)
        [told] = [one for one in bearer(alice).get("/api/strategies").json() if one["family"] == "riser"]
        bot, tape = made(alice), Tape()
        tape.tick(*flat(20_000, 3), RISE, *flat(22_000))

    assert [(one["name"], one["high"]) for one in told["parameters"]] == [("period", "50")]
    [order] = Order.objects.filter(bot=bot)
    assert (order.side, order.state, order.expected_edge_bps) == ("BUY", "FILLED", Decimal(100))
    assert [fill.price for fill in builders.fills_of(bot)] == [Decimal("22003.30")]


def test_without_its_package_its_bot_does_not_trade_and_stops_nobody_else(tmp_path: Path, alice: User) -> None:
    builders.fund(alice)
    with importable(tmp_path):
        install(tmp_path)
        bot = made(alice)
    other, tape = builders.bot(alice, name="Stays", born=1), Tape()
    tape.tick(*flat(20_000, 3), RISE, *flat(22_000))

    assert [order.bot for order in Order.objects.all()] == [other]
    assert Bot.objects.get(id=bot.id).status == "ERROR"
    assert Bot.objects.get(id=other.id).status == "RUNNING"
