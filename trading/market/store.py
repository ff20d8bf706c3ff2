"""The candle store: every candle once per market and timeframe, in blocks of scaled integers, served to everyone. It must not
fetch anything and never changes a candle that it has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
from django.db import connection, transaction
from django.db.models import QuerySet

from accounts.queries import sql
from accounts.queries.sql import Asked, Asking
from bots.domain.candles import Window, timeframe_seconds
from trading.market import blocks
from trading.market.blocks import CANDLES_PER_BLOCK, Appended, Rows
from trading.models import CandleBlock

Part = tuple[Rows, int, int]
# A block is 69 kB, which would be fetched, sent and read again for each new candle: what just follows is put behind it in place.
_EXTEND = """
UPDATE trading_candleblock SET rows = rows || %(more)s, count = count + %(candles)s
WHERE market_id = %(market)s AND timeframe = %(timeframe)s AND start = %(start)s
    AND price_places = %(price_places)s AND volume_places = %(volume_places)s
    AND substring(rows FROM length(rows) - 47 FOR 8) = %(before)s
"""
_NEWEST = """
SELECT b.timeframe, b.price_places, b.volume_places, b.rows FROM unnest(%s::text[], %s::timestamptz[]) AS k(timeframe, last)
CROSS JOIN LATERAL (
    SELECT * FROM trading_candleblock WHERE market_id = %s AND timeframe = k.timeframe AND start <= k.last ORDER BY start DESC LIMIT 2
) b ORDER BY b.start
"""


def append(*, market_id: UUID, timeframe: str, window: Window) -> Appended:
    """Store candles (ascending, unique, on the grid of their timeframe). Stored ones stay as they are: the same numbers count
    as duplicates, other numbers as conflicts. Two writers of one market and timeframe wait for each other."""
    seconds = timeframe_seconds(timeframe)
    _check(window=window, seconds=seconds)
    if not len(window):
        return Appended(0, 0, 0)
    with transaction.atomic():
        _lock(market_id=market_id, timeframe=timeframe)
        if _extend(market_id=market_id, timeframe=timeframe, window=window):
            return Appended(len(window), 0, 0)
        merged = _merged(market_id=market_id, timeframe=timeframe, window=window)
        _save([block for block, answer in merged if answer.stored])
    return blocks.total([answer for _, answer in merged])


def window(*, market_id: UUID, timeframe: str, until: datetime | None, count: int) -> Window:
    """The newest `count` candles that opened at or before `until` (None: the newest of all), ascending; fewer if there are
    fewer."""
    found = _blocks(market_id, timeframe).order_by("-start")
    if until is not None:
        found = found.filter(start__lte=until)
    parts: list[Part] = []
    missing = count
    for block in _paged(found, count=count):
        rows = _rows(block)
        if until is not None:
            rows = rows[: np.searchsorted(rows[:, 0], _epoch(until), side="right")]
        rows = rows[max(len(rows) - missing, 0) :]
        parts.append((rows, block.price_places, block.volume_places))
        missing -= len(rows)
        if missing <= 0:
            break
    return blocks.join(parts[::-1], seconds=timeframe_seconds(timeframe))


def between(*, market_id: UUID, timeframe: str, since: datetime, until: datetime) -> Window:
    """Candles with since <= open time < until, ascending."""
    seconds = timeframe_seconds(timeframe)
    earliest = since - timedelta(seconds=seconds * CANDLES_PER_BLOCK)
    found = _blocks(market_id, timeframe).filter(start__gt=earliest, start__lt=until).order_by("start")
    first, last = _epoch(since, up=True), _epoch(until, up=True)
    parts: list[Part] = []
    for block in found:
        rows = _rows(block)
        low, high = np.searchsorted(rows[:, 0], [first, last])
        parts.append((rows[low:high], block.price_places, block.volume_places))
    return blocks.join(parts, seconds=seconds)


def closed(*, market_id: UUID, timeframe: str, after: datetime | None, now: datetime, count: int) -> Window:
    """At most `count` candles that closed by `now`: the first ones that opened after `after`, or without it the newest."""
    seconds = timeframe_seconds(timeframe)
    last = now - timedelta(seconds=seconds)
    if after is None:
        return window(market_id=market_id, timeframe=timeframe, until=last, count=count)
    earliest = after - timedelta(seconds=seconds * CANDLES_PER_BLOCK)
    found = _blocks(market_id, timeframe).filter(start__gt=earliest, start__lte=last).order_by("start")
    parts: list[Part] = []
    missing = count
    for block in _paged(found, count=count):
        rows = _rows(block)
        low = np.searchsorted(rows[:, 0], _epoch(after), side="right")
        high = np.searchsorted(rows[:, 0], _epoch(last), side="right")
        rows = rows[low:high][:missing]
        parts.append((rows, block.price_places, block.volume_places))
        missing -= len(rows)
        if missing <= 0:
            break
    return blocks.join(parts, seconds=seconds)


def newest(*, market_id: UUID, timeframes: Sequence[str], now: datetime) -> list[Window]:
    """The newest candle of each of these timeframes that closed by `now`, where there is one; in one statement."""
    lasts = {name: now - timedelta(seconds=timeframe_seconds(name)) for name in timeframes}
    found: dict[str, Window] = {}
    for name, price_places, volume_places, packed in sql.ask(_newest(market_id, lasts)):  # the later of two blocks comes last
        rows = blocks.unpack(packed)
        at = int(np.searchsorted(rows[:, 0], _epoch(lasts[name]), side="right"))
        if at:
            found[name] = blocks.join([(rows[at - 1 : at], price_places, volume_places)], seconds=timeframe_seconds(name))
    return list(found.values())


def _newest(market_id: UUID, lasts: Mapping[str, datetime]) -> Asking[sql.Rows]:
    """Two blocks: the newest one may begin with a candle that has not closed yet, the one before it cannot."""
    [rows] = yield [Asked(_NEWEST, (list(lasts), list(lasts.values()), market_id))]
    return rows


def _blocks(market_id: UUID, timeframe: str) -> QuerySet[CandleBlock]:
    return CandleBlock.objects.filter(market_id=market_id, timeframe=timeframe)


def _paged(found: QuerySet[CandleBlock], *, count: int) -> Iterator[CandleBlock]:
    """Blocks in the order of `found`, as many a statement as `count` unbroken candles can touch: one statement unless there
    are gaps."""
    page = count // CANDLES_PER_BLOCK + 2
    taken = 0
    while chunk := list(found[taken : taken + page]):
        yield from chunk
        taken += page
        if len(chunk) < page:
            return


def _rows(block: CandleBlock) -> Rows:
    return blocks.unpack(block.rows)


def _lock(*, market_id: UUID, timeframe: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"trading.market.store {market_id} {timeframe}"])


def _extend(*, market_id: UUID, timeframe: str, window: Window) -> bool:
    """Put the window behind the newest candle of its block -> whether it could be: it lies in one block that ends right before it
    and counts in the same places. The usual case: the candle that has just closed."""
    first, last = blocks.block_start(window.times[[0, -1]], seconds=window.seconds)
    if first != last:
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            _EXTEND,
            {
                "more": blocks.pack(blocks.rows_of(window)), "candles": len(window), "market": market_id, "timeframe": timeframe,
                "start": _time(first), "price_places": window.price_places, "volume_places": window.volume_places,
                "before": (window.times[:1] - window.seconds).astype("<i8").tobytes(),
            },
        )  # fmt: skip
        return cursor.rowcount == 1


def _merged(*, market_id: UUID, timeframe: str, window: Window) -> list[tuple[CandleBlock, Appended]]:
    """Each block that the window touches, with the window's part of it merged in, not yet saved."""
    starts = blocks.block_start(window.times, seconds=window.seconds)
    cuts = np.flatnonzero(np.diff(starts)) + 1
    firsts = [_time(start) for start in starts[np.r_[0, cuts]]]
    kept = {block.start: block for block in _blocks(market_id, timeframe).filter(start__in=firsts)}
    answers = []
    for first, part in zip(firsts, np.split(blocks.rows_of(window), cuts), strict=True):
        block = kept.get(first) or CandleBlock(
            market_id=market_id,
            timeframe=timeframe,
            start=first,
            rows=b"",
            price_places=window.price_places,
            volume_places=window.volume_places,
        )
        answers.append((block, _merge_into(block=block, rows=part, window=window)))
    return answers


