"""The daily anchor of all chains, as a file: written once a UTC day, and held against the chains as they are now.

It must not know where the folder lies nor where the key is kept. Whoever can delete files can delete anchors: copy them elsewhere.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from accounts.domain.refusals import Malformed, Missing
from ledger.domain import anchors
from ledger.domain.anchors import Anchor
from ledger.domain.expected import Difference
from ledger.queries import heads

ENDING = ".anchor"


def write(*, folder: Path, key: str, now: datetime) -> Path:
    """The anchor of this day. One that is there stands, whatever was booked since."""
    path = folder / f"{now.astimezone(UTC):%Y-%m-%d}{ENDING}"
    if path.exists():
        return path
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = folder / f"{path.name}.{os.getpid()}.new"
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(anchors.sealed(Anchor(now, heads.of_all()), key=key))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(half, path)  # the first of two writers wins
    except FileExistsError:
        pass
    half.unlink()
    return path


def first_unlike(*, folder: Path, key: str, wallet: UUID | None = None) -> Difference | None:
    """The first chain, of one wallet or of all, that is shorter or other than an anchor of this folder says, or the first anchor that
    was not sealed with the key; the oldest anchor first. Raises Missing when there is none to compare with."""
    files = sorted(folder.glob(f"*{ENDING}")) if folder.is_dir() else []
    if not files:
        raise Missing("NO_ANCHORS", f"There is no anchor in {folder}.", folder=str(folder))
    for file in files:
        try:
            anchor = anchors.opened(file.read_text(errors="replace"), key=key)
        except Malformed as no:
            return Difference("anchor", file.name, "seal", no.sentence, "sealed with the key of this installation")
        told = anchor.heads if wallet is None else {one: head for one, head in anchor.heads.items() if one == wallet}
        found = heads.at({one: entries for one, (entries, _) in told.items()})
        if difference := anchors.first_unlike(Anchor(anchor.at, told), chains=found):
            return difference
    return None
