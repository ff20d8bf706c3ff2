"""What the projections must be, worked out from a whole journal. Pure: verification compares, rebuild writes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

from accounts.domain.chain import stamp
from ledger.domain.entries import BETWEEN_BOOKS, CASH, Entry, SortKey
from ledger.domain.fold import Fold
from ledger.domain.lots import Match
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


def content(entries: Sequence[Entry], fold: Fold, labels: Mapping[UUID, str]) -> bytes:
    """A digest of what happened, without ids, recorded times, actors and trade ids: the same run made twice gives the same
    digest. Lines are sorted, so that ids do not reach it through the order of a tie."""
    lines = [_line(entry, labels) for entry in entries]
    lines += [
        f"bucket|{labels[book]}|{currency}|{day}|{text24(gross)}|{text24(fees)}|{number}"
        for (book, currency, day), (gross, fees, number) in buckets(fold.matches).items()
    ]
    return sha256("\n".join(sorted(lines)).encode()).digest()


def _line(entry: Entry, labels: Mapping[UUID, str]) -> str:
    legs = "|".join(f"{leg.account},{labels[leg.book]},{leg.asset},{text24(leg.amount)}" for leg in entry.legs)
    fill = entry.fill
    told = "" if fill is None else f"{fill.symbol},{fill.side},{text24(fill.quantity)},{text24(fill.price)},{fill.bootstrap}"
    return f"{entry.kind}|{stamp(entry.event_time)}|{told}|{legs}"


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return " ".join(_text(part) for part in value)
    return text24(value) if isinstance(value, Decimal) else str(value)
