"""Commands with what cannot be: one sentence, exit 2, nothing half-written."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import User
from accounts.tests.builders import person
from ledger.models import Market
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


def as_words(options: dict[str, Any]) -> list[str]:
    """Options as a shell gives them; one with a list is given several times."""
    return [f"--{name}={one}" for name, value in options.items() for one in (value if isinstance(value, list) else [value])]


def lines(path: Path, minutes: list[int], *, seconds: int = 60) -> Path:
    """Quiet candles that open this many candles after 2023-03-01 00:00 UTC."""
    rows = [f"{1_677_628_800 + seconds * minute},20000.00,20001.00,19999.00,20000.00,1.0" for minute in minutes]
    path.write_text("\n".join(["timestamp,open,high,low,close,volume", *rows]) + "\n")
    return path


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"symbol": ["BTC/USDT", "ETH/USDT"]}, "--symbol is given 2 times for 1 files"),
        ({"symbol": ["BTC/USDT"], "timeframe": ["1m", "1h"]}, "--timeframe is given 2 times for 1 files"),
        ({"symbol": ["BTC/USDT"], "timeframe": ["7m"]}, "keeps the timeframes"),
        ({"symbol": ["BTC/USDT"], "strategy": ["astrology"]}, "No replay has 'astrology'. Choose from"),
        ({"symbol": ["BTC/USDT"], "workers": 0}, "A replay has 1 to 8 workers."),
        ({"symbol": ["BTC/USDT"], "workers": 9}, "A replay has 1 to 8 workers."),
        ({"symbol": ["BTC/USDT"], "redeliver": -1}, "or 0 for never"),
        ({"symbol": ["BTC/USDT"], "bots": 0}, "--bots is a number from 1"),
        ({"symbol": ["BTC/USDT"], "bots": 10_001}, "to 10000"),
        ({"symbol": ["btc"]}, "A symbol is BASE/QUOTE"),
        ({"symbol": ["BTC/USDT"], "venue": "sim"}, "are generated"),
        ({"symbol": ["BTC/USDT"], "venue": "moon"}, "There is no venue of that name"),
    ],
    ids=str,
)
def test_what_cannot_be_replayed_is_refused_in_one_line_and_leaves_nobody_behind(candles: Path, options: dict[str, Any], sentence: str) -> None:
    assert sentence in said("replay", candles, *as_words({"bots": 1, **options}))
    assert not User.objects.exists()


def test_two_files_of_one_market_in_one_timeframe_are_refused(candles: Path, tmp_path: Path) -> None:
    later = lines(tmp_path / "later.csv", list(range(40, 50)))
    assert "another market or another timeframe" in said("replay", candles, later, symbol="BTC/USDT", bots=2)
    assert not User.objects.exists()


def test_garbage_is_named_by_its_line_and_stores_nothing(tmp_path: Path) -> None:
    broken = lines(tmp_path / "broken.csv", [0, 1, 2])
    broken.write_text(broken.read_text() + "soon,what,is,this,even,?\n")
    assert "Nothing was stored. Line 5" in said("replay", broken, symbol="BTC/USDT", bots=1)
    assert not Market.objects.exists()


def test_a_run_of_that_name_with_other_settings_is_refused(candles: Path) -> None:
    call_command("replay", candles, symbol="BTC/USDT", bots=1, run="mine", stdout=StringIO(), stderr=StringIO())
    for other in ({"bots": 2}, {"limits": "off"}, {"redeliver": 0}, {"symbol": ["BTC/USDC"]}):
        assert "exists with other settings" in said("replay", candles, *as_words({"symbol": ["BTC/USDT"], "bots": 1, "run": "mine", **other}))


def test_gaps_are_told_and_a_file_is_replayed_from_its_first_candle_to_its_last(tmp_path: Path) -> None:
    """Minutes 0 to 9 and 13 to 19 of a file that lacks three; nothing of another file of that market."""
    call_command("import_candles", lines(tmp_path / "later.csv", list(range(30, 40))), symbol="BTC/USDT", venue="recorded", stderr=StringIO(), stdout=StringIO())
    answer = replayed(lines(tmp_path / "gap.csv", [*range(10), *range(13, 20)]), symbol=["BTC/USDT"])
    assert answer["gaps"] == [
        {"symbol": "BTC/USDT", "timeframe": "1m", "from": "2023-03-01T00:10:00.000000Z", "to": "2023-03-01T00:12:00.000000Z", "missing": 3}
    ]
    assert answer["ticks"] == 17


def test_files_share_the_bots_evenly_and_every_quote_asset_is_funded_and_told_apart(candles: Path, tmp_path: Path) -> None:
    """Five bots over two markets: three in USDT, two in USDC, 10,000 each; an hour of five minutes more would be a third."""
    answer = replayed(candles, lines(tmp_path / "usdc.csv", list(range(30))), symbol=["BTC/USDT", "BTC/USDC"], bots=5, run="two")
    assert (answer["bots"], answer["ticks"], answer["equity"]) == (5, 60, "50000")
    assert {name: row["equity"] for name, row in answer["by_currency"].items()} == {"USDT": "30000", "USDC": "20000"}
    names = sorted(User.objects.get(username="replay-two").bots.values_list("name", flat=True))
    assert [name[:11] for name in names] == ["BTC/USDC 1m"] * 2 + ["BTC/USDT 1m"] * 3


def test_a_run_says_its_name_before_anything_else_and_counts_all_its_candles_whenever_they_were_ticked(candles: Path) -> None:
    """Given twice, the second time under the name that the first time made: nothing is left to tick, and thirty were ticked."""
    words = StringIO()
    call_command("replay", candles, symbol="BTC/USDT", bots=1, json=True, stdout=StringIO(), stderr=words)
    name = ReplayRun.objects.get().name
    assert words.getvalue().startswith(f"This is the run {name}: the same command with --run {name} goes on with it")
    again = replayed(candles, symbol="BTC/USDT", run=name)
    assert (again["run"], again["ticks"]) == (name, 30)


def test_people_read_percent_and_a_line_for_each_part(candles: Path) -> None:
    words = StringIO()
    call_command("replay", candles, symbol="BTC/USDT", bots=1, run="told", stdout=words, stderr=StringIO())
    lines = words.getvalue().splitlines()
    for line in (
        "run: told", "limits:", "  bootstrap_fraction: 1 %", "  max_drawdown_percent: 20 %", "  max_consecutive_losses: 5",
        "equity: 10000", "realised: 0", "unrealised: 0", "  USDT: equity 10000, realised 0, unrealised 0", "drawdown: 0 %", "gaps: none",
    ):  # fmt: skip
        assert line in lines
    assert not any("{" in line for line in lines)


def replayed(*files: Path, **options: Any) -> dict[str, Any]:
    words = StringIO()
    call_command("replay", *files, *as_words({"bots": 1, **options}), json=True, stdout=words, stderr=StringIO())
    answer: dict[str, Any] = json.loads(words.getvalue())
    return answer


def test_ticking_a_market_that_nobody_uses_is_said() -> None:
    assert "No market 'NOPE/X'" in said("tick", once=True, venue="sim", market="NOPE/X")
