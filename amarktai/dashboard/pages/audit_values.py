"""What an audit row changed, in words: yes and no, lists without brackets, `name value` pairs."""

from __future__ import annotations

from collections.abc import Container
from decimal import Decimal
from typing import Any

from accounts.models import AuditRow
from amarktai.dashboard import writing

LONGEST = 120
STATES = ("status", "pause_reason", "stage", "order_type", "level", "scope", "source")  # kept as codes, read as words


DISTANCES = ("stop_loss", "take_profit", "trailing")  # kept as fractions, read in percent


def changes(row: AuditRow, *, only: Container[str] | None = None) -> tuple[tuple[str, str, str], ...]:
    """(name, before, after) of what became different; `only` these names, if given."""
    names = [
        name for name in dict.fromkeys([*row.before, *row.after])
        if (only is None or name in only) and row.before.get(name) != row.after.get(name)
    ]  # fmt: skip
    found = ((name.replace("_", " "), _said(name, row.before.get(name)), _said(name, row.after.get(name))) for name in names)
    return tuple(change for change in found if change[1] or change[2])


def _said(name: str, value: Any) -> str:
    told = words(value)
    if name in DISTANCES and told:
        return writing.spoken(writing.percent(Decimal(told)))
    return told.replace("_", " ").lower() if name in STATES else told


def words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{name} {words(one)}" for name, one in value.items())
    if isinstance(value, list):
        return ", ".join(words(one) for one in value)
    text = "" if value is None else str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
