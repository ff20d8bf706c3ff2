"""Candle files into the store: all of a file or nothing of it. It must not repair, guess or overwrite a candle."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
from django.db import transaction

from accounts.domain.refusals import Malformed
from accounts.operations import audit
from bots.domain.candles import Window, timeframe_seconds
from ledger.models import Market
from ledger.operations import reference
from trading import venues
from trading.market import files, sheet, store
from trading.market.blocks import Appended
from trading.market.sheet import LineRefusal, Sheet

_SYMBOL = re.compile(r"([A-Z0-9]{2,20})/([A-Z0-9]{2,20})", re.ASCII)
_TAKER_FEE = Decimal("0.001")  # spot schedule of the venues recorded so far
_QUOTE_STEP = Decimal("0.00000001")
_COST_MIN = Decimal(5)  # smallest order in a dollar-like quote asset, as those venues publish it
_DOLLARS = frozenset({"USD", "USDT", "USDC", "FDUSD", "EUR"})
_FEW = 3  # candles that may all have gaps between them
_PROGRESS_EVERY = 100_000


@dataclass(frozen=True, slots=True)
class Gap:
    """Candles that the file lacks, first and last open time."""

    first: datetime
    last: datetime
    missing: int


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of the lines of a file."""

    timeframe: str
    read: int
    stored: int
    duplicates: int
    gaps: tuple[Gap, ...]
    first: datetime
    last: datetime


class LinesRefused(Malformed):
    """Some lines are no candles, or contradict what is stored; nothing was stored."""

    def __init__(self, *, word: str, read: int, rejected: int, refusals: tuple[LineRefusal, ...]) -> None:
        first = refusals[0]
        rest = f", and {rejected - 1} more {word.lower()}s are refused" if rejected > 1 else ""
        sentence = f"Nothing was stored. {word} {first.line}: {first.sentence}{rest}."
        super().__init__("LINES_REFUSED", sentence, read=read, rejected=rejected)
        self.read = read
        self.rejected = rejected
        self.refusals = refusals


def import_file(*, path: Path, venue: str, symbol: str, timeframe: str | None, now: datetime, progress: Callable[[str], None]) -> Imported:
    """Store the candles of a file; importing it again changes nothing. Raises LinesRefused, Malformed, Missing; then nothing
    was stored, neither candles nor a market."""
    _check_target(venue=venue, symbol=symbol, timeframe=timeframe)
    found = _read(path=path, progress=progress)
    if not found.times and not found.rejected:
        raise Malformed("FILE_EMPTY", f"{path.name} holds no candles.")
    if found.rejected:
        raise _refused(found)
    known = {timeframe_seconds(name): name for name in venues.venue(venue).timeframes}
    named = timeframe or _timeframe_of(sheet.spacing(found.times), venue=venue, known=known)
    seconds = timeframe_seconds(named)
    _check_spacing(found, seconds=seconds, named=named)
    sheet.judge_times(sheet=found, seconds=seconds, others=list(known), now=int(now.timestamp()))
    window = sheet.window_of(sheet=found, seconds=seconds)
    if found.rejected:
        raise _refused(found)
    stored = _store(venue=venue, symbol=symbol, timeframe=named, window=window, found=found, file=path.name, now=now)
    progress(f"stored {stored.stored} candles, {stored.duplicates} were there already")
    return Imported(
        timeframe=named,
        read=found.read,
        stored=stored.stored,
        duplicates=stored.duplicates + found.duplicates,
        gaps=_gaps(window),
        first=_moment(window.times[0]),
        last=_moment(window.times[-1]),
    )


def _check_target(*, venue: str, symbol: str, timeframe: str | None) -> None:
    known = venues.venue(venue)
    if known.generated:
        raise Malformed("VENUE_IS_GENERATED", f"The candles of {venue} are generated; nothing can be imported there.")
    if not _SYMBOL.fullmatch(symbol):
        raise Malformed("BAD_SYMBOL", "A symbol is BASE/QUOTE in capitals, such as BTC/USDT.", given=symbol[:41])
    if timeframe is not None and timeframe not in known.timeframes:
        names = ", ".join(known.timeframes)
        raise Malformed("TIMEFRAME_UNKNOWN", f"{venue} keeps the timeframes {names}.", given=timeframe[:20])


def _read(*, path: Path, progress: Callable[[str], None]) -> Sheet:
    found = Sheet(word="Row" if files.columnar(path) else "Line")
    places: tuple[int, ...] = ()
    for line, fields in files.rows(path, names=sheet.NAMES):
        if not places:
            places, header = sheet.columns_of(fields)
            if header:
                continue
        if found.read == files.MOST_ROWS:
            raise Malformed("FILE_TOO_LARGE", f"{path.name} holds more than {files.MOST_ROWS} {found.word.lower()}s; import it in parts.")
        sheet.read_line(sheet=found, line=line, fields=fields, places=places)
        if found.read % _PROGRESS_EVERY == 0:
            progress(f"read {found.read} lines")
    progress(f"read {found.read} lines, {found.rejected} refused")
    return found


