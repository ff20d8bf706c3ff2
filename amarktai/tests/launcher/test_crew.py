"""A crew of real processes under real signals: whoever is killed comes back, whoever cannot work is given up, and all end together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from amarktai.launcher.places import PROJECT
from amarktai.tests.launcher.conftest import wait_until

CREW = """
import sys
from pathlib import Path
from amarktai.launcher.crew import Crew
commands = {{name: [sys.executable, "-u", "-c", words] for name, words in {commands!r}.items()}}
crew = Crew(commands, folder=Path("."), say=lambda line: print(line, flush=True), pauses={pauses!r}, sound=3600, patience={patience!r})
sys.exit(crew.run())
"""
SLEEPS = "import time; print('here', flush=True); time.sleep(3600)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('here', flush=True); time.sleep(3600)"
WITH_A_CHILD = "import subprocess, sys, time; child = subprocess.Popen(['sleep', '3600']); print('child', child.pid); time.sleep(3600)"


class Show:
    """A crew in a process of its own, and what it says."""

    def __init__(self, log: Path, commands: dict[str, str], *, pauses: tuple[float, ...], patience: float) -> None:
        self.log = log
        code = CREW.format(commands=commands, pauses=pauses, patience=patience)
        with log.open("wb") as words:
            self.popen = subprocess.Popen([sys.executable, "-c", code], cwd=PROJECT, stdout=words, stderr=words)

    def lines(self) -> list[str]:
        """What it has said, without the time."""
        return [line[9:] for line in self.log.read_text().splitlines()]

    def said(self, words: str, times: int = 1) -> bool:
        return sum(words in line for line in self.lines()) >= times

    def pid(self, name: str) -> int:
        """Of the latest process of this name."""
        return int([line for line in self.lines() if f"{name} started" in line][-1].split("pid=")[1].rstrip(")"))

    def end(self) -> int:
        self.popen.send_signal(signal.SIGTERM)
        return self.popen.wait()


Start = Callable[..., Show]


@pytest.fixture
def crew(tmp_path: Path) -> Iterator[Start]:
    shows: list[Show] = []

    def start(*, pauses: tuple[float, ...] = (0.1, 0.1, 0.1), patience: float = 15.0, **commands: str) -> Show:
        shows.append(Show(tmp_path / f"{len(shows)}.log", commands, pauses=pauses, patience=patience))
        return shows[-1]

    yield start
    for show in shows:
        show.popen.kill()
        show.popen.wait()


def lives(pid: int) -> bool:
    """A process that has ended and that nobody has asked about is dead too."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_one_that_is_killed_comes_back_and_the_others_never_notice(crew: Start) -> None:
    show = crew(worker=SLEEPS, web=SLEEPS)
    wait_until(lambda: show.said("| here", times=2))
    worker, web = show.pid("worker"), show.pid("web")
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: show.said("| here", times=3))
    assert show.said("worker ended by itself (SIGKILL); starting it again in 0.1 s (1 of at most 3 times in a row)")
    assert lives(show.pid("worker"))
    assert show.pid("worker") != worker
    assert lives(web)
    assert show.pid("web") == web
    assert show.end() == 0
    assert not lives(web)
    assert not lives(show.pid("worker"))


def test_what_a_killed_one_had_started_ends_with_it(crew: Start) -> None:
    show = crew(worker=WITH_A_CHILD)
    wait_until(lambda: show.said("| child"))
    child = int(show.lines()[-1].split()[-1])
    os.kill(show.pid("worker"), signal.SIGKILL)
    wait_until(lambda: show.said("| child", times=2))
    wait_until(lambda: not lives(child))
    assert show.end() == 0


def test_one_that_ends_again_and_again_is_given_up_and_everything_with_it(crew: Start) -> None:
    """Three new starts, so four lives; then the exit code is its own."""
    show = crew(worker="print('no luck'); raise SystemExit(7)", web=SLEEPS)
    assert show.popen.wait() == 7
    assert sum("| no luck" in line for line in show.lines()) == 4
    assert show.said("worker ended by itself (exit code 7) and is given up")
    assert not lives(show.pid("web"))


def test_one_that_cannot_work_from_the_beginning_is_given_up_at_once(crew: Start) -> None:
    """Exit code 2 comes with one line for a person, and a person must mend it."""
    show = crew(worker="print('The port is taken.'); raise SystemExit(2)", web=SLEEPS)
    assert show.popen.wait() == 2
    assert sum("| The port is taken." in line for line in show.lines()) == 1


def test_a_signal_while_one_is_away_ends_all_and_starts_nobody(crew: Start) -> None:
    show = crew(worker=SLEEPS, web=SLEEPS, pauses=(3600.0,))
    wait_until(lambda: show.said("| here", times=2))
    os.kill(show.pid("worker"), signal.SIGKILL)
    wait_until(lambda: show.said("starting it again in 3600 s"))
    show.popen.send_signal(signal.SIGINT)
    assert show.popen.wait() == 0
    assert sum("worker started" in line for line in show.lines()) == 1


def test_one_that_does_not_listen_is_killed_in_the_end(crew: Start) -> None:
    show = crew(worker=DEAF, web=SLEEPS, patience=0.3)
    wait_until(lambda: show.said("| here", times=2))
    assert show.end() == 0
    assert show.said("sending SIGKILL to worker")
    assert not show.said("sending SIGKILL to web")
    assert not lives(show.pid("worker"))


def test_when_the_crew_itself_is_killed_nobody_is_left(crew: Start) -> None:
    show = crew(worker=SLEEPS, web=SLEEPS)
    wait_until(lambda: show.said("| here", times=2))
    show.popen.kill()
    wait_until(lambda: not lives(show.pid("worker")) and not lives(show.pid("web")))


def test_half_a_line_is_told_when_its_process_ends(crew: Start) -> None:
    show = crew(worker="import sys; sys.stdout.buffer.write(b'half a \\xff line'); raise SystemExit(2)")
    assert show.popen.wait() == 2
    assert show.said("worker | half a \ufffd line")
