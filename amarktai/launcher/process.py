"""How a server process is run: as whom, with which signal when its keeper dies. Holds no knowledge of any server."""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from amarktai.launcher.trouble import Trouble

SERVER_USER = "nobody"  # whom the servers run as when the launcher runs as root: PostgreSQL refuses root
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)


def server_identity() -> dict[str, Any]:
    """The arguments of Popen that drop root's rights; empty for a plain user."""
    if os.geteuid() != 0:
        return {}
    try:
        entry = pwd.getpwnam(SERVER_USER)
    except KeyError:
        raise Trouble(f"This program runs as root and the user {SERVER_USER!r} for its servers does not exist.") from None
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def give_to_server_user(folder: Path) -> None:
    """Make the folder 0700 and the server user's own."""
    identity = server_identity()
    folder.mkdir(mode=0o700, parents=False, exist_ok=True)
    if folder.is_symlink():
        raise Trouble(f"{folder} is a symbolic link; the servers need a real folder there.")
    found = folder.stat()
    wanted = identity.get("user", os.geteuid())
    if identity and found.st_uid == 0:
        os.chown(folder, identity["user"], identity["group"])
    elif found.st_uid != wanted:
        raise Trouble(f"{folder} belongs to another user (number {found.st_uid}); choose another data folder.")
    folder.chmod(0o700)


def can_enter(folder: Path) -> bool:
    """Can the server user walk into the folder?"""
    done = subprocess.run(
        ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)],
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
        **server_identity(),
    )
    return done.returncode == 0


def die_with_parent(death: signal.Signals) -> Callable[[], None]:
    """For Popen(preexec_fn=): the kernel sends this signal when the thread that started the process ends."""
    parent = os.getpid()

    def arrange() -> None:
        LIBC.prctl(PR_SET_PDEATHSIG, int(death), 0, 0, 0)
        if os.getppid() != parent:
            os.kill(os.getpid(), death)

    return arrange


def run_once(command: Sequence[str | Path], *, env: dict[str, str], stdin: str = "") -> str:
    """Run a short program as the server user; its output, or Trouble with its last words."""
    try:
        done = subprocess.run(
            [str(part) for part in command],
            input=stdin,
            cwd="/",
            env=env,
            capture_output=True,
            text=True,
            check=False,
            **server_identity(),
        )
    except OSError as error:
        raise Trouble(f"{command[0]} could not be run: {error.strerror}.") from None
    if done.returncode != 0:
        words = " ".join((done.stderr or done.stdout).split())[-600:]
        raise Trouble(f"{Path(str(command[0])).name} failed: {words}")
    return done.stdout


def spawn(
    command: Sequence[str | Path],
    *,
    env: dict[str, str],
    log: Path,
    death: signal.Signals,
    keep_open: int,
) -> subprocess.Popen[bytes]:
    """Start a server in the background as the server user, its output appended to a log."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [str(part) for part in command],
            cwd="/",
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            pass_fds=(keep_open,),
            preexec_fn=die_with_parent(death),
            **server_identity(),
        )


def stop(process: subprocess.Popen[bytes], steps: Sequence[tuple[signal.Signals, float]]) -> None:
    """Send each signal in turn, each with its seconds of patience, until the process has ended."""
    for number, patience in steps:
        if process.poll() is not None:
            return
        process.send_signal(number)
        try:
            process.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            continue
