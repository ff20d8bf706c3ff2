"""Cells of CSV files, as every door writes them: numbers in plain notation, and no text that a spreadsheet would run as a formula."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from accounts.domain.chain import stamp
from accounts.domain.decimals import plain
from accounts.domain.formulas import guarded

Cell = str | int | Decimal | datetime | None


def cell(value: Cell) -> str:
    """Numbers and times as they are; text that begins like a formula gets an apostrophe in front."""
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, str):
        return guarded(value)
    return "" if value is None else str(value)
