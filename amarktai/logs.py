"""Which events deserve a line in the shell, and which a stack. The file in the data folder gets them all."""

from __future__ import annotations

import logging

EVERY_TICK = ("tick.", "event.published")


def worth_a_line(record: logging.LogRecord) -> bool:
    """False for what happens on each tick of each market, unless it is a warning."""
    event = record.msg.get("event", "") if isinstance(record.msg, dict) else str(record.msg)
    return record.levelno >= logging.WARNING or not str(event).startswith(EVERY_TICK)


def without_stack(record: logging.LogRecord) -> bool:
    """True, after taking the stack from an answer that was foreseen: a page that is forbidden or missing is no failure."""
    if getattr(record, "status_code", 500) < 500:
        record.exc_info = None
        record.exc_text = None
    return True
