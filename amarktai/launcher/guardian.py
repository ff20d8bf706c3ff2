"""The guardian: a part of `up` that starts a new keeper when the old one was killed. It holds nothing but its place as a client.

The servers of a killed keeper end with it; web, worker and beat wait for new ones at the same addresses.
"""

from __future__ import annotations

import sys
import time

from amarktai.launcher import client
from amarktai.launcher import places as where
from amarktai.launcher.trouble import Trouble

LOOK_SECONDS = 1.0


def main() -> int:
    """Look again and again until a signal comes; 2 and one sentence when no keeper can be started."""
    places = where.of_environment()
    needed = client.needed()
    try:
        client.ensure(places)
        while needed:
            time.sleep(LOOK_SECONDS)
            client.start_keeper(places, needed, disposable=False)
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
