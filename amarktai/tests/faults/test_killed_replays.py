"""SIGKILL to a replay, to one of its workers or to the database below it, on durable servers, while the platform lives beside it:
its name leads it to the digest of an undisturbed run.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from amarktai.tests.faults.stage import Stage

pytestmark = [pytest.mark.faults, pytest.mark.enable_socket]
VICTIMS = ("the replay", "a worker", "the database")
LATEST_S = 6.0
RUN = "from trading.tests import replays; replays.run({name!r}, parts=replays.both(), workers={workers})"
DIGEST = "from trading.tests import replays; print(replays.digest({name!r}))"


def kill(whom: str, replay: subprocess.Popen[str], dice: random.Random, stage: Stage) -> None:
    """A replay that is over already, or has no worker yet, is left or killed itself."""
    children = Path(f"/proc/{replay.pid}/task/{replay.pid}/children")
    workers = children.read_text().split() if replay.poll() is None and children.exists() else []
    if whom == "the database":
        stage.kill("postgres")
    elif whom == "a worker" and workers:
        os.kill(int(dice.choice(workers)), signal.SIGKILL)
    elif replay.poll() is None:
        replay.kill()


def test_a_replay_in_three_processes_comes_to_the_same_digest_whoever_is_killed(stage: Stage) -> None:
    seed = random.randrange(10**9)
    print("seed", seed)
    dice = random.Random(seed)
    stage.run("from trading.tests import replays; replays.candles(*replays.SYMBOLS)")
    stage.run(RUN.format(name=f"whole-{seed}", workers=1))
    whole = stage.run(DIGEST.format(name=f"whole-{seed}"))

    name = f"killed-{seed}"
    for whom in dice.sample(VICTIMS, len(VICTIMS)):
        print("killing", whom)
        replay = stage.begin(RUN.format(name=name, workers=3))
        time.sleep(dice.uniform(1, LATEST_S))
        kill(whom, replay, dice, stage)
        replay.communicate()
        stage.until(stage.healthy)

    stage.until(lambda: finished(stage, name))
    assert stage.run(DIGEST.format(name=name)) == whole


def finished(stage: Stage, name: str) -> bool:
    """Run to its end, unless workers of the dead still hold its streams."""
    replay = stage.begin(RUN.format(name=name, workers=2))
    _, complained = replay.communicate()
    assert replay.returncode == 0 or "RUN_BUSY" in complained, complained
    return replay.returncode == 0
