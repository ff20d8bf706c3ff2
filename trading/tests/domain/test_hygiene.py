"""Which quotes and candles may be acted on."""

from __future__ import annotations

import csv
import gzip
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.domain import hygiene
from trading.domain.costs import Top
from trading.domain.hygiene import Sight
from trading.domain.verdicts import Verdict
from trading.tests.market_builders import NOON
from trading.tests.recorded import FOLDER, needs_recorded

CALM = [2_000_000 + at % 3 * 100 for at in range(30)]  # around 20,001.00; the median deviation of 1.00 is under 4 bps = 8.00


def told(bid: str = "19999", ask: str = "20001", *, age: float = 5) -> Verdict:
    top = Top(Decimal(bid), Decimal(ask), NOON - timedelta(seconds=age))
    return hygiene.judge_top(top=top, now=NOON, max_age_seconds=30)


def test_a_fresh_narrow_quote_passes_and_shows_its_numbers():
    """2 USDT at 20,000 are 1 bps."""
    verdict = told()
    assert verdict.verdict == "PASS"
    assert verdict.numbers == {"age_seconds": "5", "bid": "19999", "ask": "20001", "spread_bps": "1"}


def test_a_quote_of_thirty_seconds_is_in_time_and_one_a_millisecond_older_is_stale():
    assert not told(age=30).refused
    verdict = told(age=30.001)
    assert (verdict.gate, verdict.code, verdict.numbers["age_seconds"]) == ("data", "QUOTE_STALE", "30.001")


def test_a_crossed_book_is_refused_and_a_locked_one_is_not():
    assert told("20001", "20000").code == "BOOK_CROSSED"
    assert not told("20000", "20000").refused


def test_a_spread_of_one_percent_passes_and_more_does_not():
    """Middle 20,000: 200 USDT are 100 bps, 204 are 102."""
    assert not told("19900", "20100").refused
    assert told("19898", "20102").code == "SPREAD_TOO_WIDE"


def test_no_quote_is_no_trade():
    assert hygiene.judge_top(top=None, now=NOON, max_age_seconds=30).code == "NO_QUOTE"


def test_the_candle_after_a_gap_is_not_traded_on_and_says_how_many_are_missing():
    verdict = hygiene.judge_gap(missing=3, timeframe="1h")
    assert (verdict.gate, verdict.code, verdict.numbers) == ("data", "AFTER_GAP", {"missing_candles": "3", "timeframe": "1h"})
    assert not hygiene.judge_gap(missing=0, timeframe="1h").refused


def test_a_candle_held_back_is_not_traded_on():
    assert hygiene.judge_sight(sight=Sight.HELD).code == "OUTLIER_HELD"
    for sight in (Sight.CLEAN, Sight.CONFIRMED, Sight.DROPPED):
        assert not hygiene.judge_sight(sight=sight).refused


@pytest.mark.parametrize(("close", "sight"), [(2_009_700, Sight.CLEAN), (2_009_800, Sight.HELD), (1_990_000, Sight.HELD)])
def test_a_close_twelve_deviations_off_the_median_is_held(close, sight):
    """Median 20,001.00; least deviation 4 bps of it = 8.0004, x 12 = 96.00: from 20,097.01 on."""
    assert hygiene.look(accepted=CALM, held=None, close=close) is sight


def test_the_next_candle_confirms_a_held_one_that_it_agrees_with():
    assert hygiene.look(accepted=CALM, held=2_050_000, close=2_048_000) is Sight.CONFIRMED
    assert hygiene.look(accepted=CALM, held=2_050_000, close=2_025_100) is Sight.CONFIRMED


def test_the_next_candle_drops_a_held_one_that_it_contradicts():
    assert hygiene.look(accepted=CALM, held=2_050_000, close=2_000_200) is Sight.DROPPED
    assert hygiene.look(accepted=CALM, held=2_050_000, close=1_950_000) is Sight.DROPPED


def test_without_enough_candles_nothing_is_an_outlier():
    assert hygiene.look(accepted=CALM[:29], held=None, close=9_000_000) is Sight.CLEAN


@given(st.lists(st.integers(1, 10**12), min_size=30, max_size=40), st.none() | st.integers(1, 10**12), st.integers(1, 10**12))
def test_a_candle_is_held_back_at_most_once(accepted, held, close):
    sight = hygiene.look(accepted=accepted, held=held, close=close)
    if held is not None:
        assert sight in {Sight.CONFIRMED, Sight.DROPPED}


def sights_of(closes: list[int]) -> list[Sight]:
    """Every candle of a series as the tick would see it."""
    accepted: list[int] = []
    held: int | None = None
    seen = []
    for close in closes:
        sight = hygiene.look(accepted=accepted, held=held, close=close)
        seen.append(sight)
        if sight is Sight.CONFIRMED and held is not None:
            accepted.append(held)
        held = close if sight is Sight.HELD else None
        if held is None:
            accepted.append(close)
    return seen


@needs_recorded
@pytest.mark.parametrize("quote", ["USDT", "USDC"])
def test_a_bank_panic_and_a_lost_peg_trade_on_while_planted_spikes_do_not(quote):
    """30,240 real minutes: under one candle in a hundred is held, all but five are confirmed. Every 3,000th one is then
    replaced by a spike of 15 %: each is held and dropped."""
    path = FOLDER / f"binanceus_BTC-{quote}_1m_2023-03-01_2023-03-21.csv.gz"
    with gzip.open(path, "rt") as file:
        closes = [int(Decimal(row["close"]) * 100) for row in csv.DictReader(file)]
    plain = sights_of(closes)
    assert plain.count(Sight.HELD) < 302
    assert plain.count(Sight.DROPPED) <= 5
    spikes = range(3_000, 30_000, 3_000)
    planted = sights_of([close * 115 // 100 if at in spikes else close for at, close in enumerate(closes)])
    assert {(planted[at], planted[at + 1]) for at in spikes} == {(Sight.HELD, Sight.DROPPED)}
