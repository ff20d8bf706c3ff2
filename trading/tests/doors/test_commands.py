"""Commands with what cannot be: one sentence, exit 2, nothing half-written."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import User
from accounts.tests.builders import person
from trading.models import ReplayRun

pytestmark = pytest.mark.django_db(transaction=True)
CANNOT = 2


@pytest.fixture
def candles(tmp_path: Path) -> Path:
    """Thirty quiet minutes."""
    file = tmp_path / "quiet.csv"
    lines = [f"{1_677_628_800 + 60 * minute},20000.00,20001.00,19999.00,20000.00,1.0" for minute in range(30)]
    file.write_text("\n".join(["timestamp,open,high,low,close,volume", *lines]) + "\n")
    return file


def said(*arguments: Any, **options: Any) -> str:
    words = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command(*arguments, **options, stdout=StringIO(), stderr=words)
    assert ended.value.code == CANNOT
    return words.getvalue().strip().splitlines()[-1]


@pytest.mark.parametrize("name", ["r" * 61, "a\tb", "a\nb", "a\x00", "a\u202eb"], ids=repr)
def test_a_name_that_no_run_can_have_is_refused_and_leaves_nobody_behind(candles: Path, name: str) -> None:
    assert "The name of a run" in said("replay", candles, symbol="BTC/USDT", bots=1, run=name)
    assert not User.objects.exists()


def test_a_run_whose_person_is_somebody_else_is_refused(candles: Path) -> None:
    """Names are compared in any case: REPLAY-MINE registered before the run `mine` was asked for."""
    person("REPLAY-MINE")
    assert "Choose another name" in said("replay", candles, symbol="BTC/USDT", bots=1, run="mine")
    assert (User.objects.count(), ReplayRun.objects.count()) == (1, 0)


def test_ticking_a_market_that_nobody_uses_is_said() -> None:
    assert "No market 'NOPE/X'" in said("tick", once=True, venue="sim", market="NOPE/X")
