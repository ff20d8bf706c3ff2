"""The kill-switch file KILL_SWITCH in the data folder: read by every process before a claim and before a send. It becomes a GLOBAL
halt; removing it does not resume."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from bots.queries import halts as halt_queries
from trading.domain.policy import Policy
from trading.operations import stop

NAME = "KILL_SWITCH"
ACTOR = "system:kill-switch"


def exists(data_dir: Path) -> bool:
    """Whether the file is there. A data folder that cannot be read counts as present: fail closed."""
    try:
        (data_dir / NAME).lstat()
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return True


def enforce(data_dir: Path, *, policy: Policy, now: datetime) -> bool:
    """Raise the GLOBAL halt when the file is there and none of its own stands yet -> whether the file is there."""
    if not exists(data_dir):
        return False
    if not halt_queries.standing().matching(scope="GLOBAL", source=stop.KILL_SWITCH):
        stop.emergency_stop(
            scope="GLOBAL", user=None, reason="The kill-switch file was found in the data folder.", flatten=False, actor=ACTOR,
            request_id="", now=now, policy=policy, source=stop.KILL_SWITCH,
        )
    return True
