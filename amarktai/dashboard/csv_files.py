"""Tables as CSV files, streamed line by line."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterable, Iterator
from functools import partial

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse

from accounts.web.sheets import Cell, cell


def answer(request: HttpRequest, *, name: str, head: Iterable[str], rows: Iterable[Iterable[Cell]]) -> StreamingHttpResponse:
    """The file as a download. `rows` is read while it is sent, a piece at a time."""
    pieces = _pieces(head, rows)
    content = _apart(pieces) if isinstance(request, ASGIRequest) else pieces
    response = StreamingHttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response["Cache-Control"] = "no-store"
    return response


def _pieces(head: Iterable[str], rows: Iterable[Iterable[Cell]]) -> Iterator[str]:
    """The file in pieces of some kilobytes."""
    page = io.StringIO()
    writer = csv.writer(page)
    writer.writerow(list(head))
    for row in rows:
        writer.writerow([cell(value) for value in row])
        if page.tell() > 32_768:
            yield page.getvalue()
            page.seek(0)
            page.truncate()
    yield page.getvalue()


async def _apart(pieces: Iterator[str]) -> AsyncIterator[str]:
    """Pieces that query the database, off the event loop."""
    following = sync_to_async(partial(next, pieces, None))
    while (piece := await following()) is not None:
        yield piece
