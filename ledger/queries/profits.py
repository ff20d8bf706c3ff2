"""Realised profit by day, week and month, from the day buckets. Currencies are never added up, nor paper and real money."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db.models import F, QuerySet

from accounts.domain.refusals import Malformed
from ledger.domain.periods import Profit, summed
from ledger.models import Mode, ProfitBucket

MOST_DAYS = 7320  # twenty years: longer than there have been coins


def of(
    *, owner: UUID, period: str, now: datetime, book: UUID | None = None, mode: str = "", frm: date | None = None,
    to: date | None = None,
) -> list[Profit]:
    """Periods ascending, gaps filled with zero, from the first profit (or `frm`) to today (or `to`), each currency by
    itself, each mode by itself."""  # fmt: skip
    rows = _buckets(owner=owner, book=book, mode=mode).annotate(mode=F("book__wallet__mode"))
    last = to or now.date()
    days = [
        Profit(row.day, row.gross, row.fees, row.net, row.matches, row.currency_id, row.mode)
        for row in rows.order_by("day")
        if (frm is None or row.day >= frm) and row.day <= last
    ]
    first = frm or (days[0].start if days else last)
    if (last - first).days > MOST_DAYS:
        raise Malformed("RANGE_TOO_LONG", "Ask for at most twenty years at once.", days=(last - first).days)
    series: dict[tuple[str, str], list[Profit]] = {}
    for day in days:
        series.setdefault((day.currency, day.mode), []).append(day)
    return [
        profit
        for (currency, of_mode), own in sorted((series or {("USDT", mode or Mode.PAPER): []}).items())
        for profit in summed(own, period, first=first, last=last, currency=currency, mode=of_mode)
    ]


def _buckets(*, owner: UUID, book: UUID | None, mode: str) -> QuerySet[ProfitBucket]:
    rows = ProfitBucket.objects.filter(book__wallet__owner=owner)
    if book is not None:
        rows = rows.filter(book=book)
    return rows.filter(book__wallet__mode=mode) if mode else rows
