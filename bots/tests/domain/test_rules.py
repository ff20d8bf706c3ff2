"""Timeframes, exits and which halt covers whom."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from accounts.domain.refusals import Malformed, Refusal
from bots.domain.candles import timeframe_seconds
from bots.domain.exits import Exits
from bots.domain.halts import Halts, Veto

ALICE, BOB, PAPER, LIVE, TREND, OTHER = (UUID(int=number) for number in range(6))
ORDER: dict[str, Any] = {"owner": ALICE, "mode": "PAPER", "wallet": PAPER, "bot": TREND}


def veto(number, scope, level="HALTED", **more):
    return Veto(id=UUID(int=100 + number), scope=scope, level=level, **{"source": "", "reason": "", **more})


@pytest.mark.parametrize(("text", "seconds"), [("5s", 5), ("1m", 60), ("15m", 900), ("1h", 3600), ("1d", 86400)])
def test_a_timeframe_is_a_number_of_seconds(text, seconds):
    assert timeframe_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "1", "m", "0m", "-1m", "1.5m", "1w", " 1m", "1m\n", "9999m", "٣m"])
def test_a_timeframe_that_is_none_is_refused(text):
    with pytest.raises(Malformed, match="BAD_TIMEFRAME"):
        timeframe_seconds(text)


@pytest.mark.parametrize(
    "exits",
    [
        {"stop_loss": Decimal(0)},
        {"stop_loss": Decimal(1)},
        {"stop_loss": Decimal("-0.02")},
        {"stop_loss": Decimal("0.0000001")},
        {"stop_loss": Decimal("NaN")},
        {"trailing": Decimal("1.5")},
        {"take_profit": Decimal(101)},
        {"take_profit": Decimal("Infinity")},
        {"max_holding": 0},
        {"max_holding": 10**12},
    ],
)
def test_an_exit_out_of_bounds_is_refused(exits):
    with pytest.raises(Refusal, match="BAD_EXIT"):
        Exits(**exits).check()


def test_exits_in_bounds_pass():
    Exits().check()
    Exits(
        stop_loss=Decimal("0.999999"), take_profit=Decimal(100), trailing=Decimal("0.000001"), max_holding=1
    ).check()


def test_nothing_stands_in_the_way_without_halts():
    assert Halts(epoch=3, rows=()).level_for(**ORDER) is None


def test_a_global_halt_covers_everybody_and_orders_without_a_bot():
    stop = veto(1, "GLOBAL")
    halts = Halts(1, (stop,))
    assert halts.level_for(**ORDER) == stop
    assert halts.level_for(**{**ORDER, "owner": BOB, "bot": None}) == stop


def test_a_users_halt_covers_that_person_and_may_be_narrowed_to_a_mode_or_wallet():
    assert Halts(1, (veto(1, "USER", user=ALICE),)).level_for(**ORDER) is not None
    assert Halts(1, (veto(1, "USER", user=BOB),)).level_for(**ORDER) is None
    assert Halts(1, (veto(1, "USER", user=ALICE, mode="LIVE"),)).level_for(**ORDER) is None
    assert Halts(1, (veto(1, "USER", user=ALICE, wallet=PAPER),)).level_for(**ORDER) is not None
    assert Halts(1, (veto(1, "USER", user=ALICE, wallet=LIVE),)).level_for(**ORDER) is None


def test_a_bots_halt_covers_that_bot_only():
    halts = Halts(1, (veto(1, "BOT", bot=TREND),))
    assert halts.level_for(**ORDER) is not None
    assert halts.level_for(**{**ORDER, "bot": OTHER}) is None
    assert halts.level_for(**{**ORDER, "bot": None}) is None


def test_the_strongest_halt_is_named_first():
    reducing = veto(1, "GLOBAL", "REDUCING")
    mine = veto(2, "BOT", "HALTED", bot=TREND)
    wide = veto(3, "GLOBAL", "HALTED")
    halts = Halts(3, (reducing, mine, wide))
    assert halts.vetoes_for(**ORDER) == (wide, mine, reducing)


def test_halts_are_picked_by_their_exact_subject():
    mine, his, trip = veto(1, "USER", user=ALICE), veto(2, "USER", user=BOB), veto(3, "USER", user=ALICE, source="BREAKER")
    halts = Halts(3, (mine, his, trip))
    assert halts.matching(scope="USER", user=ALICE) == (mine, trip)
    assert halts.matching(scope="USER", user=ALICE, source="BREAKER") == (trip,)
    assert halts.matching(scope="GLOBAL") == ()
