"""How events become lines: JSON in the data folder for all of them, readable ones in the shell for those that deserve it."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import structlog

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


STEPS: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def arranged(*, file: Path, level: str) -> dict[str, Any]:
    """The LOGGING of Django's settings."""
    as_json = structlog.processors.JSONRenderer(default=str)
    as_words = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": formatter(structlog.processors.format_exc_info, as_json),
            "console": formatter(as_words),
        },
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": "console", "filters": [worth_a_line]},
            "file": {"class": "logging.handlers.WatchedFileHandler", "filename": str(file), "formatter": "json", "delay": True},
        },
        "root": {"handlers": ["console", "file"], "level": level},
        "loggers": {
            "httpx": {"level": "WARNING"},
            "axes": {"level": "WARNING"},
            "django.request": {"filters": [without_stack]},
            # One line per message sent and received drowns the lines that say what happened.
            "celery.app.trace": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
        },
    }


def formatter(*last: Any) -> dict[str, Any]:
    """One way to write a line, for our events and for those of libraries alike."""
    return {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": STEPS,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
    }


def prepare_events() -> None:
    """Send structlog's events through the standard library's handlers."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,  # what nobody will read is not dressed up first
            *STEPS,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
