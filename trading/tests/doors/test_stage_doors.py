"""GET /api/bots/stages: one's own bots with the evidence against each threshold."""

import pytest

from trading.models import TrackRecord
from trading.tests import builders
from trading.tests.doors.builders import reader

pytestmark = pytest.mark.django_db


def test_a_person_sees_their_own_bots_with_each_threshold_and_nobody_elses(alice, bob):
    for person in (alice, bob):
        builders.fund(person)
    bot = builders.bot(alice)
    builders.bot(bob, name="his", born=1)
    TrackRecord.objects.create(bot=bot, trades=20, net_return_mean=0.01, net_return_deviation=0.02)
    [shown] = reader(alice).get("/api/bots/stages").json()["results"]
    assert (shown["bot_id"], shown["stage"], shown["trades"]) == (str(bot.id), "TRAINING", 20)
    # 1.2816 x 0.02 / sqrt(20) = 0.0057315
    assert (shown["mean"], shown["uncertainty"], shown["bound"]) == ("0.01", "0.005731", "0.004269")
    assert [(each["name"], each["value"], each["needed"], each["met"]) for each in shown["thresholds"]] == [
        ("TRADES", "20", "25", False), ("NET_BOUND", "0.004269", "0", True),
    ]  # fmt: skip
    assert shown["sentence"].startswith("5 more trades")
    assert reader(alice).get("/api/bots/stages?stage=QUARANTINE").json()["results"] == []
    assert reader(alice).get("/api/bots/stages?stage=BEST").status_code == 400


def test_with_one_trade_nothing_is_known_of_the_spread_however_good_it_was(alice):
    builders.fund(alice)
    TrackRecord.objects.create(bot=builders.bot(alice), trades=1, net_return_mean=0.01)
    [shown] = reader(alice).get("/api/bots/stages").json()["results"]

    assert (shown["mean"], shown["bound"], shown["uncertainty"]) == ("0.01", None, None)
    assert [(each["name"], each["value"], each["met"]) for each in shown["thresholds"]] == [
        ("TRADES", "1", False), ("NET_BOUND", None, False),
    ]  # fmt: skip
