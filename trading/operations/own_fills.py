"""Fills that a person brings along: the ledger books them, and the trades that they change are told anew. It must not read files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from ledger.domain.told import Told
from ledger.operations import imports
from ledger.operations.imports import Imported, Source
from trading.operations import trades


def book(
    rows: Sequence[Told], *, source: Source, openings: Mapping[str, Decimal], partial: bool, now: datetime,
    progress: Callable[[str], None],
) -> Imported:  # fmt: skip
    """As `ledger.operations.imports.book`, with its refusals: an older fill changes what a closed trade had sold. An import that was
    cut off is completed by running it again, and so are the trades."""
    done = imports.book(rows, source=source, openings=openings, partial=partial, now=now, progress=progress)
    trades.restate_wallet(done.wallet, now=now)
    return done
