"""What the projections must be, worked out from a whole journal. Pure: verification compares, rebuild writes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from typing import Any
from uuid import UUID

from ledger.domain.chain import Spelling
from ledger.domain.entries import BETWEEN_BOOKS, CASH, Entry, SortKey
from ledger.domain.lots import Lot, Match
from ledger.domain.numbers import CONTEXT, ZERO, text24

Pair = tuple[UUID, str]
RawBalances = dict[Pair, tuple[Decimal, SortKey]]
BucketKey = tuple[UUID, str, date]


@dataclass(frozen=True, slots=True)
class Difference:
    """The first place where a table is not what the journal says. stored or expected is None for a row too few or many."""

    table: str
    key: str
    column: str
    stored: str | None
    expected: str | None


def raw_balances(entries: Sequence[Entry]) -> RawBalances:
    """Sum of the CASH postings of each (book, asset), and the key of the entry that sorts last among them."""
    sums: RawBalances = {}
    for entry in entries:
        for leg in entry.legs:
            if leg.account == CASH:
                pair = (leg.book, leg.asset)
                total, newest = sums.get(pair, (ZERO, entry.key))
                sums[pair] = (CONTEXT.add(total, leg.amount), max(newest, entry.key))
    return sums


def allocated(entries: Sequence[Entry]) -> dict[Pair, Decimal]:
    """Net transfers into each (book, asset)."""
    sums: dict[Pair, Decimal] = {}
    for entry in entries:
        if entry.kind in BETWEEN_BOOKS:
            for leg in entry.legs:
                if leg.account == CASH:
                    sums[leg.book, leg.asset] = CONTEXT.add(sums.get((leg.book, leg.asset), ZERO), leg.amount)
    return sums


def buckets(matches: Sequence[Match]) -> dict[BucketKey, tuple[Decimal, Decimal, int]]:
    """(gross, fees, number of matches) per book, currency and UTC day of the sale."""
    sums: dict[BucketKey, tuple[Decimal, Decimal, int]] = {}
    for match in matches:
        key = (match.book, match.currency, match.sold_at.date())
        gross, fees, number = sums.get(key, (ZERO, ZERO, 0))
        gross = CONTEXT.add(gross, CONTEXT.subtract(match.proceeds, match.cost))
        fees = CONTEXT.add(fees, CONTEXT.add(match.entry_fee, match.exit_fee))
        sums[key] = (gross, fees, number + 1)
    return sums


def compare(
    table: str, columns: Sequence[str], stored: Mapping[Any, Sequence[Any]], expected: Mapping[Any, Sequence[Any]]
) -> Difference | None:
    """The first difference in the order of the keys; amounts are compared as numbers."""
    for key in sorted(stored.keys() | expected.keys(), key=str):
        have, want = stored.get(key), expected.get(key)
        if have is None or want is None:
            told = tuple(None if row is None else _text(tuple(row)) for row in (have, want))
            return Difference(table, _text(key), "row", told[0], told[1])
        for column, one, other in zip(columns, have, want, strict=True):
            if one != other:
                return Difference(table, _text(key), column, _text(one), _text(other))
    return None


def lot_lines(lots: Iterable[Lot]) -> list[str]:
    """Lots as `ledger.queries.stored` reads them: one text per row, in the order of its columns."""
    return [
        f"{_id(lot.id)}\t{_id(lot.entry)}\t{_id(lot.book)}\t{lot.asset}\t{lot.currency}\t{printed(lot.opened_at)}\t{text24(lot.quantity)}\t"
        f"{text24(lot.remaining)}\t{text24(lot.cost_left)}\t{text24(lot.fee_left)}\t{'t' if lot.cost_unknown else 'f'}\t{lot.tie}"
        for lot in lots
    ]


def match_lines(matches: Iterable[Match]) -> list[str]:
    """Matches likewise."""
    return [
        f"{_id(m.entry)}\t{m.n}\t{_id(m.lot)}\t{_id(m.book)}\t{m.asset}\t{m.currency}\t{printed(m.acquired_at)}\t{printed(m.sold_at)}\t"
        f"{text24(m.quantity)}\t{text24(m.cost)}\t{text24(m.proceeds)}\t{text24(m.entry_fee)}\t{text24(m.exit_fee)}\t{text24(m.net)}\t"
        f"{m.client_order_id}"
        for m in matches
    ]


@lru_cache(maxsize=8192)
def printed(at: datetime) -> str:
    """A moment as the server prints it in UTC: no more digits of a second than there are."""
    text = at.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
    return f"{text.rstrip('0') if '.' in text else text}+00"


@lru_cache(maxsize=8192)
def _id(value: UUID) -> str:
    return str(value)


def compare_lines(
    table: str, key: int, columns: Sequence[str], stored: Iterable[str], expected: Iterable[str]
) -> Difference | None:
    """The first difference between rows told as texts, whose first `key` parts name them."""
    have, want = sorted(stored), sorted(expected)
    if have == want:
        return None
    rows = [{tuple(parts[:key]): tuple(parts[key:]) for parts in (line.split("\t") for line in lines)} for lines in (have, want)]
    return compare(table, columns, *rows) or Difference(table, "", "rows", str(len(have)), str(len(want)))


def content(lines: Iterable[str], sums: Mapping[BucketKey, tuple[Decimal, Decimal, int]], labels: Mapping[str, str]) -> bytes:
    """A digest of what happened, without ids, recorded times, actors and trade ids: the same run made twice gives the same
    digest. `lines` are those of the entries; all are sorted, so that ids do not reach the digest through the order of a tie."""
    told = [*lines]
    told += [
        f"bucket|{labels[str(book)]}|{currency}|{day}|{text24(gross)}|{text24(fees)}|{number}"
        for (book, currency, day), (gross, fees, number) in sums.items()
    ]
    return sha256("\n".join(sorted(told)).encode()).digest()


def told_of(entry: Entry, spelling: Spelling, labels: Mapping[str, str]) -> str:
    """The line of an entry in that digest."""
    text = f"{entry.kind}|{spelling.at}|"
    fill = entry.fill
    if fill is not None:
        text += f"{fill.symbol},{fill.side},{spelling.quantity},{spelling.price},{fill.bootstrap}"
    for leg, book, amount in zip(entry.legs, spelling.books, spelling.amounts, strict=True):
        text += f"|{leg.account},{labels.get(book, book)},{leg.asset},{amount}"
    return text


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return " ".join(_text(part) for part in value)
    return text24(value) if isinstance(value, Decimal) else str(value)
