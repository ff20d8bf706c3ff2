"""The recorded files together, cut to a few days: each family comes to one digest, whatever the number of processes,
orders that rest among them."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from trading.domain.replay_plans import SPREADS
from trading.models import Order
from trading.tests import recorded
from trading.tests.recorded import needs_recorded

pytestmark = [pytest.mark.django_db(transaction=True), needs_recorded]
# The panic of 10 to 13 March 2023 on minutes, and on hours the first weeks, with an outage of the exchange in them.
CUTS = {
    "binanceus_BTC-USDT_1m_2023-03-01_2023-03-21.csv.gz": (12_900, 15_000),
    "binanceus_BTC-USDC_1m_2023-03-01_2023-03-21.csv.gz": (12_900, 15_000),
    "binance_BTC-USDT_1h_2017-08-17_2024-04-21.csv.gz": (0, 1_200),
}
BOTS = 21  # seven a file are the fewest with each type of order among them
# Those of whose limit and post-only orders some wait. RSI reversion expects too little on these cuts: gate B refuses all of them.
WAITING = ("donchian_breakout", "ema_cross")


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    return [cut(recorded.FOLDER / name, tmp_path / name.removesuffix(".gz"), rows=rows) for name, rows in CUTS.items()]


def cut(whole: Path, part: Path, *, rows: tuple[int, int]) -> Path:
    with gzip.open(whole, "rt") as lines:
        header, *candles = lines
    part.write_text(header + "".join(candles[slice(*rows)]))
    return part


def replay(files: list[Path], strategy: str, workers: int) -> dict[str, Any]:
    out = StringIO()
    symbols = [f"--symbol={symbol}" for symbol in ("BTC/USDT", "BTC/USDC", "BTC/USDT")]
    call_command(
        "replay", *files, *symbols, f"--strategy={strategy}", f"--bots={BOTS}", f"--workers={workers}", f"--run={workers}", "--json",
        stdout=out, stderr=StringIO(),
    )  # fmt: skip
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


def rested(run: str) -> Counter[str]:
    """Orders of a run, by type, that came to their end at a later candle than that at whose close they were placed."""
    placed = Order.objects.filter(owner__username=f"replay-{run}", time_in_force="GTD").exclude(state="REFUSED")
    return Counter(order.type for order in placed if order.history[-1][1] > order.history[0][1])


@pytest.mark.parametrize("strategy", sorted(SPREADS))
def test_a_family_comes_to_the_same_digest_and_figures_in_one_process_and_in_four(files: list[Path], strategy: str) -> None:
    one, four = replay(files, strategy, 1), replay(files, strategy, 4)
    assert one["ledger_ok"]
    assert one["ticks"] == 2 * 2_100 + 1_200
    assert one["gaps"], "the hourly file has outages of the exchange"
    assert one["decisions"] > 0
    assert bool(rested("1")) == (strategy in WAITING)
    assert rested("1") == rested("4")
    changing = ("run", "seconds")
    assert {key: one[key] for key in one if key not in changing} == {key: four[key] for key in four if key not in changing}
