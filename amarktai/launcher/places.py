"""Where everything of one installation lies. Holds paths and addresses; it must not start, create or delete anything."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

PROJECT = Path(__file__).resolve().parents[2]
DATABASE = "amarktai"
OWNER = "owner"
APP = "app"
SOCKET_PATH_BYTES = 107  # sockaddr_un.sun_path on Linux, less the closing zero
LONGEST_SOCKET_NAME = len("/.s.PGSQL.5432.lock")


@dataclass(frozen=True)
class Places:
    """The paths of one data folder."""

    data: Path

    @property
    def servers(self) -> Path:
        """Everything the embedded servers own."""
        return self.data / "servers"

    @property
    def postgres(self) -> Path:
        return self.servers / "postgres"

    @property
    def valkey(self) -> Path:
        return self.servers / "valkey"

    @property
    def sockets(self) -> Path:
        """The folder of the Unix sockets: inside the data folder when its path is short enough, else a short one."""
        inside = self.servers / "run"
        if len(os.fsencode(inside)) + LONGEST_SOCKET_NAME <= SOCKET_PATH_BYTES:
            return inside
        digest = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:12]
        return Path("/tmp") / f"amarktai-{os.getuid()}-{digest}"

    @property
    def valkey_socket(self) -> Path:
        return self.sockets / "valkey.sock"

    @property
    def keeper_lock(self) -> Path:
        """Held by the keeper for as long as it lives."""
        return self.servers / "keeper.lock"

    @property
    def servers_lock(self) -> Path:
        """Inherited by the servers, so held until the last of their processes is gone."""
        return self.servers / "servers.lock"

    @property
    def clients_lock(self) -> Path:
        """Held shared by every process that uses the servers."""
        return self.servers / "clients.lock"

    @property
    def start_lock(self) -> Path:
        """Held while a client starts a keeper, so that only one does."""
        return self.servers / "start.lock"

    @property
    def state(self) -> Path:
        """What the keeper runs, as JSON."""
        return self.servers / "state.json"

    @property
    def keeper_log(self) -> Path:
        return self.servers / "keeper.log"

    @property
    def instance_lock(self) -> Path:
        """Held by `manage.py up`: one running platform per data folder."""
        return self.data / "instance.lock"

    @property
    def secrets(self) -> Path:
        return self.data / "secrets"

    def database_url(self, role: str) -> str:
        """The address of the embedded database for a role."""
        return f"postgresql://{role}@/{DATABASE}?host={quote(str(self.sockets), safe='')}"

    @property
    def redis_url(self) -> str:
        return f"unix://{quote(str(self.valkey_socket))}?db=0"


def of_environment() -> Places:
    """The places that AMARKTAI_DATA names; without it `.data` in the project."""
    return of_folder(Path(os.environ.get("AMARKTAI_DATA") or PROJECT / ".data"))


def of_folder(folder: Path) -> Places:
    return Places(data=Path(os.path.realpath(folder.expanduser())))
