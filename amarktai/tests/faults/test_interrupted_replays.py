"""Ctrl-C to a replay, whenever it comes: one sentence that says how far it came and how it goes on, 130, and nothing lost."""

from __future__ import annotations

import json
import random
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from amarktai.launcher.places import PROJECT
from amarktai.tests.faults.stage import Stage

pytestmark = [pytest.mark.faults, pytest.mark.enable_socket]
MINUTES = 1_000
SYMBOLS = {1: ["LTC/USDT"], 2: ["XRP/USDT", "SOL/USDT"]}  # of one worker, and of two


def wild(path: Path, dice: random.Random) -> Path:
    """Minutes of a price that moves by 1 % each."""
    price, rows = 20_000.0, ["timestamp,open,high,low,close,volume"]
    for minute in range(MINUTES):
        opened, price = price, price * (1 + dice.gauss(0, 0.01))
        high, low = max(opened, price) + 5, min(opened, price) - 5
        rows.append(f"{1_677_628_800 + 60 * minute},{opened:.2f},{high:.2f},{low:.2f},{price:.2f},1.0")
    path.write_text("\n".join(rows) + "\n")
    return path


def command(files: list[Path], run: str | None, *, workers: int) -> list[str]:
    words = [sys.executable, "manage.py", "replay", *map(str, files), *(f"--symbol={symbol}" for symbol in SYMBOLS[workers])]
    return [*words, "--bots=6", f"--workers={workers}", "--json", *([f"--run={run}"] if run else [])]


def begin(stage: Stage, words: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(words, cwd=PROJECT, env=stage.environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def interrupted(stage: Stage, words: list[str], *, at: str, after_s: float) -> tuple[subprocess.Popen[str], str, list[str]]:
    """Send SIGINT so long after it has said this -> the process, its answer and its lines on standard error."""
    replay = begin(stage, words)
    assert replay.stderr
    told = []
    for line in replay.stderr:
        told.append(line)
        if re.search(at, line):
            break
    time.sleep(after_s)
    replay.send_signal(signal.SIGINT)
    answer, rest = replay.communicate()
    return replay, answer, [line.rstrip() for line in [*told, *rest.splitlines(keepends=True)]]


def candles_done(line: str) -> int:
    found = re.search(r"(\d+)(?:/| of )\d+ candles", line)
    assert found, line
    return int(found[1])


@pytest.mark.parametrize("workers", [1, 2])
def test_whenever_it_is_interrupted_it_says_how_it_goes_on_and_comes_to_the_same_digest(stage: Stage, tmp_path: Path, workers: int) -> None:
    seed = random.randrange(10**9)
    print("seed", seed)
    dice = random.Random(seed)
    files = [wild(tmp_path / f"{number}.csv", dice) for number in range(workers)]
    whole = begin(stage, command(files, f"whole {seed}", workers=workers))
    expected, complained = whole.communicate()
    assert whole.returncode == 0, complained

    words = command(files, None, workers=workers)
    cuts, kept = 0, 0
    for at in ("This is the run", "stored", " candles, ", " candles, "):
        replay, answer, lines = interrupted(stage, words, at=at, after_s=dice.uniform(0, 0.4))
        progress = [candles_done(line) for line in lines if re.match(r"\d+/\d+ candles", line)]
        assert all(done >= kept for done in progress), "it counts from where it goes on"
        if answer:  # it was done before
            break
        assert replay.returncode == 130, lines
        assert not re.search("Traceback|psycopg|DATABASE_URL", "\n".join(lines)), lines
        (said,) = [line for line in lines if line.startswith("Interrupted")]
        assert said == lines[-1]
        words = shlex.split(said.partition(": /")[2])
        words[0] = "/" + words[0]
        assert words[-2] == "--run"
        assert f"This is the run {words[-1]}: " in "\n".join(lines)
        if "candles are done" in said:
            assert candles_done(said) >= kept
            kept = candles_done(said)
        cuts += 1

    if not answer:
        last = begin(stage, words)
        answer, complained = last.communicate()
        assert last.returncode == 0, complained
    assert cuts >= 1
    for key in ("ledger_digest", "ticks", "fills", "equity", "unrealised"):
        assert json.loads(answer)[key] == json.loads(expected)[key]
    assert json.loads(answer)["ticks"] == workers * MINUTES
