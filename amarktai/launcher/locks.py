"""File locks (flock): freed by the kernel when the holder dies, so never stale. Holds nothing but locks; no PID files."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

PAUSE_SECONDS = 0.05


class Lock:
    """One open lock file. Processes forked from the holder share the lock; programs it executes do not."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def try_exclusive(self) -> bool:
        """Take it alone, or answer False at once."""
        return self._try(fcntl.LOCK_EX)

    def try_shared(self) -> bool:
        """Take it together with other sharers, or answer False at once."""
        return self._try(fcntl.LOCK_SH)

    def exclusive(self) -> None:
        """Take it alone, waiting for as long as it takes."""
        fcntl.flock(self.descriptor, fcntl.LOCK_EX)

    def exclusive_within(self, seconds: float) -> bool:
        """Take it alone, waiting at most so long; False when others still hold it."""
        end = time.monotonic() + seconds
        while not self.try_exclusive():
            if time.monotonic() > end:
                return False
            time.sleep(PAUSE_SECONDS)
        return True

    def release(self) -> None:
        fcntl.flock(self.descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        os.close(self.descriptor)

    def _try(self, mode: int) -> bool:
        try:
            fcntl.flock(self.descriptor, mode | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def is_free(path: Path) -> bool:
    """True when nobody holds the lock at this moment."""
    lock = Lock(path)
    try:
        return lock.try_exclusive()
    finally:
        lock.close()
