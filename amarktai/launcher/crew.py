"""The processes of `up`: started together, heard on one screen, started again when one is killed, and ended together.

Whoever ends while nobody asked for it is started again after a pause; whoever ends again and again is given up, and everything with
it. It knows commands and signals; it must not know what the processes do.
"""

from __future__ import annotations

import math
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO

from amarktai.launcher.process import die_with_parent

PAUSES_S = (1.0, 2.0, 4.0, 8.0, 16.0)  # before each new start; after the last one a process is given up
SOUND_S = 60.0  # who has lived so long begins at the first pause again
STOP_S = 15.0  # then what has not ended is killed
CANNOT = 2  # with this a process ends that has said in one line what stands in its way
LOOK_S = 0.1
GREET_S = 1.0
CHUNK = 65_536
ITSELF = "system"


@dataclass
class Member:
    """One process of the crew: alive when `process` is there, else to be started at `due`."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    born: float = 0.0
    due: float = 0.0
    starts: int = 0
    fallen: int = 0  # how often in a row, without a sound life in between


@dataclass
class _Pipe:
    """What a process says, and the line that it has not ended yet. A pipe outlives its process while somebody else holds it."""

    name: str
    end: IO[bytes]
    rest: bytes = b""


class Crew:
    """`pauses` and `sound` bound how often somebody is started again; `say` is given each line, with whose it is in front. Once `well`
    answers yes, `greeting` is said."""

    def __init__(
        self, commands: Mapping[str, Sequence[str]], *, folder: Path, say: Callable[[str], None],
        pauses: Sequence[float] = PAUSES_S, sound: float = SOUND_S, patience: float = STOP_S,
        well: Callable[[], bool] = lambda: False, greeting: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self.members = [Member(name, command) for name, command in commands.items()]
        self.folder, self.say, self.pauses, self.sound, self.patience = folder, say, pauses, sound, patience
        self.well, self.greeting, self.greeted = well, greeting, 0.0
        self.width = max(len(name) for name in (*commands, ITSELF))
        self.ears = selectors.DefaultSelector()
        self.asked: signal.Signals | None = None
        self.lost: int | None = None

    def run(self) -> int:
        """Until TERM or INT comes: 0. Until one of them is given up: its exit code, or 1 when a signal had ended it."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.ask_to_stop)
        while self.asked is None and self.lost is None:
            for member in self.members:
                self.look(member)
            self.hear()
            self.greet()
        if self.asked is not None:
            self.tell(f"{self.asked.name} received")
        self.stop()
        return 0 if self.lost is None else max(self.lost, 0) or 1

    def ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.asked = signal.Signals(number)

    def look(self, member: Member) -> None:
        """Start whoever is due, and find out about whoever has ended."""
        now = time.monotonic()
        if member.process is None:
            if now >= member.due:
                self.start(member, now)
            return
        code = ended(member.process)
        if code is None:
            return
        member.process = None
        member.fallen = 1 if now - member.born >= self.sound else member.fallen + 1
        why = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        if (member.starts == 1 and code == CANNOT) or member.fallen > len(self.pauses):
            self.lost = code
            self.tell(f"{member.name} ended by itself ({why}) and is given up")
            return
        pause = self.pauses[member.fallen - 1]
        member.due = now + pause
        again = f"starting it again in {pause:g} s ({member.fallen} of at most {len(self.pauses)} times in a row)"
        self.tell(f"{member.name} ended by itself ({why}); {again}")

    def greet(self) -> None:
        """What was said at the start has scrolled away by the time that all work."""
        if not self.greeting or time.monotonic() < self.greeted + GREET_S:
            return
        self.greeted = time.monotonic()
        if self.well():
            for words in self.greeting:
                self.tell(words)
            self.greeting = ()

    def start(self, member: Member, now: float) -> None:
        process = subprocess.Popen(
            member.command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True, preexec_fn=die_with_parent(signal.SIGTERM),
        )  # fmt: skip
        assert process.stdout is not None
        self.ears.register(process.stdout, selectors.EVENT_READ, _Pipe(member.name, process.stdout))
        member.process, member.born, member.starts = process, now, member.starts + 1
        self.tell(f"{member.name} started (pid={process.pid})")

    def hear(self) -> None:
        """Pass on what is being said, for a moment."""
        for key, _ in self.ears.select(LOOK_S):
            pipe: _Pipe = key.data
            words = os.read(key.fd, CHUNK)
            if not words:
                self.ears.unregister(pipe.end)
                pipe.end.close()
            *lines, pipe.rest = (pipe.rest + words).split(b"\n")
            if not words and pipe.rest:
                lines.append(pipe.rest)
            for line in lines:
                self.tell(line.decode(errors="replace"), whose=pipe.name)

    def tell(self, words: str, *, whose: str = ITSELF) -> None:
        self.say(f"{time.strftime('%H:%M:%S')} {whose.ljust(self.width)} | {words}")

    def stop(self) -> None:
        """Ask all to end, and kill whoever does not in time."""
        for member in self.living():
            self.signal(member, signal.SIGTERM)
        end = time.monotonic() + self.patience
        while living := self.living():
            if time.monotonic() > end:
                end = math.inf
                for member in living:
                    self.signal(member, signal.SIGKILL)
            self.hear()
            for member in living:
                if member.process is not None and (code := ended(member.process)) is not None:
                    member.process = None
                    self.tell(f"{member.name} stopped (rc={code})")
        self.hear()

    def living(self) -> list[Member]:
        return [member for member in self.members if member.process is not None]

    def signal(self, member: Member, number: signal.Signals) -> None:
        """To the process and all that it has started."""
        assert member.process is not None
        self.tell(f"sending {number.name} to {member.name} (pid {member.process.pid})")
        os.killpg(member.process.pid, number)


def ended(process: subprocess.Popen[bytes]) -> int | None:
    """The exit code of a process that has ended, minus the number of its signal; None while it lives. What it has started and
    left behind is killed first, while its number cannot be anybody else's."""
    if os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
        return None
    os.killpg(process.pid, signal.SIGKILL)
    return process.wait()
