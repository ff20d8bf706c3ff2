"""Plain SQL where sets are wanted that the ORM cannot say in one statement, and many statements in one round trip. Every floor
may use it; it must not know any table.

An asking is a generator that yields the statements it needs and is sent their rows: so whoever asks decides whether it goes alone
or with others. Its parameters are bound by the server, so the statement says their types.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.backends.utils import CursorWrapper

AT_ONCE = 2_000  # rows of a stream
T = TypeVar("T")
Rows = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Asked:
    """One statement with its parameters; one that answers no rows is sent none."""

    statement: str
    parameters: tuple[Any, ...]


Asking = Generator[Sequence[Asked], Sequence[Rows], T]


class Later(Generic[T]):
    """An answer that is there once all that was asked at once has been answered."""

    value: T


class Line:
    """What is asked at once."""

    def __init__(self) -> None:
        self._sent: list[tuple[Later[Any], Asking[Any], list[Any]]] = []

    def ask(self, asking: Asking[T]) -> Later[T]:
        """Send the statements of one asking; its answer comes with the end of the block."""
        later, cursors = Later[T](), []
        for one in next(asking):
            cursor = _cursor()
            cursor.execute(one.statement, adapted(one.parameters))
            cursors.append(cursor)
        self._sent.append((later, asking, cursors))
        return later

    def answer(self) -> None:
        for later, asking, cursors in self._sent:
            later.value = _told(asking, [_rows(cursor) for cursor in cursors])


@contextmanager
def at_once() -> Iterator[Line]:
    """Statements of several askings in one round trip. The server carries them out one after the other in the order they were
    asked, each with a fresh view of the data, as if it had been waited for; whichever fails, fails the block."""
    connection.ensure_connection()
    line = Line()
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield line
    line.answer()


def ask(asking: Asking[T]) -> T:
    """The answer to one asking, alone."""
    return _told(asking, [_rows_of(one) for one in next(asking)])


def _told(asking: Asking[T], rows: Sequence[Rows]) -> T:
    try:
        asking.send(rows)
    except StopIteration as end:
        return end.value
    raise RuntimeError("an asking asks once")


def _rows_of(one: Asked) -> Rows:
    with _cursor() as cursor:
        cursor.execute(one.statement, adapted(one.parameters))
        return _rows(cursor)


def _rows(cursor: Any) -> Rows:
    return cursor.fetchall() if cursor.description else []


def fetch(statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """The rows of one statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement, adapted(parameters))
        return cursor.fetchall()


def stream(statement: str, *parameters: Any) -> Iterator[tuple[Any, ...]]:
    """The rows of one statement a few thousand at a time, however many there are; in a transaction, which they end with."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, adapted(parameters))
        while rows := cursor.fetchmany(AT_ONCE):
            yield from rows


def _cursor() -> CursorWrapper:
    """A cursor whose parameters the server binds: what is asked again and again is read and planned once for each connection
    (`prepare_threshold`), which for a single order costs more than the answer."""
    if connection.queries_logged:  # who logs wants to read the parameters in their places
        return connection.cursor()
    connection.ensure_connection()
    bound: Any = ServerBindingCursor(connection.connection)  # type: ignore[call-arg]
    return connection.make_cursor(bound)


def adapted(parameters: Sequence[Any]) -> list[Any]:
    """Parameters for the driver, lists as finished array literals: the driver would quote and join them one by one, which
    costs more than the statement. The statement says the type (`%s::uuid[]`) or compares with a column (`= ANY(%s)`)."""
    return [_array(value) if isinstance(value, list) else value for value in parameters]


def _array(values: list[Any]) -> str:
    if values and type(values[0]) is UUID:
        try:
            return "{" + ",".join(["%032x" % value.int for value in values]) + "}"  # noqa: UP031 - half the time of an f-string
        except AttributeError:  # some are None
            pass
    texts = [value if type(value) is str else _text(value) for value in values]
    if None in texts:
        return "{" + ",".join("NULL" if text is None else _quoted(text) for text in texts) + "}"
    body = '","'.join(texts)  # type: ignore[arg-type]
    if body.count('"') != 2 * (len(texts) - 1) or "\\" in body:
        return "{" + ",".join(map(_quoted, texts)) + "}"  # type: ignore[arg-type]
    return '{"' + body + '"}' if texts else "{}"


def _text(value: Any) -> str | None:
    if type(value) is UUID:
        return value.hex
    if isinstance(value, date):  # and datetime
        return value.isoformat()
    return None if value is None else str(value)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
