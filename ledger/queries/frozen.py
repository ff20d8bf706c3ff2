"""One snapshot for several reads, so that bookings meanwhile look like no difference. It must not know what is read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

# Streams are read to their end, and sorted in memory where there are many rows of many wallets.
_TO_THE_END = "SET LOCAL cursor_tuple_fraction = 1; SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL work_mem = '256MB'"


@contextmanager
def snapshot() -> Iterator[None]:
    """REPEATABLE READ for what is read inside; inside another transaction, that one's."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute(f"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; {_TO_THE_END}")
        yield
