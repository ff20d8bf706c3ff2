"""Cells of CSV files, as every door writes them: numbers in plain notation, and no text that a spreadsheet would run as a formula."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from accounts.domain.chain import stamp
from accounts.domain.decimals import plain

Cell = str | int | Decimal | datetime | None
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the last four are their full-width twins


def cell(value: Cell) -> str:
    """Numbers and times as they are; text that begins like a formula gets an apostrophe in front."""
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA) else value
    return "" if value is None else str(value)