def _merge_into(*, block: CandleBlock, rows: Rows, window: Window) -> Appended:
    """Merge rows of the window into a block, in the finer places of the two."""
    price = max(block.price_places, window.price_places)
    volume = max(block.volume_places, window.volume_places)
    kept = blocks.rescale(_rows(block), price_by=price - block.price_places, volume_by=volume - block.volume_places)
    offered = blocks.rescale(rows, price_by=price - window.price_places, volume_by=volume - window.volume_places)
    merged, answer = blocks.merge(kept=kept, offered=offered)
    block.rows, block.count = blocks.pack(merged), len(merged)
    block.price_places, block.volume_places = price, volume
    return answer


def _save(fresh: list[CandleBlock]) -> None:
    CandleBlock.objects.bulk_create(
        fresh,
        update_conflicts=True,
        unique_fields=["market", "timeframe", "start"],
        update_fields=["rows", "count", "price_places", "volume_places"],
    )


def _check(*, window: Window, seconds: int) -> None:
    """Callers validate what people send; a breach here is a fault of ours."""
    if window.seconds != seconds:
        raise ValueError(f"candles of {window.seconds} s offered as {seconds} s")
    if len(window) and (bool((np.diff(window.times) <= 0).any()) or bool((window.times % seconds).any())):
        raise ValueError("candles must ascend and lie on the grid of their timeframe")


def _time(epoch: int | np.int64) -> datetime:
    return datetime.fromtimestamp(int(epoch), tz=UTC)


def _epoch(moment: datetime, *, up: bool = False) -> int:
    whole = int(moment.timestamp() // 1)
    return whole + 1 if up and moment.microsecond else whole
