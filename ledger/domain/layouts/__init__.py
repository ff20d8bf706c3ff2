"""The exports that `import_fills` reads, one file per venue, and how a sheet is told by its header. Pure: no files, no rows of ours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from accounts.domain.refusals import Malformed
from ledger.domain import told
from ledger.domain.layouts import binance, coinbase, exported, kucoin, luno
from ledger.domain.layouts.layout import Fields, Layout, Row, Sheet, noted
from ledger.domain.layouts.own import OWN

LAYOUTS = (OWN, *binance.LAYOUTS, *kucoin.LAYOUTS, *coinbase.LAYOUTS, *luno.LAYOUTS, *exported.LAYOUTS)
[EXPORTED] = exported.LAYOUTS
_SHOWN = 40
_NAMED = 12


@dataclass(frozen=True, slots=True)
class Header:
    """A header that a layout knows: its columns by their names there, and what the header says of some of them."""

    layout: Layout
    columns: tuple[str, ...]
    notes: dict[str, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a row of a sheet is: the fields of a fill, or the name of what else it is, or the refusal of it."""

    line: int
    fields: Fields | None = None
    kind: str = ""
    refusal: Malformed | None = None


def overlap(names: Sequence[str]) -> int:
    """With how many of these columns the layout that is nearest to them is at home."""
    return max(_shared(layout, [noted(name)[0] for name in names]) for layout in LAYOUTS)


def recognised(names: Sequence[str]) -> Header:
    """The layout of a header. Raises Malformed that says what the nearest one lacks and does not know, or which there are."""
    parts = [noted(name) for name in names]
    bare = [name for name, _ in parts]
    for layout in LAYOUTS:
        if len(set(bare)) == len(bare) and not layout.lacks(bare) and not layout.ignores(bare):
            own = layout.named(bare)
            return Header(layout, tuple(own[name] for name in bare), {own[name]: note for name, note in parts if note})
    nearest = max(LAYOUTS, key=lambda layout: _shared(layout, bare))
    if _shared(nearest, bare) < 2:
        raise Malformed(
            "LAYOUT_UNKNOWN",
            f"its columns {_listed(names)} are of no export that is known here; known are "
            f"{'; '.join(layout.name for layout in LAYOUTS)} ({', '.join(told.COLUMNS)})",
        )
    if nearest is OWN:
        told.check_columns(names)
    twice = sorted({name for name in bare if bare.count(name) > 1})
    flaws = (
        ("has {} twice", twice),
        ("lacks {}", nearest.lacks(bare)),
        ("has {}, which is not known there: take it out if it says nothing about money", nearest.ignores(bare)),
    )
    wrong = ", and ".join(flaw.format(_listed(found)) for flaw, found in flaws if found)
    raise Malformed("COLUMN_UNKNOWN", f"its columns {_listed(names)} are nearest to those of {nearest.name!r}, but it {wrong}")


def outcomes(layout: Layout, rows: Iterable[Row], sheet: Sheet) -> Iterator[Outcome]:
    """What the rows of a sheet are, not always in their order."""
    for row in layout.gather(rows):
        try:
            kind = layout.kind(row, sheet)
            yield Outcome(row.line, kind=kind) if kind else Outcome(row.line, fields=layout.tell(row, sheet))
        except Malformed as no:
            yield Outcome(row.line, refusal=no)


def _shared(layout: Layout, bare: Sequence[str]) -> int:
    return len(set(layout.named(bare)) - {""})


def _listed(names: Sequence[str]) -> str:
    rest = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(repr(name[:_SHOWN]) for name in names[:_NAMED]) + rest
