"""What every built-in strategy must do and may not do, whatever its idea."""

import random

import numpy as np
import pytest

from accounts.domain.refusals import Refusal
from bots.domain import indicators
from bots.strategies import BUILT_IN, families, strategy
from bots.tests.domain import walks
from bots.tests.domain.walks import judged

FAMILIES = [kind.family for kind in BUILT_IN]


def a_genome(family, rng):
    """Short periods, so that a walk of some hundred candles makes signals; numbers that do not go together are drawn again."""
    found = strategy(family)
    while True:
        try:
            return found.genome({one.name: rng.randint(int(one.low), min(int(one.high), 90)) for one in found.parameters})
        except Refusal:
            continue


@pytest.fixture(params=FAMILIES)
def found(request):
    return strategy(request.param)


def test_the_three_families_are_here():
    assert set(FAMILIES) == {"ema_cross", "rsi_reversion", "donchian_breakout"} <= set(families())


def test_all_genomes_at_once_equal_one_by_one(found):
    seed = random.randrange(1_000_000)
    rng = random.Random(seed)
    candles = walks.candles(seed, 700)
    genomes = [a_genome(found.family, rng) for _ in range(60)]
    together = judged(found, candles, genomes)
    assert {-1, 1} <= set(together.direction.ravel().tolist()), f"seed {seed}"
    for at, genome in enumerate(genomes):
        alone = judged(found, candles, [genome])
        for name in ("direction", "edge_bps", "ready"):
            assert np.array_equal(getattr(alone, name)[:, 0], getattr(together, name)[:, at]), f"seed {seed} {genome} {name}"


def test_candle_by_candle_equals_all_candles_at_once(found):
    """The tick folds one candle, keeps the value before it and asks for the last opinion; a backtest asks for all of them."""
    seed = random.randrange(1_000_000)
    rng = random.Random(seed)
    candles = walks.candles(seed, 250)
    genomes = [a_genome(found.family, rng) for _ in range(20)]
    together = judged(found, candles, genomes)
    keys = {key for genome in genomes for key in found.series(genome)}
    states, before = indicators.advance_all({}, candles.part(0, 1), keys=keys)
    for at in range(1, len(candles)):
        states, now = indicators.advance_all(states, candles.part(at, at + 1), keys=keys)
        said = found.signal({key: np.concatenate([before[key], now[key]]) for key in keys}, genomes, 1)
        before = now
        for name in ("direction", "edge_bps", "ready"):
            assert np.array_equal(getattr(said, name)[0], getattr(together, name)[at - 1]), f"seed {seed} candle {at} {name}"


def test_what_comes_later_never_changes_what_was_said(found):
    """Cut off, tripled or turned around: the past stays as it was."""
    seed = random.randrange(1_000_000)
    rng = random.Random(seed)
    candles = walks.candles(seed, 500)
    genomes = [a_genome(found.family, rng) for _ in range(30)]
    whole = judged(found, candles, genomes)
    for _ in range(8):
        cut = rng.randrange(100, 499)
        changed = candles.part(0)
        for name in ("open", "high", "low", "close"):
            prices = getattr(candles, name).copy()
            prices[cut:] = prices[cut:][::-1] * rng.choice((1, 3))
            object.__setattr__(changed, name, prices)
        for other in (candles.part(0, cut), changed):
            again = judged(found, other, genomes)
            for name in ("direction", "edge_bps", "ready"):
                assert np.array_equal(getattr(whole, name)[: cut - 1], getattr(again, name)[: cut - 1]), f"seed {seed} cut {cut} {name}"


def test_before_it_is_ready_a_strategy_says_nothing_and_later_its_edge_is_a_number_of_hundredths(found):
    candles = walks.candles(3, 400)
    signals = judged(found, candles, [a_genome(found.family, random.Random(n)) for n in range(40)])
    assert not signals.ready[0].any()
    assert signals.ready[-1].all()
    assert (signals.direction[~signals.ready] == 0).all()
    assert (signals.edge_bps[~signals.ready] == 0).all()
    edges = signals.edge_bps[signals.ready]
    assert np.isfinite(edges).all()
    assert (edges >= 0).all()
    assert edges.max() > 0
    assert np.array_equal(edges, np.round(edges, 2))


def test_each_parameter_takes_its_bounds_and_refuses_what_lies_beyond_by_name(found):
    for one in found.parameters:
        assert one.low <= one.default <= one.high
        assert one.sentence.endswith(".")
        for beyond in (one.low - 1, one.high + 1, "NaN", "1e1", "7.5", 12.5, True, None, [12], "9" * 40):
            with pytest.raises(Refusal) as refused:
                found.validate({one.name: beyond})
            assert (refused.value.code, refused.value.numbers["parameter"]) == ("BAD_PARAMETER", one.name)
            assert (refused.value.numbers["low"], refused.value.numbers["high"]) == (str(one.low), str(one.high))
    with pytest.raises(Refusal) as refused:
        found.validate({"speed": 12})
    assert refused.value.numbers["parameter"] == "speed"


def test_parameters_are_stored_with_their_defaults_and_read_back_as_the_same_genome(found):
    stored = found.validate({})
    assert stored == {one.name: one.default for one in found.parameters}
    assert found.genome(stored) == found.genome({})


def test_a_rebuilt_state_says_the_same(found):
    """From `warmup` candles the strategy says what it says from all of them, at the last close."""
    candles = walks.candles(5, 6000)
    for n in range(10):
        genome = a_genome(found.family, random.Random(n))
        assert found.warmup(genome) < 5000
        whole = judged(found, candles, [genome])
        rebuilt = judged(found, candles.part(len(candles) - 1 - found.warmup(genome)), [genome])
        assert rebuilt.ready[-1, 0]
        assert rebuilt.direction[-1, 0] == whole.direction[-1, 0]
        assert rebuilt.edge_bps[-1, 0] == whole.edge_bps[-1, 0]


def test_an_unknown_family_is_refused_with_the_known_ones():
    with pytest.raises(Refusal) as refused:
        strategy("crystal_ball")
    assert refused.value.code == "UNKNOWN_STRATEGY"
    assert set(FAMILIES) <= set(refused.value.numbers["known"])
