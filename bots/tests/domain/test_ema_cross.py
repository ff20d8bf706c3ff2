"""EMA cross on a series that can be followed by hand, and what no strategy may do."""

import random

import numpy as np
import pytest

from accounts.domain.refusals import Refusal
from bots.domain import indicators
from bots.strategies import families, strategy
from bots.tests.builders import window
from bots.tests.domain.test_indicators import walk

CROSS = strategy("ema_cross")


def judged(closes, genomes):
    """Signals at every close but the first."""
    candles = window(closes)
    keys = {key for genome in genomes for key in CROSS.series(genome)}
    _, series = indicators.advance_all({}, candles, keys=keys)
    return CROSS.signal(series, genomes, len(candles) - 1)


def test_it_enters_where_the_fast_mean_crosses_above_and_is_out_while_below():
    """Periods 3 and 7, weights 1/2 and 1/4.

    close  100  100  100  100  100  100  100    96      104      112       112      96       88
    fast   100  100  100  100  100  100  100    98      101      106.5     109.25   102.625  95.3125
    slow   100  100  100  100  100  100  100    99      100.25   103.1875  105.39   103.04   99.28
    says    .    .    .    .    .    .    .     out     enter    -         -        out      out
    """
    closes = [10000] * 7 + [9600, 10400, 11200, 11200, 9600, 8800]
    genome = CROSS.genome({"fast": 3, "slow": 7, "volatility": 2})
    signals = judged(closes, [genome])
    assert signals.direction[:, 0].tolist() == [0, 0, 0, 0, 0, 0, -1, 1, 0, 0, -1, -1]


def test_it_says_nothing_before_the_slow_mean_is_full():
    closes = [10000, 9000, 11000, 9000, 11000, 9000, 11000, 9000]
    signals = judged(closes, [CROSS.genome({"fast": 2, "slow": 6, "volatility": 2})])
    assert signals.ready[:, 0].tolist() == [False, False, False, False, False, True, True]
    assert signals.direction[:5, 0].tolist() == [0, 0, 0, 0, 0]
    assert signals.edge_bps[:5, 0].tolist() == [0, 0, 0, 0, 0]


def test_the_edge_is_the_formula_of_its_description():
    """The price swings by 100 bps up and back: volatility 100 bps, fast x slow = 2 x 8, so 0.035 x 4 x 100 = 14 bps."""
    closes = []
    for _ in range(100):
        closes += [1_000_000, 1_010_000]
    signals = judged(closes, [CROSS.genome({"fast": 2, "slow": 8, "volatility": 5})])
    # back down is 1 - 1 / 1.01 = 99.0 bps: the mean swings between 99.4 and 99.6
    assert 13.9 < signals.edge_bps[-1, 0] < 14.0
    assert np.array_equal(signals.edge_bps, np.round(signals.edge_bps, 2))
    assert "0.035 x sqrt(fast x slow) x volatility" in CROSS.description


def test_changing_the_future_never_changes_the_past():
    closes = walk(11, 600)
    genomes = [CROSS.genome({"fast": 9, "slow": 80, "volatility": volatility}) for volatility in (20, 60, 120)]
    before = judged(closes, genomes)
    for changed in range(400, 600, 37):
        future = closes[:changed] + [price * 3 for price in closes[changed:]]
        after = judged(future, genomes)
        known = changed - 1
        assert np.array_equal(before.direction[:known], after.direction[:known])
        assert np.array_equal(before.edge_bps[:known], after.edge_bps[:known])


def test_all_genomes_at_once_equal_one_by_one():
    seed = random.randrange(1_000_000)
    rng = random.Random(seed)
    closes = walk(seed, 700)
    genomes = []
    for _ in range(60):
        slow = rng.randint(3, 120)
        genomes.append(CROSS.genome({"fast": rng.randint(2, slow - 1), "slow": slow, "volatility": rng.randint(2, 90)}))
    together = judged(closes, genomes)
    assert np.abs(together.direction).sum() > 0
    for at, genome in enumerate(genomes):
        alone = judged(closes, [genome])
        assert np.array_equal(alone.direction[:, 0], together.direction[:, at]), f"seed {seed} {genome}"
        assert np.array_equal(alone.edge_bps[:, 0], together.edge_bps[:, at]), f"seed {seed} {genome}"


@pytest.mark.parametrize(
    ("given", "parameter"),
    [
        ({"fast": 1}, "fast"),
        ({"slow": 2001}, "slow"),
        ({"fast": 26, "slow": 26}, "fast"),
        ({"fast": "NaN"}, "fast"),
        ({"fast": "1e1"}, "fast"),
        ({"fast": 12.5}, "fast"),
        ({"fast": "12.5"}, "fast"),
        ({"fast": True}, "fast"),
        ({"fast": None}, "fast"),
        ({"fast": [12]}, "fast"),
        ({"fast": "9" * 40}, "fast"),
        ({"speed": 12}, "speed"),
    ],
)
def test_a_parameter_out_of_bounds_is_refused_by_name(given, parameter):
    with pytest.raises(Refusal) as refused:
        CROSS.validate(given)
    assert refused.value.code == "BAD_PARAMETER"
    assert refused.value.numbers["parameter"] == parameter


def test_parameters_are_stored_with_their_defaults_and_read_back_as_the_same_genome():
    stored = CROSS.validate({"fast": "5", "slow": "20"})
    assert stored == {"fast": 5, "slow": 20, "volatility": 60}
    assert CROSS.genome(stored) == CROSS.genome({"fast": 5, "slow": 20})
    assert CROSS.warmup(CROSS.genome(stored)) >= 20 * 60


def test_an_unknown_family_is_refused_with_the_known_ones():
    with pytest.raises(Refusal) as refused:
        strategy("crystal_ball")
    assert refused.value.code == "UNKNOWN_STRATEGY"
    assert "ema_cross" in refused.value.numbers["known"]
    assert families()["ema_cross"] is CROSS

