"""What the shell shows: an answer that was foreseen is one line, a failure keeps its stack."""

import logging
import sys

import pytest

from amarktai import logs


def record(status: int) -> logging.LogRecord:
    try:
        raise PermissionError("no")
    except PermissionError:
        made = logging.LogRecord("django.request", logging.WARNING, __file__, 1, "Forbidden: /admin/", (), sys.exc_info())
    made.status_code = status
    return made


@pytest.mark.parametrize(("status", "kept"), [(403, False), (404, False), (500, True)])
def test_only_failures_keep_their_stack(status: int, kept: bool) -> None:
    line = record(status)
    assert logs.without_stack(line)
    assert bool(line.exc_info) == kept


def test_the_log_of_requests_passes_that_filter() -> None:
    assert logs.without_stack in logging.getLogger("django.request").filters
