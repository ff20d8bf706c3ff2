"""The same work on many things in processes of their own, each with Django and a database connection. A command may; a task may not:
it has its worker already. Nothing of ours is imported above, because a new process begins here before Django is ready."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import django
from django.db import connection
from django.utils.module_loading import import_string


def over(function: str, things: Sequence[Any], *, processes: int) -> Iterator[Any]:
    """What the function of this dotted path answers to each, in the order given."""
    context, database = get_context("spawn"), connection.settings_dict["NAME"]
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_begin, initargs=(database,)) as pool:
        yield from pool.map(_call, [(function, one) for one in things])


def _begin(database: str) -> None:
    django.setup()
    connection.settings_dict["NAME"] = database


def _call(work: tuple[str, Any]) -> Any:
    function, one = work
    return import_string(function)(one)