def _timeframe_of(seconds: int, *, venue: str, known: Mapping[int, str]) -> str:
    if seconds not in known:
        names = ", ".join(known.values())
        raise Malformed("TIMEFRAME_UNKNOWN", f"The candles lie {seconds} seconds apart; {venue} keeps {names}.", seconds=seconds)
    return known[seconds]


def _check_spacing(found: Sheet, *, seconds: int, named: str) -> None:
    """A file in which no candle follows another at the timeframe that was stated is a file of another timeframe."""
    if len(found.times) > _FEW and sheet.spacing(found.times) > seconds:
        apart = sheet.spacing(found.times)
        raise Malformed("TIMEFRAME_OTHER", f"These are no candles of {named}: the nearest two lie {apart} seconds apart.", seconds=apart)


@transaction.atomic
def _store(*, venue: str, symbol: str, timeframe: str, window: Window, found: Sheet, file: str, now: datetime) -> Appended:
    market = _market(venue=venue, symbol=symbol, window=window, now=now)
    answer = store.append(market_id=market.pk, timeframe=timeframe, window=window)
    if answer.conflicts:
        raise _contradicted(answer=answer, found=found)
    if answer.stored:
        audit.record(
            person=None,
            actor="system:import_candles",
            act="candles.import",
            subject=f"market:{market.pk}",
            before={},
            after={"file": file, "timeframe": timeframe, "stored": answer.stored},
            reason="",
            request_id="",
            now=now,
        )
    return answer


def _market(*, venue: str, symbol: str, window: Window, now: datetime) -> Market:
    """The market of these candles, made when missing. One that was made from coarser candles gets their finer steps: else a first
    file of round numbers would bind it for ever."""
    fresh = _rules(symbol=symbol, window=window)
    market = Market.objects.filter(venue=venue, symbol=symbol).first()
    if market is None:
        return reference.ensure_market(venue=venue, symbol=symbol, rules=fresh, now=now)
    if fresh.price_tick >= market.price_tick and fresh.amount_step >= market.amount_step:
        return market
    rules = reference.Rules(
        base=market.base_id,
        quote=market.quote_id,
        price_tick=min(fresh.price_tick, market.price_tick),
        amount_step=min(fresh.amount_step, market.amount_step),
        amount_min=min(fresh.amount_min, market.amount_min),
        cost_min=market.cost_min,
        taker_fee=market.taker_fee,
        maker_fee=market.maker_fee,
        quote_step=market.quote_step,
        active=market.active,
    )
    return reference.ensure_market(venue=venue, symbol=symbol, rules=rules, now=now)


def _rules(*, symbol: str, window: Window) -> reference.Rules:
    """Rules of a recorded market: as fine as its data, fees and minimum as the recorded venues publish them."""
    base, quote = symbol.split("/")
    step = Decimal(1).scaleb(-window.volume_places)
    return reference.Rules(
        base=base,
        quote=quote,
        price_tick=Decimal(1).scaleb(-window.price_places),
        amount_step=step,
        amount_min=step,
        cost_min=_COST_MIN if quote in _DOLLARS else Decimal(0),
        taker_fee=_TAKER_FEE,
        maker_fee=_TAKER_FEE,
        quote_step=_QUOTE_STEP,
    )


def _contradicted(*, answer: Appended, found: Sheet) -> LinesRefused:
    lines = dict(zip(found.times, found.lines, strict=True))
    named = tuple(
        LineRefusal(lines[time], "STORED_DIFFERENTLY", f"the candle of {_moment(time):%Y-%m-%d %H:%M:%S} is stored with other numbers")
        for time in answer.differing[: sheet.LISTED]
    )
    return LinesRefused(word=found.word, read=found.read, rejected=answer.conflicts, refusals=named)


def _refused(found: Sheet) -> LinesRefused:
    return LinesRefused(word=found.word, read=found.read, rejected=found.rejected, refusals=tuple(found.refusals))


def _gaps(window: Window) -> tuple[Gap, ...]:
    times, seconds = window.times, window.seconds
    return tuple(
        Gap(_moment(times[at] + seconds), _moment(times[at + 1] - seconds), int(times[at + 1] - times[at]) // seconds - 1)
        for at in np.flatnonzero(np.diff(times) > seconds)
    )


def _moment(epoch: int | np.int64) -> datetime:
    return datetime.fromtimestamp(int(epoch), tz=UTC)
