"""Public ids. Made by the client, so that a row's id is known before the row is written."""

import os
import time
from uuid import UUID

_NS_PER_MS = 1_000_000


def new_id() -> UUID:
    """A time-ordered id in the layout of UUID version 7 (RFC 9562): 48 bits of milliseconds, 12 bits of their
    fraction, 62 random bits. Ids made later sort later, so that B-tree inserts stay at the right edge."""
    ms, rest = divmod(time.time_ns(), _NS_PER_MS)
    fraction = rest * 4096 // _NS_PER_MS
    value = (ms & 0xFFFF_FFFF_FFFF) << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | (int.from_bytes(os.urandom(8)) >> 2)
    return UUID(int=value)
