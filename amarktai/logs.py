"""Which events deserve a line in the shell. The file in the data folder gets them all."""

from __future__ import annotations

import logging

EVERY_TICK = ("tick.", "event.published")


def worth_a_line(record: logging.LogRecord) -> bool:
    """False for what happens on each tick of each market, unless it is a warning."""
    event = record.msg.get("event", "") if isinstance(record.msg, dict) else str(record.msg)
    return record.levelno >= logging.WARNING or not str(event).startswith(EVERY_TICK)
